"""UMIE: scripts that turn twenty open 2-D and 3-D datasets into PNG with RadLex labels.

Nothing is given out but scripts: one fetches each source (KiTS23, LiTS as PNG, ChestX-ray14,
COCA, BrainMetShare, CMMD and others; its README lists 15 of the 20). 882,774 images come of it, not
the million of an early list, whose address github.com/UMIE-datasets does not exist either.
"""

from collections.abc import Iterator

from medreg import CT, MR, About, Claim, Dataset, Modality, Portal, hookimpl

UMIE = Dataset(
    name="umie",
    title="UMIE datasets",
    homepage="https://github.com/TheLion-ai/UMIE_datasets",
    licenses=(
        Claim(
            "CC-BY-NC-SA-4.0",
            source="TheLion-ai/UMIE_datasets README (badge); its sources keep their own terms",
            date="2026-11",
            rank="publisher",
        ),
    ),
    cite=("https://github.com/TheLion-ai/UMIE_datasets",),
    modality=(CT, MR, Modality.DX, Modality.MG),
    source=Portal(
        steps="See which sources are here: medreg show kits23, lits, nih_chestxray14, coca, cmmd\n"
        "Fetch those that you need: medreg fetch kits23\n"
        "git clone https://github.com/TheLion-ai/UMIE_datasets, and run its pipelines on them"
    ),
    annotation="none",
    about=About(
        known="source",
        also=("UMIE Dataset",),
        images=882774,
        counts=(
            Claim("1M+ images, 20 sources", "first source list (002), unsupported", "2026-11"),
        ),
        formats=("PNG",),
        contents="{uid}_{name}/{phase}/{Images,Masks}/*.png (recall, unverified)",
        annotated_by="mixed",
        quality="labels are mapped to RadLex; BrainMetShare and COCA ask for an agreement",
        best_for="one 2-D training set of many sources",
        tags=("foundation model",),
    ),
)


@hookimpl
def medreg_datasets() -> Iterator[Dataset]:
    """Yield the portal."""
    yield UMIE
