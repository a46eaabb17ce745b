"""Pancreas-CT: abdominal CT of 80 people with a healthy pancreas, by the NIH (TCIA, 2016).

Images are DICOM, masks NIfTI, published apart. Cases 25 and 70 were withdrawn in 2020: they show
the scan of case 2, cropped. Whether masks must be flipped in y is told in two ways (the README of
mattiaspaul/deedsBCV flips them, nnU-Net's Task062 trusts their headers), so no fix is declared
here: look at the geometry findings before you train.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, DicomSeries, DropCase, Manual, hookimpl

PANCREAS_CT = Dataset(
    name="pancreas_ct",
    title="Pancreas-CT",
    homepage="https://www.cancerimagingarchive.net/collection/pancreas-ct/",
    licenses=(
        Claim(
            "CC-BY-3.0",
            source="idc-index-data 25.0.5 (IDC v25), collection pancreas_ct",
            date="2026-11",
            rank="archive",
        ),
        Claim("CC-BY-3.0", source="AbdomenAtlas table of sources", date="2026-11"),
        Claim("CC0-1.0", source="first source list (000), unsupported", date="2026-11"),
        Claim("LicenseRef-Research", source="first source list (002), unsupported", date="2026-11"),
    ),
    cite=("doi:10.7937/K9/TCIA.2016.tNB1kqBU",),
    modality=CT,
    source=Manual(
        files=("Pancreas-CT", "TCIA_pancreas_labels-02-05-2017.zip"),
        steps="Open https://www.cancerimagingarchive.net/collection/pancreas-ct/\n"
        "Download the images with the NBIA Data Retriever: they arrive in a folder Pancreas-CT\n"
        "Download the manual annotations: TCIA_pancreas_labels-02-05-2017.zip",
    ),
    layout=DicomSeries(image="**/PANCREAS_{case}/**/*.dcm", label="**/label{case}.nii.gz"),
    labels={1: "pancreas"},
    cases=80,
    patients="each case",
    fixes=(
        DropCase(
            "PANCREAS_0025 PANCREAS_0070",
            source="https://wiki.cancerimagingarchive.net/display/Public/Pancreas-CT, 2020-09-10",
        ),
    ),
    about=About(
        known="source",
        also=("Pancreas-CT", "Pancreas CT", "NIH Pancreas", "Pancreas-CT (NIH)", "NIH Pancreas-CT"),
        region=("abdomen",),
        scans=80,
        patients=80,
        size_gb=9.95,
        counts=(
            Claim(
                "82 scans, 15 GB", "first source list (000): before two were withdrawn", "2026-11"
            ),
            Claim("82 scans, 1-2 structures", "first source list (002): no tumors", "2026-11"),
        ),
        formats=("DICOM", "NIfTI"),
        annotated_by="experts",
        quality="how masks lie in y is told in two ways; the same masks are DICOM SEG in the IDC "
        "(analysis result pancreas_ct_seg, CC BY 4.0)",
        best_for="pancreas",
        tags=("healthy", "benchmark", "start"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield PANCREAS_CT
