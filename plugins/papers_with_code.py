"""Papers with Code: an index of datasets and results, which was shut down (recall, unverified).

Its address now leads to GitHub. Copies of its pages say nothing of files. The list that names it
means the task "medical image segmentation": search here by organ instead.
"""

from collections.abc import Iterator

from medreg import CT, MR, About, Claim, Dataset, Portal, hookimpl

PAPERS_WITH_CODE = Dataset(
    name="papers_with_code",
    title="Papers with Code, datasets",
    homepage="https://paperswithcode.com/datasets?task=medical-image-segmentation",
    licenses=(
        Claim("LicenseRef-per-dataset", "an index: each dataset has terms of its own", "2026-11"),
    ),
    cite=("https://paperswithcode.com/datasets",),
    modality=(CT, MR),
    source=Portal(
        steps="Search what is here instead: medreg list --annotated segmentation --organ liver\n"
        "Make a plugin from a paper's DOI: medreg add-plugin NAME --from doi:DOI"
    ),
    annotation="none",
    about=About(
        known="recall",
        also=("Papers with Code (datasets)",),
        formats=("varies",),
        best_for="nothing any more",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the portal."""
    yield PAPERS_WITH_CODE
