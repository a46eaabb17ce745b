"""VISCERAL Anatomy3: CT and MR with 20 structures and landmarks drawn by hand (2016).

The gold corpus has 120 volumes in CT, CT with contrast, and two kinds of MR. Its site is gone; CADS
offers it again: masks openly (as 0001_visceral_gc, with nine parts of its own), images under
controlled access for academic, non-commercial research. As first published, each structure is a
file named with its RadLex id, which no listing shows.
"""

from collections.abc import Iterator

from medreg import CT, MR, About, Claim, Dataset, Gate, Manual, hookimpl

CADS = "https://huggingface.co/datasets/mrmrx/CADS-dataset"

VISCERAL_ANATOMY3 = Dataset(
    name="visceral_anatomy3",
    title="VISCERAL Anatomy3 (gold corpus)",
    homepage=f"{CADS}/tree/main/0001_visceral_gc",
    licenses=(
        Claim(
            "LicenseRef-VISCERAL-controlled-academic",
            source=f"{CADS} README of 0001_visceral_gc",
            date="2026-11",
            rank="publisher",
            covers="images",
        ),
        Claim(
            "LicenseRef-CADS-dataset",
            source=f"{CADS} README of 0001_visceral_gc: openly available",
            date="2026-11",
            rank="publisher",
            covers="masks",
        ),
        Claim("LicenseRef-Research", source="first source list (002), unsupported", date="2026-11"),
    ),
    cite=(f"{CADS}/blob/main/0001_visceral_gc/README_0001_visceral_gc.md",),
    modality=(CT, MR),
    source=Manual(
        files=("0001_visceral_gc",),
        steps=f"Open {CADS}/tree/main/0001_visceral_gc\n"
        "Follow images/Application_for_access_to_the_VISCERAL_images.md\n"
        "Download the folder 0001_visceral_gc, and put the images into its folder images",
    ),
    restricted=True,
    gate=Gate(kind="application", terms=f"{CADS}/tree/main/0001_visceral_gc/images"),
    about=About(
        known="secondary",
        also=("VISCERAL Gold Corpus", "Anatomy3"),
        region=("whole body",),
        shows=(
            "liver",
            "spleen",
            "pancreas",
            "gallbladder",
            "urinary bladder",
            "aorta",
            "trachea",
            "lungs",
            "sternum",
            "thyroid gland",
            "first lumbar vertebra",
            "kidneys",
            "adrenal glands",
            "psoas major",
            "rectus abdominis",
            "landmarks",
        ),
        scans=120,
        counts=(Claim("20 scans", source="first source list (002): of each kind", date="2026-11"),),
        formats=("NIfTI",),
        contents="Volumes/, Segmentations/, Landmarks/ (as first published); in CADS "
        "segmentations/{case}/{case}_part_551.nii.gz to _part_559",
        annotated_by="experts",
        best_for="many organs of good quality",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield VISCERAL_ANATOMY3
