"""NSCLC-Radiomics (Lung1): CT of 422 people with lung cancer before radiotherapy (TCIA, 2014).

An oncologist outlined the tumor (GTV-1) in all but one. The other outlines are not in all cases,
so they are no labels here: lungs apart in 312 and as one (Lungs-Total) in 97, Spinal-Cord in 411,
Esophagus in 355, Heart in 127. Names are free text: 55 of them, lymph nodes among them. DICOM SEG
of the same are in the collection, with two segments named Lung. The license forbids commercial
use, whatever the loader amid says. Known doubts about LUNG1-014, 021, 085, 095, 128, 194 and 412.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Idc, RtStruct, hookimpl

NSCLC_RADIOMICS = Dataset(
    name="nsclc_radiomics",
    title="NSCLC-Radiomics (Lung1)",
    homepage="https://www.cancerimagingarchive.net/collection/nsclc-radiomics/",
    licenses=(
        Claim("CC-BY-NC-3.0", "idc-index-data 25.0.5 (IDC v25): all series", "2026-11", "archive"),
        Claim("CC-BY-3.0", "neuro-ml/amid, amid/nsclc.py", "2026-11"),
    ),
    cite=("doi:10.7937/K9/TCIA.2015.PF0M9REI", "doi:10.1038/ncomms5006"),
    modality=CT,
    source=Idc(collection="nsclc_radiomics", modalities=("CT", "RTSTRUCT")),
    layout=RtStruct(
        image="{patient}/{case}/CT_*/*.dcm",
        label="{patient}/{case}/RTSTRUCT_*/*.dcm",
    ),
    labels={"GTV-1": "lung_tumor"},
    cases=422,
    patients="by layout",
    about=About(
        known="source",
        also=("NSCLC-Radiomics", "Lung1", "NSCLC Radiomics (Lung1)"),
        region=("chest",),
        shows=("lung tumor", "lungs", "spinal cord", "esophagus", "heart"),
        scans=422,
        patients=422,
        size_gb=27.54,
        counts=(
            Claim("33 GB, 52,073 images, PET/CT", "first source list (003)", "2026-11"),
            Claim(
                "35.78 GB, 52,073 instances with the SEG; no PET",
                "idc-index-data 25.0.5",
                "2026-11",
            ),
        ),
        formats=("DICOM", "RTSTRUCT", "DICOM SEG", "CSV"),
        annotated_by="experts",
        quality="loaders leave out LUNG1-128 and 412 (no tumor outlined) and, for masks of "
        "another shape than their image, LUNG1-014, 021, 085, 095 and 194",
        best_for="radiomics, survival",
        tags=("oncology", "radiotherapy planning", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield NSCLC_RADIOMICS
