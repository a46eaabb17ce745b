"""FDG-PET-CT-Lesions: whole-body FDG PET/CT with masks of malignant lesions (TCIA, 2022).

1,014 studies of 900 patients; 513 of the studies are negative controls, with an empty mask. Masks
were drawn on the PET. PET is stored as activity (Bq/ml); no SUV is computed here. The same studies
are autoPET I and II, as NIfTI. An early list speaks of a restricted license; the Imaging Data
Commons lists every series as CC BY 4.0. Folders are found as its program names them, and as TCIA's
NBIA Data Retriever does.
"""

from collections.abc import Iterator

from medreg import CT, PT, Claim, Dataset, Manual, PetCt, hookimpl

STUDY = "**/{patient}/{case}"

FDG_PET_CT_LESIONS = Dataset(
    name="fdg_pet_ct_lesions",
    title="FDG-PET-CT-Lesions",
    homepage="https://www.cancerimagingarchive.net/collection/fdg-pet-ct-lesions/",
    licenses=(
        Claim(
            "CC-BY-4.0",
            source="idc-index-data 25.0.5 (IDC v25): all 3,042 series",
            date="2026-11",
            rank="archive",
        ),
        Claim("CC-BY-NC-4.0", source="first source list (001), unsupported", date="2026-11"),
        Claim(
            "LicenseRef-TCIA-Restricted",
            source="first source list (001), unsupported",
            date="2026-11",
        ),
    ),
    cite=("doi:10.7937/gkr0-xv29", "doi:10.1038/s41597-022-01718-3"),
    modality={"ct": CT, "pet": PT},
    source=Manual(
        files=("fdg_pet_ct_lesions",),
        steps="pip install idc-index\n"
        "idc download fdg_pet_ct_lesions --download-dir . (419 GB)\n"
        "The folder fdg_pet_ct_lesions now holds a folder per patient",
    ),
    layout=PetCt(
        ct=f"{STUDY}/*/*.dcm",  # the series that is left: at TCIA its name varies
        pet=f"{STUDY}/PT_*/*.dcm | {STUDY}/*-PET corr.-*/*.dcm",
        seg=f"{STUDY}/SEG_*/*.dcm | {STUDY}/*-Segmentation-*/*.dcm",
    ),
    labels={1: "lesion"},
    cases=1014,
    patients="by layout",
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield FDG_PET_CT_LESIONS
