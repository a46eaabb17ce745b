"""BCBM-RadioGenomics: brain metastases of breast cancer in contrast-enhanced MR, with masks (2025).

268 scans of 165 patients: the last number of a name is the visit, the one before it the patient.
Images are skull-stripped and N4-corrected. A scan has a mask per target, named as the planner did
(``mask_tumor``, ``mask_L-cerebellar-cavity``, ``mask_Plan1_TgtA_...``): some are surgical cavities,
so that no rule says which label a mask has. An early list files it under breast CT.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, Manual, hookimpl

HOME = "https://www.cancerimagingarchive.net/collection/bcbm-radiogenomics/"
FOLDER = "BCBM-RadioGenomics_Images_Masks_Dec2024"

BCBM_RADIOGENOMICS = Dataset(
    name="bcbm_radiogenomics",
    title="BCBM-RadioGenomics",
    homepage=HOME,
    licenses=(
        Claim(
            "CC-BY-4.0",
            source="a public README that quotes the TCIA page with its citation",
            date="2026-11",
        ),
    ),
    cite=("doi:10.7937/RRSE-W278",),
    modality=(MR,),
    source=Manual(
        files=(FOLDER,),
        steps=f"Download Images and Masks at {HOME} with IBM Aspera Connect: the folder {FOLDER}",
    ),
    labels={1: "brain_metastasis"},
    patients="by layout",
    about=About(
        known="secondary",
        also=("BCBM-RadioGenomics",),
        region=("head",),
        shows=("brain metastasis", "resection cavity"),
        scans=268,
        patients=165,
        formats=("NIfTI", "XLSX"),
        contents=f"{FOLDER}/BCBM-RadioGenomics-5-0/BCBM-RadioGenomics-5-0_image_ss_n4.nii.gz, "
        "BCBM-RadioGenomics-5-0_mask_L-cerebellar-cavity.nii.gz",
        annotated_by="experts",
        quality="one binary mask per target, named freely; cavities among them",
        best_for="brain metastases; radiogenomics",
        tags=("oncology", "clinical data", "radiotherapy planning"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield BCBM_RADIOGENOMICS
