"""Stanford AIMI: the datasets of Stanford's Center for AI in Medicine and Imaging.

EchoNet-Dynamic, thyroid ultrasound, COCA, SinoCT, CheXpert and MURA are among them. Each asks for
its own form and agreement: research only, nothing passed on. Approval takes 1 to 24 hours; then an
address with a token appears, which azcopy reads and which expires.
The sentence that AIMI demands in publications could not be read.
"""

from collections.abc import Iterator

from medreg import CT, MR, About, Claim, Dataset, Gate, Modality, Portal, hookimpl

STANFORD_AIMI = Dataset(
    name="stanford_aimi",
    title="Stanford AIMI shared datasets",
    homepage="https://aimi.stanford.edu/shared-datasets",
    licenses=(
        Claim(
            "LicenseRef-Stanford-AIMI-DUA",
            source="README of a user's thyroid repository, and neuro-ml/amid stanford_coca",
            date="2026-11",
        ),
    ),
    cite=("https://aimi.stanford.edu/shared-datasets",),
    modality=(CT, Modality.DX, Modality.US, MR),
    source=Portal(
        steps="Open https://aimi.stanford.edu/shared-datasets and choose a dataset\n"
        "Request access, log in, fill in the form and accept the agreement\n"
        "Wait for the approval (1 to 24 hours), then copy the address that appears, there or at "
        "https://stanfordaimi.azurewebsites.net/\n"
        "azcopy copy 'ADDRESS' . --recursive\n"
        "See which of them are here: medreg list --host stanford-aimi"
    ),
    annotation="none",
    restricted=True,
    gate=Gate(kind="agreement", days=1, terms="https://aimi.stanford.edu/shared-datasets"),
    about=About(
        known="secondary",
        also=("Stanford AIMI Datasets", "AIMI"),
        counts=(
            Claim(
                "EchoNet, thyroid, COCA, SinoCT, CheXpert, MURA",
                source="first source list (004)",
                date="2026-11",
            ),
        ),
        formats=("varies",),
        contents="per dataset",
        best_for="teaching scenarios",
        tags=("cardiology", "pulmonology", "musculoskeletal"),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the portal."""
    yield STANFORD_AIMI
