"""StructSeg2019: planning CT for radiotherapy, four tasks on 50 heads and 50 chests (MICCAI, 2019).

Organs at risk and the tumor are drawn on the same scans, apart: task 2 shows the patients of task
1, task 4 those of task 3, so never split them apart. The ten test scans of each were withheld.
Participants sign that they pass nothing on. The order of values is the one in the files; the
website lists another, and some lists swap the names of task 3. The tumor alone is also at IEEE
DataPort.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, Manual, Pairs, hookimpl

PAGE = "https://structseg2019.grand-challenge.org/"
PAIRED = ("eye", "eye_lens", "optic_nerve")
PAIRED_TOO = ("parotid_gland", "inner_ear", "middle_ear", "temporomandibular_joint")


def _sides(names: tuple[str, ...]) -> list[str]:
    return [f"{name}_{side}" for name in names for side in ("left", "right")]


HEAD = ("brainstem", *_sides(PAIRED), "optic_chiasm", *_sides(("temporal_lobe",)))
HEAD = (*HEAD, "pituitary_gland", *_sides(PAIRED_TOO), "spinal_cord", *_sides(("mandible",)))
CHEST = ("lung_left", "lung_right", "heart", "esophagus", "trachea", "spinal_cord")
TASKS = {
    "han_oar": ("HaN_OAR", "organs at risk of the head and neck", HEAD),
    "naso_gtv": ("Naso_GTV", "nasopharyngeal cancer", ("nasopharynx_tumor",)),
    "thoracic_oar": ("Thoracic_OAR", "organs at risk of the chest", CHEST),
    "lung_gtv": ("Lung_GTV", "lung cancer", ("lung_tumor",)),
}


def _task(name: str, folder: str, shown: str, labels: tuple[str, ...]) -> Dataset:
    head = name in ("han_oar", "naso_gtv")
    return Dataset(
        name=f"structseg_{name}",
        title=f"StructSeg2019, {shown}",
        homepage=PAGE,
        licenses=(
            Claim(
                "LicenseRef-StructSeg-participant-agreement",
                "torch_em, documentation of StructSeg",
                "2026-09",
            ),
            Claim("LicenseRef-Research", "first source list (002), unsupported", "2026-11"),
        ),
        cite=(PAGE, "doi:10.21227/h75x-gt46"),
        modality=CT,
        source=Manual(
            files=(f"{folder}*",),
            steps=f"Join the challenge at {PAGE} and sign its agreement\n"
            f"Download the training data of {folder} and unpack it: a folder {folder}",
        ),
        layout=Pairs(
            image=f"**/{folder}/{{case}}/data.nii.gz",
            label=f"**/{folder}/{{case}}/label.nii.gz",
        ),
        labels=dict(enumerate(labels, start=1)),
        cases=50,
        patients="each case",
        restricted=True,
        gate=Gate(kind="agreement", terms=f"{PAGE}Download/"),
        about=About(
            known="source",
            also=("StructSeg", "StructSeg2019"),
            region=("head", "neck") if head else ("chest",),
            scans=50,
            patients=50,
            counts=(
                Claim("100 scans, 50 of each region", "torch_em", "2026-09"),
                Claim("50 scans, 6+ structures", "first source list (002)", "2026-11"),
            ),
            formats=("NIfTI",),
            splits="50 train; 10 test were withheld",
            annotated_by="experts",
            quality="some tools call the image image.nii.gz instead of data.nii.gz",
            typical="" if head else "512x512x80 to 127 voxels, slices of 3 to 5 mm",
            best_for="radiotherapy planning",
            tags=("radiotherapy planning", "oncology", "benchmark"),
        ),
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the four tasks."""
    for name, (folder, shown, labels) in TASKS.items():
        yield _task(name, folder, shown, labels)
