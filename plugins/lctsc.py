"""LCTSC: planning CT of 60 people with five organs at risk outlined (AAPM challenge, TCIA, 2017).

Three centers gave 12 training and 8 test cases each (S1 to S3 in the patient's id); the outlines
of the test cases are public too. The tumor is not outlined, whatever an early list says. Where two
outlines overlap, the smaller organ wins.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Idc, RtStruct, hookimpl

LCTSC = Dataset(
    name="lctsc",
    title="Lung CT Segmentation Challenge 2017",
    homepage="https://www.cancerimagingarchive.net/collection/lctsc/",
    licenses=(
        Claim("CC-BY-3.0", "idc-index-data 25.0.5 (IDC v25): all series", "2026-11", "archive"),
        Claim("LicenseRef-Research", "first source list (002), unsupported", "2026-11"),
    ),
    cite=("doi:10.7937/K9/TCIA.2017.3R3FVZ08", "doi:10.1002/mp.13141"),
    modality=CT,
    source=Idc(collection="lctsc", modalities=("CT", "RTSTRUCT")),
    layout=RtStruct(
        image="{patient}/{case}/CT_*/*.dcm",
        label="{patient}/{case}/RTSTRUCT_*/*.dcm",
        priority=("SpinalCord", "Esophagus", "Heart", "Lung_L", "Lung_R"),
    ),
    labels={
        "Lung_L": "lung_left",
        "Lung_R": "lung_right",
        "Heart": "heart",
        "Esophagus": "esophagus",
        "SpinalCord": "spinal_cord",
    },
    cases=60,
    patients="by layout",
    about=About(
        known="source",
        also=("LCTSC - Lung CT Segmentation Challenge 2017", "AAPM thoracic auto-segmentation"),
        region=("chest",),
        scans=60,
        patients=60,
        size_gb=5.15,
        counts=(Claim("60 scans, tumors among them", "first source list (002)", "2026-11"),),
        formats=("DICOM", "RTSTRUCT"),
        splits="36 train, 24 test, told by the patient's id",
        annotated_by="experts",
        best_for="radiotherapy planning",
        tags=("radiotherapy planning", "oncology", "benchmark", "start"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield LCTSC
