"""gCIS: a model, not a dataset: a paper on 36,419 CT and 83 tasks of segmentation (2024).

An early list has it among datasets. Its paper names no scans or masks that could be had, and none
were found; it stands here so that nobody looks for them twice.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Portal, hookimpl

GCIS = Dataset(
    name="gcis",
    title="Towards a general computed tomography image segmentation model",
    homepage="https://www.nature.com/articles/s44172-024-00287-0",
    licenses=(
        Claim("LicenseRef-unknown", source="doi:10.1038/s44172-024-00287-0", date="2026-11"),
        Claim("LicenseRef-Research", source="first source list (002), unsupported", date="2026-11"),
    ),
    cite=("doi:10.1038/s44172-024-00287-0",),
    modality=CT,
    source=Portal(
        steps="Nothing to download was found\n"
        "Read the data availability of https://www.nature.com/articles/s44172-024-00287-0\n"
        "For a dataset of that kind, look at cads, totalsegmentator_v2 or abdomenatlas_mini"
    ),
    annotation="none",
    about=About(
        known="secondary",
        shows=("83 structures and lesions",),
        region=("whole body",),
        scans=36419,
        best_for="literature",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield what the paper tells."""
    yield GCIS
