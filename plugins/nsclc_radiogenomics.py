"""NSCLC Radiogenomics: chest CT and PET/CT of 211 people with lung cancer, with genes (TCIA, 2017).

144 of them have a tumor drawn on one CT, as DICOM SEG; the SEG tells on which, as one of these
studies holds six. What has no mask, mostly PET/CT, is no case here. RNA-seq, EGFR, KRAS and
outcome are in tables beside. MSD's lung task is said to show patients of this collection, which
nobody has confirmed.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, DicomSeg, Idc, hookimpl

NSCLC_RADIOGENOMICS = Dataset(
    name="nsclc_radiogenomics",
    title="NSCLC Radiogenomics",
    homepage="https://www.cancerimagingarchive.net/collection/nsclc-radiogenomics/",
    licenses=(
        Claim("CC-BY-3.0", "idc-index-data 25.0.5 (IDC v25): all series", "2026-11", "archive"),
    ),
    cite=("doi:10.7937/K9/TCIA.2017.7HS46ERV", "doi:10.1038/sdata.2018.202"),
    modality=CT,
    source=Idc(collection="nsclc_radiogenomics", modalities=("CT", "SEG")),
    layout=DicomSeg(
        image="{patient}/{case}/CT_*/*.dcm",
        label="{patient}/{case}/SEG_*/*.dcm",
        named=True,
    ),
    labels={1: "lung_tumor"},
    cases=144,
    patients="by layout",
    about=About(
        known="source",
        also=("NSCLC Radiogenomics (TCIA)", "NSCLC-Radiogenomics"),
        region=("chest",),
        scans=727,
        patients=211,
        size_gb=91.78,
        counts=(
            Claim("727 series of CT, 480 of PET, 144 masks", "idc-index-data 25.0.5", "2026-11"),
            Claim("98.0 GB, PET too", "idc-index-data 25.0.5", "2026-11"),
        ),
        formats=("DICOM", "DICOM SEG", "AIM XML", "CSV"),
        annotated_by="experts",
        quality="480 series of PET are not taken; the segments have no common name, as some were "
        "made with ePAD and some with 3D Slicer",
        best_for="thoracic CT with genomics and outcome",
        tags=("oncology", "pulmonology", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield NSCLC_RADIOGENOMICS
