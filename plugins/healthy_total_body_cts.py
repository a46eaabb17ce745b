"""Healthy-Total-Body-CTs: CT of 30 healthy people from head to toe, with organs and tissues (TCIA).

Two licenses: masks and clinical data are CC BY 4.0 and open; the CT are under NIH's controlled
access, for faces could be rebuilt. Labels are grouped (one rib cage, one spine): 37 tissues, of
which 13 are abdominal organs and 20 bones. Arms are raised. Pages of TCIA were not read here, only
what others say of them; an early list called it "Whole-Body CT (TCIA)".
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Gate, Manual, hookimpl

HOME = "https://www.cancerimagingarchive.net/collection/healthy-total-body-cts/"

HEALTHY_TOTAL_BODY_CTS = Dataset(
    name="healthy_total_body_cts",
    title="Healthy-Total-Body-CTs",
    homepage=HOME,
    licenses=(
        Claim("CC-BY-4.0", "three public surveys of TCIA's page", "2026-11", covers="masks"),
        Claim(
            "LicenseRef-NIH-Controlled-Data-Access",
            source="three public surveys of TCIA's page",
            date="2026-11",
            covers="images",
        ),
    ),
    cite=("doi:10.7937/NC7Z-4F76",),
    modality=CT,
    source=Manual(
        files=("Healthy-Total-Body-CTs",),
        steps=f"Open {HOME}\n"
        "Download the segmentations and the workbook of their values, which are open\n"
        "Apply for NIH's controlled access, and download the CT",
    ),
    restricted=True,
    gate=Gate(kind="application"),
    about=About(
        known="secondary",
        also=("Whole-Body CT (TCIA)",),
        region=("whole body",),
        shows=("37 tissues", "13 abdominal organs", "20 bones", "fat", "skeletal muscle"),
        scans=30,
        patients=30,
        size_gb=58.95,
        formats=("DICOM", "NIfTI"),
        contents="Healthy-Total-Body-CTs-016.nii (masks), a workbook of values, DICOM of the CT",
        best_for="healthy people, whole body",
        tags=("healthy", "body composition", "clinical data"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield HEALTHY_TOTAL_BODY_CTS
