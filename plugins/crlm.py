"""CRLM: CT of 197 people before their colorectal liver metastases were resected (TCIA, 2023).

DICOM SEG whose segments overlap: Liver holds tumors and vessels, so here these are carved out of
it. Left out is Liver Remnant, what a surgeon planned to leave. Hepatic and Portal are the veins.
The Imaging Data Commons also has 224 SEG made by a model (bamf_aimi_annotations): not taken. Some
series have slices 7.5 mm apart.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, DicomSeg, Idc, hookimpl

CRLM = Dataset(
    name="crlm",
    title="Colorectal-Liver-Metastases",
    homepage="https://www.cancerimagingarchive.net/collection/colorectal-liver-metastases/",
    licenses=(
        Claim("CC-BY-4.0", "idc-index-data 25.0.5 (IDC v25): all series", "2026-11", "archive"),
        Claim("CC-BY-4.0", "neuro-ml/amid, amid/crlm.py", "2026-11"),
        Claim("LicenseRef-Research", "first source list (002), unsupported", "2026-11"),
    ),
    cite=("doi:10.7937/QXK2-QG03", "doi:10.1038/s41597-024-02981-2"),
    modality=CT,
    source=Idc(collection="colorectal_liver_metastases", modalities=("CT", "SEG")),
    layout=DicomSeg(
        image="{patient}/{case}/CT_*/*.dcm",
        label="{patient}/{case}/SEG_*/*.dcm",
        priority=("Tumor_*", "Portal", "Hepatic", "Liver"),
    ),
    labels={
        "Liver": "liver",
        "Hepatic": "hepatic_vein",
        "Portal": "portal_vein",
        "Tumor_*": "liver_tumor",
    },
    cases=197,
    patients="by layout",
    about=About(
        known="source",
        also=("Colorectal-Liver-Metastases", "Colorectal Liver Metastases"),
        region=("abdomen",),
        shows=("liver", "liver remnant", "hepatic vein", "portal vein", "tumors"),
        scans=197,
        patients=197,
        size_gb=10.91,
        formats=("DICOM", "DICOM SEG", "XLSX"),
        annotated_by="experts",
        quality="slices up to 7.5 mm apart",
        best_for="liver vessels with metastases; survival",
        tags=("oncology", "clinical data", "external validation"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CRLM
