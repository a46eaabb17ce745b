"""Imaging Data Commons: the NCI's cancer imaging in the cloud, as DICOM, in versions that stay.

Version 25 has 179 collections, 86,362 patients and 1,044,191 series (99.9 TB), and 26 results of
analyses, such as TotalSegmentator's masks, apart from the originals. No login: anybody reads its
buckets. Most series are CC BY 4.0 or 3.0; 34,634 are not for commercial use, most of them in
s3://idc-open-data-cr, but 4,433 lie beside the others: ask the license, not the bucket.
"""

from collections.abc import Iterator

from medreg import CT, MR, PT, About, Claim, Dataset, Modality, Portal, hookimpl

IDC = Dataset(
    name="idc",
    title="NCI Imaging Data Commons",
    homepage="https://portal.imaging.datacommons.cancer.gov/",
    licenses=(
        Claim(
            "LicenseRef-per-collection",
            source="idc-index-data 25.0.5 (IDC v25): license_short_name of every series",
            date="2026-11",
            rank="archive",
        ),
    ),
    cite=("doi:10.1158/0008-5472.CAN-21-0950",),
    modality=(CT, MR, PT, Modality.SM, Modality.MG),
    source=Portal(
        steps="See its collections: medreg list --host idc\n"
        "Make a plugin of one: medreg add-plugin NAME --from idc:COLLECTION\n"
        "Read about them: https://learn.canceridc.dev/"
    ),
    annotation="none",
    about=About(
        known="source",
        also=("IDC (NCI)", "NCI Imaging Data Commons (IDC)", "IDC"),
        patients=86362,
        size_gb=99945,
        counts=(
            Claim("1,044,191 series, 179 collections", "idc-index-data 25.0.5", "2026-11"),
            Claim("multiple cancer types", "first source list (002)", "2026-11"),
        ),
        formats=("DICOM",),
        contents="s3://{idc-open-data,idc-open-data-two,idc-open-data-cr}/{crdc_series_uuid}/*.dcm",
        quality="26 analysis results: TotalSegmentator, BAMF-AIMI, NLSTSeg and others",
        best_for="cancer imaging without a login, in versions that stay",
        tags=("oncology", "foundation model"),
        contact="https://discourse.canceridc.dev/",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the portal."""
    yield IDC
