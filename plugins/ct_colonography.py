"""CT Colonography (ACRIN 6664): screening CT of 825 colons, prone and supine (TCIA, 2015).

A series is a case: supine, prone, and localizers among them. Tables tell where optical colonoscopy
found polyps: none, 6 to 9 mm, 10 mm or more. The colon is not segmented, though an early list
counts one structure. CTSpine1K (784 scans) and CTPelvic1K (731) drew bones on these scans.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, DicomSeries, Idc, hookimpl

CT_COLONOGRAPHY = Dataset(
    name="ct_colonography",
    title="CT Colonography (ACRIN 6664)",
    homepage="https://www.cancerimagingarchive.net/collection/ct-colonography/",
    licenses=(
        Claim("CC-BY-3.0", "idc-index-data 25.0.5 (IDC v25): all series", "2026-11", "archive"),
        Claim("LicenseRef-unknown", 'first source list (002): "Public"', "2026-11"),
    ),
    cite=("doi:10.7937/K9/TCIA.2015.NWTESAY1", "doi:10.1056/NEJMoa0800996"),
    modality=CT,
    source=Idc(collection="ct_colonography", modalities=("CT",)),
    layout=DicomSeries(image="{patient}/*/CT_{case}/*.dcm"),
    annotation="class",
    cases=3451,
    patients="by layout",
    about=About(
        known="source",
        also=("CT Colonography", "CT COLONOGRAPHY (ACRIN 6664)", "ACRIN 6664"),
        region=("abdomen",),
        shows=("colon", "polyps, in tables"),
        scans=3451,
        patients=825,
        size_gb=496.67,
        counts=(
            Claim("500+ scans, 50 GB", "first source list (000), unsupported", "2026-11"),
            Claim("825 scans, 1 structure", "first source list (002), unsupported", "2026-11"),
        ),
        classes={"no": "no polyp", "medium": "polyp of 6 to 9 mm", "large": "10 mm or more"},
        formats=("DICOM", "XLS"),
        annotated_by="experts",
        accuracy="polyps confirmed by optical colonoscopy",
        quality="localizers of few slices among the series; classes are in spreadsheets of TCIA",
        best_for="virtual colonoscopy",
        tags=("oncology", "healthy"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CT_COLONOGRAPHY
