"""Hugging Face: datasets as git repositories, with LFS sums; many medical ones are copies.

Look for the publisher's own repository (AbdomenAtlas, CT-RATE); a copy's license tag is the
uploader's opinion. Gated repositories want an account, one's consent on the page, and a token in
HF_TOKEN. Name a revision: `main` moves.
"""

from collections.abc import Iterator

from medreg import CT, MR, About, Claim, Dataset, Gate, Modality, Portal, hookimpl

HUGGINGFACE_DATASETS = Dataset(
    name="huggingface_datasets",
    title="Hugging Face, medical datasets",
    homepage="https://huggingface.co/datasets",
    licenses=(
        Claim(
            "LicenseRef-per-dataset",
            source="each repository states its license in its README",
            date="2026-11",
        ),
    ),
    cite=("https://huggingface.co/datasets",),
    modality=(CT, MR, Modality.DX),
    source=Portal(
        steps="Look for a repository: https://huggingface.co/datasets?search=medical\n"
        "Make a plugin of it: medreg add-plugin NAME --from hf:OWNER/NAME\n"
        "Where it is gated: accept its terms on the page, make a token, and set HF_TOKEN\n"
        "See which are here: medreg list --host huggingface"
    ),
    annotation="none",
    gate=Gate(kind="registration"),
    about=About(
        known="secondary",
        also=("HuggingFace medical datasets", "Hugging Face"),
        formats=("varies",),
        best_for="datasets with a revision and checksums",
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the portal."""
    yield HUGGINGFACE_DATASETS
