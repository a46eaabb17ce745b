"""BREAST-DIAGNOSIS: breast MR, and some mammograms, CT and PET, of 88 patients (TCIA, 2015).

Diagnoses are in a spreadsheet at TCIA; IDC adds structured reports of 50 patients. A study has
several MR series, dynamic ones with all time points in one series, and nothing marks lesions.
"""

from collections.abc import Iterator

from medreg import CT, MR, PT, About, Claim, Dataset, Idc, Modality, hookimpl

BREAST_DIAGNOSIS = Dataset(
    name="breast_diagnosis",
    title="BREAST-DIAGNOSIS",
    homepage="https://www.cancerimagingarchive.net/collection/breast-diagnosis/",
    licenses=(
        Claim(
            "CC-BY-3.0",
            source="idc-index-data 25.0.5 (IDC v25): all 429 series",
            date="2026-11",
            rank="archive",
        ),
    ),
    cite=("doi:10.7937/k9/tcia.2015.sdnrqxxr",),
    modality=(MR, Modality.MG, CT, PT),
    source=Idc(collection="breast_diagnosis"),
    annotation="class",
    patients="by layout",
    about=About(
        known="source",
        also=("BREAST-DIAGNOSIS", "BreastDx"),
        region=("breast",),
        shows=("breast lesion",),
        scans=429,
        patients=88,
        size_gb=60.87,
        formats=("DICOM", "XLS"),
        contents="BreastDx-01-0001/{study}/{MR,MG,CT,PT}_{series}: 345 MR, 58 MG, 18 CT, 8 PT",
        annotated_by="reports",
        quality="a study has several series; which to take, nobody published",
        best_for="diagnosis in breast MR",
        tags=("oncology", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield BREAST_DIAGNOSIS
