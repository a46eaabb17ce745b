"""AbdomenCT-1K: abdominal CT of five public datasets and Nanjing, with four organs (2021).

1,112 scans: LiTS 201, KiTS19 300, MSD spleen 61 and pancreas 420, Pancreas-CT 80, and 50 new ones
of Nanjing. Masks of 1,000 are public. Which scan is which was hidden on purpose, so keep it away
from tests on any of these. Kidneys are one label. Masks come as 7z, which a person unpacks. The
50 scans with 13 organs are a dataset of their own, abdomenct_12organ.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Manual, Pairs, hookimpl

RECORDS = "https://zenodo.org/records"

ABDOMENCT_1K = Dataset(
    name="abdomenct_1k",
    title="AbdomenCT-1K: Is Abdominal Organ Segmentation a Solved Problem?",
    homepage="https://github.com/JunMa11/AbdomenCT-1K",
    licenses=(
        Claim("CC-BY-NC-SA-4.0", source="AbdomenAtlas table, no version", date="2026-11"),
        Claim("CC-BY-4.0", source="FAQ of MrGiovanni/AbdomenAtlas", date="2026-11"),
        Claim(
            "LicenseRef-per-image", source="first source list (002), unsupported", date="2026-11"
        ),
    ),
    cite=("doi:10.1109/TPAMI.2021.3100536",),
    modality=CT,
    source=Manual(
        files=(
            "AbdomenCT-1K-ImagePart1.zip",
            "AbdomenCT-1K-ImagePart2.zip",
            "AbdomenCT-1K-ImagePart3.zip",
            "Mask",
        ),
        steps=f"Download AbdomenCT-1K-ImagePart1.zip from {RECORDS}/5903099\n"
        f"Download AbdomenCT-1K-ImagePart2.zip from {RECORDS}/5903846\n"
        f"Download AbdomenCT-1K-ImagePart3.zip and Mask.7z from {RECORDS}/5903769\n"
        "Unpack Mask.7z into a folder Mask (7z x Mask.7z -oMask, or py7zr)",
    ),
    layout=Pairs(
        image="**/AbdomenCT-1K-ImagePart*/**/Case_{case}_0000.nii.gz",
        label="**/Mask/**/Case_{case}.nii.gz",
    ),
    labels={1: "liver", 2: "kidney", 3: "spleen", 4: "pancreas"},
    about=About(
        known="source",
        also=("AbdomenCT1K",),
        region=("abdomen",),
        scans=1112,
        formats=("NIfTI",),
        splits="1,000 with masks, 112 held back; benchmarks of its own overlap each other",
        quality="several phases, 12 centers; pseudo labels of tumors are apart",
        typical="512 x 512 x 103, 0.79 x 0.79 x 2.5 mm in the median",
        best_for="many centers and phases",
        tags=("oncology",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield ABDOMENCT_1K
