"""MM-WHS 2017: whole hearts in CT angiography and in MR, seven structures each.

Of 60 CT and 60 MR scans, 20 and 20 have public masks; those of the test scans are encrypted. The
mask values are 205 to 850, not 1 to 7. "Heart (MICCAI), 20 scans, 5 GB" of an early list names no
source: it is these CT scans, or the 20 MR scans of the Decathlon's Task02. The terms were not read.
"""

from collections.abc import Iterator

from medreg import CT, MR, About, Claim, Dataset, Gate, Manual, Pairs, hookimpl
from medreg.model import Modality

HOME = "https://zmiclab.github.io/zxh/0/mmwhs/"


def _mm_whs(short: str, modality: Modality, typical: str, *also: str) -> Dataset:
    return Dataset(
        name=f"mm_whs_{short}",
        title=f"Multi-Modality Whole Heart Segmentation, {modality}",
        homepage=HOME,
        licenses=(
            Claim("LicenseRef-MMWHS-challenge", source="recall, unverified", date="2026-11"),
            Claim("LicenseRef-Research", "first source list (002), unsupported", date="2026-11"),
        ),
        cite=("doi:10.1016/j.media.2019.101537",),
        modality=modality,
        source=Manual(
            files=(f"{short}_train", f"{short}_test"),
            steps=f"Register at {HOME}\nDownload {short}_train and {short}_test from the MEGA "
            "folder that the page links",
        ),
        layout=Pairs(
            image=f"**/{short}_train_{{case}}_image.nii.gz",
            label=f"**/{short}_train_{{case}}_label.nii.gz",
        ),
        labels={
            205: "myocardium",
            420: "left_atrium",
            500: "left_ventricle",
            550: "right_atrium",
            600: "right_ventricle",
            820: "ascending_aorta",
            850: "pulmonary_artery",
        },
        cases=20,
        patients="each case",
        gate=Gate(kind="registration", terms=HOME),
        about=About(
            known="source",
            also=("MM-WHS", "MM-WHS 2017", *also),
            region=("heart",),
            scans=60,
            counts=(Claim("120 scans", "both modalities together (002)", date="2026-11"),),
            formats=("NIfTI",),
            splits="20 for training with masks, 40 for testing without",
            annotated_by="experts",
            typical=typical,
            best_for="the whole heart by its chambers",
            tags=("cardiology", "benchmark"),
        ),
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield CT and MR."""
    yield _mm_whs(
        "ct",
        CT,
        "512 x 512 x 261 voxels of 0.44 x 0.44 x 0.63 mm",
        "Heart (MICCAI)",
        "heart_miccai",
    )
    yield _mm_whs("mr", MR, "288 x 288 x 137 voxels of 0.97 x 0.97 x 1.05 mm")
