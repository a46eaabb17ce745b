"""FDG-PET-CT-Lesions: whole-body FDG PET/CT with masks of malignant lesions (TCIA, 2022).

1,014 studies of 900 patients; 513 of the studies are negative controls, with an empty mask. Masks
were drawn on the PET. PET is stored as activity (Bq/ml); no SUV is computed here. The same studies
are autoPET I and II, as NIfTI that lab-midas/TCIA_processing makes. An early list speaks of a
restricted license; the Imaging Data Commons lists every series as CC BY 4.0. Folders are found as
its program names them, and as TCIA's NBIA Data Retriever does. Lesions fill 0.02 to 0.10 % of the
voxels of a study, as that list says.
"""

from collections.abc import Iterator

from medreg import CT, PT, About, Claim, Dataset, Idc, PetCt, hookimpl

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
    source=Idc(collection="fdg_pet_ct_lesions", modalities=("CT", "PT", "SEG")),
    layout=PetCt(
        ct=f"{STUDY}/*/*.dcm",  # the series that is left: at TCIA its name varies
        pet=f"{STUDY}/PT_*/*.dcm | {STUDY}/*-PET corr.-*/*.dcm",
        seg=f"{STUDY}/SEG_*/*.dcm | {STUDY}/*-Segmentation-*/*.dcm",
    ),
    labels={1: "lesion"},
    cases=1014,
    patients="by layout",
    about=About(
        known="source",
        also=("FDG-PET-CT-Lesions",),
        region=("whole body",),
        shows=("FDG-avid lesions",),
        scans=1014,
        patients=900,
        size_gb=418.95,
        counts=(
            Claim(
                "1014 scans plus 513 controls",
                source="first source list (001); the 513 are among the 1,014",
                date="2026-11",
            ),
        ),
        formats=("DICOM", "DICOM SEG"),
        splits="501 studies with lesions, 513 without",
        annotated_by="experts",
        typical="PET 200 x 200 x 150 voxels of 2 x 2 x 3 mm; CT -1024 to 3071 HU; SUV 0 to 15, in "
        "lesions 4 to 12: as an early list (001) says",
        best_for="lesions in whole-body PET/CT",
        tags=("oncology", "foundation model"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield FDG_PET_CT_LESIONS
