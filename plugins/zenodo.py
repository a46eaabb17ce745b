"""Zenodo: CERN's archive, where many authors put their datasets, each with a DOI and md5 sums.

CHAOS, TotalSegmentator, PROMISE12 and AMOS lie there. Records have versions: the DOI of a version
stays what it is, that of the record moves. A license field is filled in by whoever uploads, and a
LICENSE file in the archive may say something else.
"""

from collections.abc import Iterator

from medreg import CT, MR, About, Claim, Dataset, Portal, hookimpl

ZENODO = Dataset(
    name="zenodo",
    title="Zenodo, medical imaging",
    homepage="https://zenodo.org/",
    licenses=(
        Claim("LicenseRef-per-dataset", source="each record states its license", date="2026-11"),
    ),
    cite=("https://zenodo.org/",),
    modality=(CT, MR),
    source=Portal(
        steps="Look for a record: https://zenodo.org/search?q=segmentation&f=resource_type:dataset\n"
        "Make a plugin of it: medreg add-plugin NAME --from zenodo:RECORD, "
        "RECORD being the number in its address\n"
        "See which are here: medreg list --host zenodo"
    ),
    annotation="none",
    about=About(
        known="secondary",
        also=("Zenodo Medical Imaging",),
        formats=("varies",),
        best_for="datasets of a paper, with DOI and checksums",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the portal."""
    yield ZENODO
