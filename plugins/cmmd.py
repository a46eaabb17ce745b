"""CMMD: digital mammograms of 1,775 women in China, with biopsies (2012-2016; TCIA, 2021).

5,202 images; one series holds the two or four views of a woman, MLO and CC. The spreadsheet
CMMD_clinicaldata_revision.xlsx says benign or malignant for each breast, and a molecular subtype of
749 women. Outlines of lesions are another dataset: tompei_cmmd.
"""

from collections.abc import Iterator

from medreg import About, Claim, Dataset, Idc, Modality, hookimpl

CMMD = Dataset(
    name="cmmd",
    title="Chinese Mammography Database",
    homepage="https://www.cancerimagingarchive.net/collection/cmmd/",
    licenses=(
        Claim(
            "CC-BY-4.0",
            source="idc-index-data 25.0.5 (IDC v25): all 1,775 series",
            date="2026-11",
            rank="archive",
        ),
    ),
    cite=("doi:10.7937/tcia.eqde-4b16",),
    modality=(Modality.MG,),
    source=Idc(collection="cmmd"),
    annotation="class",
    patients="by layout",
    about=About(
        known="source",
        also=("CMMD",),
        region=("breast",),
        shows=("breast lesion",),
        images=5202,
        patients=1775,
        size_gb=22.86,
        counts=(Claim("3728 images", "openmedlab CMMD.md, as the TCIA page says", date="2026-11"),),
        classes={0: "benign", 1: "malignant"},
        formats=("DICOM", "XLSX"),
        contents="{D1-0001,D2-0001}/{study}/MG_{series}: two or four views in one series",
        annotated_by="reports",
        accuracy="biopsy",
        best_for="benign or malignant in mammography",
        tags=("oncology", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CMMD
