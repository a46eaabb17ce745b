"""Cardiac CT angiography at Dryad (9s4mw6mc9): 206 patients, eight structures, as a list says.

The record itself could not be read here: neither the names of the structures, nor of the files, nor
who drew them. Dryad publishes under CC0, so look there first and then write its layout.
"""

from collections.abc import Iterator

from medreg import CT, About, Claim, Dataset, Dryad, hookimpl

RECORD = "https://datadryad.org/dataset/doi:10.5061/dryad.9s4mw6mc9"

CARDIAC_CCTA_DRYAD = Dataset(
    name="cardiac_ccta_dryad",
    title="Cardiac CCTA (Dryad 9s4mw6mc9)",
    homepage=RECORD,
    licenses=(
        Claim(
            "CC0-1.0", source="Dryad's policy for all it has; recall, unverified", date="2026-11"
        ),
    ),
    cite=("doi:10.5061/dryad.9s4mw6mc9",),
    modality=(CT,),
    source=Dryad(doi="10.5061/dryad.9s4mw6mc9"),
    about=About(
        known="recall",
        also=("Cardiac CCTA Dataset",),
        region=("heart",),
        shows=("cardiovascular structures",),
        counts=(
            Claim("206 patients, 8 structures", "first source list (002), unsupported", "2026-11"),
        ),
        best_for="the heart in CT angiography",
        tags=("cardiology",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the dataset."""
    yield CARDIAC_CCTA_DRYAD
