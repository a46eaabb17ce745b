"""The demo's datasets: the files of seven real ones, in their publishers' layouts, with phantoms.

No patient is in them. `medreg demo` copies this file into its registry as ``plugins/demo.py``.
"""

from collections.abc import Iterator, Mapping

from medreg import CT, MR, PT, Claim, Dataset, Manual, Pairs, PetCt, PngStack, hookimpl
from medreg.layouts import Decathlon
from medreg.model import Layout, Modality

T2 = "**/MR/{case}/T2SPIR"
STUDY = "**/{patient}/{case}"


def _demo(  # noqa: PLR0913, PLR0917 - what differs between the demo's datasets
    name: str,
    like: str,
    modality: Modality | Mapping[str, Modality],
    files: tuple[str, ...],
    layout: Layout,
    labels: Mapping[int | str, str],
    *,
    patients: str = "each case",
) -> Dataset:
    return Dataset(
        name=name,
        title=f"Phantoms in the files of {like}",
        homepage="",
        licenses=(
            Claim("CC0-1.0", source="made by medreg demo", date="2026-11", rank="publisher"),
        ),
        cite=(),
        modality=modality,
        source=Manual(files=files, steps="Run medreg demo"),
        layout=layout,
        labels=labels,
        patients="by layout" if patients == "by layout" else "each case",
    )


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield seven datasets of five kinds of layout."""
    yield _demo(
        "demo_lits",
        "LiTS",
        CT,
        ("Training_Batch1.zip",),
        Pairs(image="**/volume-{case}.nii", label="**/segmentation-{case}.nii"),
        {1: "liver", 2: "liver_tumor"},
    )
    yield _demo(
        "demo_msd_liver",
        "MSD Task03",
        CT,
        ("Task03_Liver.tar",),
        Decathlon("Task03_Liver", channels=("ct",)),
        {1: "liver", 2: "liver_tumor"},
    )
    yield _demo(
        "demo_kits",
        "KiTS23",
        CT,
        ("dataset/case_*/imaging.nii.gz", "dataset/case_*/segmentation.nii.gz"),
        Pairs(
            image="**/case_{case}/imaging.nii.gz | **/images/case_{case}.nii.gz",
            label="**/case_{case}/segmentation.nii.gz",
        ),
        {1: "kidney", 2: "kidney_tumor", 3: "kidney_cyst"},
    )
    yield _demo(
        "demo_chaos_ct",
        "CHAOS CT",
        CT,
        ("Train_Sets",),
        PngStack(image="**/CT/{case}/DICOM_anon/*.dcm", mask="**/CT/{case}/Ground/*.png"),
        {255: "liver"},
    )
    yield _demo(
        "demo_chaos_mr",
        "CHAOS MR",
        MR,
        ("Train_Sets",),
        PngStack(image=f"{T2}/DICOM_anon/*.dcm", mask=f"{T2}/Ground/*.png"),
        {63: "liver", 126: "kidney_right", 189: "kidney_left", 252: "spleen"},
    )
    yield _demo(
        "demo_fdg_pet_ct",
        "FDG-PET-CT-Lesions",
        {"ct": CT, "pet": PT},
        ("fdg_pet_ct_lesions",),
        PetCt(
            ct=f"{STUDY}/*/*.dcm",
            pet=f"{STUDY}/PT_*/*.dcm | {STUDY}/*-PET corr.-*/*.dcm",
            seg=f"{STUDY}/SEG_*/*.dcm | {STUDY}/*-Segmentation-*/*.dcm",
        ),
        {1: "lesion"},
        patients="by layout",
    )
    yield _demo(
        "demo_btcv",
        "BTCV",
        CT,
        ("RawData.zip",),
        Pairs(
            image="**/Training/img/img{case}.nii.gz", label="**/Training/label/label{case}.nii.gz"
        ),
        {
            1: "spleen",
            2: "kidney_right",
            3: "kidney_left",
            4: "gallbladder",
            5: "esophagus",
            6: "liver",
            7: "stomach",
            8: "aorta",
            9: "inferior_vena_cava",
            10: "portal_and_splenic_vein",
            11: "pancreas",
            12: "adrenal_gland_right",
            13: "adrenal_gland_left",
        },
    )
