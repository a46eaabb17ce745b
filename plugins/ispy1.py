"""I-SPY 1: breast MR of 222 women before, during and after chemotherapy (ACRIN 6657, 2002 to 2006).

708 of 847 studies were analyzed; each of these has a map of early percent enhancement and, on its
grid, a mask of the breast tissue that was analyzed. These pairs are the cases here. No mask is a
drawn tumor: "PE Segmentation" is a threshold (70 to 140 %). The dynamic series themselves are 4-D,
and named otherwise at each site: widen `where` for them. TCIA's result
ISPY1-Tumor-SEG-Radiomics has tumors drawn by radiologists.
"""

from collections.abc import Iterator

from medreg import MR, About, Claim, Dataset, DicomSeg, Idc, hookimpl

ISPY1 = Dataset(
    name="ispy1",
    title="I-SPY 1 (ACRIN 6657)",
    homepage="https://www.cancerimagingarchive.net/collection/ispy1/",
    licenses=(
        Claim(
            "CC-BY-3.0",
            source="idc-index-data 25.0.5 (IDC v25): all 9,032 MR and SEG series",
            date="2026-11",
            rank="archive",
        ),
    ),
    cite=("doi:10.7937/k9/tcia.2016.hdhpgjlk",),
    modality=MR,
    source=Idc(
        collection="ispy1",
        modalities=("MR", "SEG"),
        where="SeriesDescription LIKE '%: PE_' OR SeriesDescription = 'Breast Tissue Segmentation'",
    ),
    layout=DicomSeg(
        image="**/{patient}/{case}/MR_*/*.dcm", label="**/{patient}/{case}/SEG_*/*.dcm"
    ),
    labels={1: "breast_tissue"},
    cases=708,
    patients="by layout",
    about=About(
        known="source",
        also=("I-SPY 1", "ACRIN 6657"),
        region=("breast",),
        shows=("breast tumor", "breast tissue"),
        scans=847,
        patients=222,
        size_gb=10.66,
        counts=(
            Claim("386,528 images", "first source list (003)", "2026-11"),
            Claim("76.2 GB", "first source list (003)", "2026-11"),
            Claim("387,680 instances, 9,032 series, 78.36 GB", "idc-index-data 25.0.5", "2026-11"),
            Claim("207 patients, 708 studies with masks", "idc-index-data 25.0.5", "2026-11"),
        ),
        formats=("DICOM", "DICOM SEG"),
        accuracy="thresholds of enhancement, as the core laboratory at UCSF set them",
        quality="139 studies were not analyzed and have no map; 53 maps are of a later phase; IDC "
        "has 2,568 SEG: tissue 708, thresholds 708, and 576 of each in a volume of interest",
        best_for="response to neoadjuvant chemotherapy",
        tags=("oncology", "clinical data", "longitudinal"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield ISPY1
