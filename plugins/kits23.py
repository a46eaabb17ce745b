"""KiTS23: contrast-enhanced CT of kidneys with tumors and cysts (2023).

489 of 599 cases are public: those of KiTS21 with masks redone, and more. A case has the number
and the patient that it has in KiTS19 and KiTS21. Masses are carved out of the kidney; sides are
not told apart. The README names "CC BY-NC-SA" without a version; 4.0 is from AbdomenAtlas. The
210 scans of KiTS19's training set are also at TCIA (C4KC-KiTS), under CC BY 3.0. Images and masks
are published apart; the publisher's program, kits23_download_data, puts them side by side.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, GitHub, HuggingFace, Pairs, Parts, hookimpl

KITS23 = Dataset(
    name="kits23",
    title="2023 Kidney and Kidney Tumor Segmentation Challenge",
    homepage="https://kits-challenge.org/kits23/",
    licenses=(
        Claim(
            "CC-BY-NC-SA-4.0",
            source="https://github.com/neheller/kits23 README, License and Attribution",
            date="2026-11",
            rank="publisher",
        ),
        Claim("CC-BY-NC-SA-4.0", source="AbdomenAtlas table of sources (KiTS)", date="2026-11"),
    ),
    cite=("arXiv:2307.01984", "doi:10.1016/j.media.2020.101821"),
    modality=CT,
    source=Parts(
        images=HuggingFace(repo="neheller/KiTS-Challenge-Imaging", files=("images/case_*.nii.gz",)),
        labels=GitHub(
            repo="neheller/kits23",
            revision="c1088353084c17b8882a11db71429e7c022b7785",
            files=("dataset/case_*/segmentation.nii.gz",),
        ),
    ),
    layout=Pairs(
        image="**/case_{case}/imaging.nii.gz | **/images/case_{case}.nii.gz",
        label="**/case_{case}/segmentation.nii.gz",
    ),
    labels={1: "kidney", 2: "kidney_tumor", 3: "kidney_cyst"},
    cases=489,
    patients="each case",
    about=About(
        known="source",
        region=("abdomen",),
        scans=599,
        counts=(Claim("500 scans", "first source list (002), unsupported", date="2026-11"),),
        formats=("NIfTI",),
        splits="489 train, 110 test",
        quality="cases 0-499 arterial phase, 500-589 nephrogenic (issue 19 of its repository)",
        best_for="kidney tumors and cysts",
        tags=("oncology", "benchmark"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield KITS23
