"""TOMPEI-CMMD: outlines of lesions for the MLO views of CMMD, and BI-RADS of each breast (2025).

Annotations alone: the images are CMMD's, which is fetched first. 1,385 JSON files, as many again
as macOS leftovers below __MACOSX; each is a list of lesions with points in the image's pixels. A
file names patient, view and side; four patients have their sides swapped in the DICOM headers.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Derived, Http, Modality, Parts, hookimpl

ZIP = "https://www.cancerimagingarchive.net/wp-content/uploads/TOMPEI-CMMD_v01_20241220.zip"

TOMPEI_CMMD = Dataset(
    name="tompei_cmmd",
    title="TOMPEI-CMMD: segmentations for CMMD",
    homepage="https://www.cancerimagingarchive.net/analysis-result/tompei-cmmd/",
    licenses=(
        Claim(
            "LicenseRef-unknown",
            source="nobody could be quoted on it",
            date="2026-11",
            covers="masks",
        ),
        Claim(
            "CC-BY-4.0",
            source="idc-index-data 25.0.5 (IDC v25), collection cmmd",
            date="2026-11",
            rank="archive",
            covers="images",
        ),
    ),
    cite=("https://www.cancerimagingarchive.net/analysis-result/tompei-cmmd/",),
    modality=(Modality.MG,),
    source=Parts(images=Derived("cmmd"), labels=Http(urls=(ZIP,))),
    patients="by layout",
    about=About(
        known="source",
        also=("TOMPEI-CMMD", "Enhanced Chinese Mammography Database"),
        region=("breast",),
        shows=("mass", "calcification", "distortion", "asymmetry"),
        images=1385,
        counts=(Claim("a database of its own", "first source list (002), wrong", date="2026-11"),),
        formats=("JSON", "XLSX"),
        contents="TOMPEI-CMMD_v01_20250123/D1-0001_MLO_R_AnnotationFile.json; "
        "TOMPEI-CMMD_clinical_data_v01_20250121.xlsx",
        annotated_by="experts",
        quality="sides of four patients are swapped in CMMD's headers",
        best_for="lesions in mammography",
        tags=("oncology",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield TOMPEI_CMMD
