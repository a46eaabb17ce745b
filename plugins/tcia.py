"""The Cancer Imaging Archive: where most public cancer imaging is published first.

Each collection has its own page, DOI and terms; most are CC BY and also in the Imaging Data
Commons, which needs no retriever. Collections that show faces, and a few others, are given out
under an agreement only. LPBA40 is not among them, and no command called tciactl exists, whatever
an early list says: tcia-utils is a library.
"""

from collections.abc import Iterator

from medreg import CT, MR, PT, About, Claim, Dataset, Modality, Portal, hookimpl

TCIA = Dataset(
    name="tcia",
    title="The Cancer Imaging Archive",
    homepage="https://www.cancerimagingarchive.net/",
    licenses=(
        Claim(
            "LicenseRef-per-collection",
            source="https://www.cancerimagingarchive.net/data-usage-policies-and-restrictions/",
            date="2026-11",
            rank="publisher",
        ),
        Claim(
            "LicenseRef-per-collection",
            source="first source lists: various (000), limited access for some (003)",
            date="2026-11",
        ),
    ),
    cite=("doi:10.1007/s10278-013-9622-7",),
    modality=(CT, MR, PT, Modality.MG, Modality.SM),
    source=Portal(
        steps="See what the Imaging Data Commons has of it: medreg list --host idc\n"
        "Make a plugin of a collection: medreg add-plugin NAME --from idc:COLLECTION, "
        "or --from doi:DOI as its page states it\n"
        "What is there alone: open https://www.cancerimagingarchive.net/browse-collections/, "
        "take its .tcia manifest and open that with the NBIA Data Retriever"
    ),
    annotation="none",
    about=About(
        known="source",
        also=(
            "TCIA Collections",
            "Cancer Imaging Archive",
            "TCIA (Cancer Imaging Archive)",
            "The Cancer Imaging Archive (TCIA)",
        ),
        counts=(
            Claim("99,945 GB, 179 collections, in IDC v25", "idc-index-data 25.0.5", "2026-11"),
            Claim("30K+ scans, 1TB+", "first source list (000), unsupported", "2026-11"),
            Claim(
                "200+ collections, PB of data", "first source list (002), unsupported", "2026-11"
            ),
            Claim("over 125 imagesets", "first source list (003), unsupported", "2026-11"),
        ),
        formats=("DICOM", "NIfTI", "SVS"),
        contents="{collection}/{patient}/{study}/{series}/*.dcm, by the NBIA Data Retriever",
        quality="RTSTRUCT and SEG annotations for some collections",
        best_for="cancer imaging",
        tags=("oncology", "clinical data"),
        contact="help@cancerimagingarchive.net",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the portal."""
    yield TCIA
