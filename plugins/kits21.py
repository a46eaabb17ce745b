"""KiTS21: contrast-enhanced CT of kidneys with tumors and cysts, annotated thrice (MICCAI 2021).

300 of 400 cases are public: the 300 patients of KiTS19 under the same numbers, with masks redone.
There is no segmentation.nii.gz: the annotations of each region were put together in several
ways, of which the majority (MAJ) is taken here; OR lies beside it. Masses are carved out of the
kidney; sides are not told apart. Images and masks are published apart.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, GitHub, HuggingFace, Pairs, Parts, hookimpl

KITS21 = Dataset(
    name="kits21",
    title="2021 Kidney and Kidney Tumor Segmentation Challenge",
    homepage="https://kits-challenge.org/kits21/",
    licenses=(
        Claim(
            "CC-BY-NC-SA-4.0",
            source="https://github.com/neheller/kits23 README, on the same images",
            date="2026-11",
            rank="publisher",
        ),
        Claim("CC-BY-NC-SA-4.0", source="AbdomenAtlas table of sources (KiTS)", date="2026-11"),
        Claim("CC-BY-NC-4.0", source="first source list (000), unsupported", date="2026-11"),
    ),
    cite=("arXiv:2307.01984", "doi:10.1016/j.media.2020.101821"),
    modality=CT,
    source=Parts(
        images=HuggingFace(
            repo="neheller/KiTS-Challenge-Imaging",
            files=("images/case_000??.*", "images/case_001??.*", "images/case_002??.*"),
        ),
        labels=GitHub(
            repo="neheller/kits21",
            revision="fa4359779e145400b7e2f161def084242f2c7702",
            files=("kits21/data/case_*/aggregated_MAJ_seg.nii.gz",),
        ),
    ),
    layout=Pairs(
        image="**/case_{case}/imaging.nii.gz | **/images/case_{case}.nii.gz",
        label="**/case_{case}/aggregated_MAJ_seg.nii.gz",
    ),
    labels={1: "kidney", 2: "kidney_tumor", 3: "kidney_cyst"},
    cases=300,
    patients="each case",
    about=About(
        known="source",
        also=("KiTS19/21", "KITS (Kidney Tumor)", "kits_kidney"),
        region=("abdomen",),
        scans=400,
        counts=(
            Claim("300 scans", source="first source lists (000, 002)", date="2026-11"),
            Claim("50 GB", source="first source list (000), unsupported", date="2026-11"),
        ),
        formats=("NIfTI",),
        splits="300 train, 100 test",
        best_for="kidneys with disease, cysts; several readers",
        tags=("oncology",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield KITS21
