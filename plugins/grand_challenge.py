"""Grand Challenge: a site of challenges in medical imaging; their data lie there or elsewhere.

FLARE, AMOS, LUNA16, VerSe, RibFrac, LNDb, VESSEL12, ODIR, DRIVE, PROSTATEx, PROMISE12 and autoPET
have their pages there. Most need an account and one's joining of the challenge; some later moved
their data to Zenodo. The list names no dataset: this is a way to find one.
"""

from collections.abc import Iterator

from medreg import CT, MR, PT, About, Claim, Dataset, Gate, Modality, Portal, hookimpl

GRAND_CHALLENGE = Dataset(
    name="grand_challenge",
    title="Grand Challenge",
    homepage="https://grand-challenge.org/",
    licenses=(
        Claim(
            "LicenseRef-per-dataset",
            source="each challenge states its rules on a page of its own",
            date="2026-11",
        ),
    ),
    cite=("https://grand-challenge.org/",),
    modality=(CT, MR, PT, Modality.OP),
    source=Portal(
        steps="Make an account: https://grand-challenge.org/\n"
        "Open the challenge, join it, and follow its page on data\n"
        "Where that is a Zenodo record: medreg add-plugin NAME --from zenodo:RECORD\n"
        "Where files were downloaded: medreg add-plugin NAME --from FOLDER"
    ),
    annotation="none",
    gate=Gate(kind="registration"),
    about=About(
        known="recall", formats=("varies",), best_for="finding challenges", tags=("benchmark",)
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the portal."""
    yield GRAND_CHALLENGE
