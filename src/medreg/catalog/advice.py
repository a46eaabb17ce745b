"""What follows for whoever uses a dataset: rules to mind, and how to go on. Facts, no opinions.

Each line says from which fact it follows. None is legal advice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.catalog.kinds import dimensions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.catalog.entries import Entry

DISCLAIMER = (
    "What licenses and agreements allow is derived from the claims that are shown, with their "
    "sources. It is information, no legal advice, and no dataset is endorsed."
)
SMALL = 100  # annotated cases below which a network is hardly trained from them alone
FACES = ("CT", "MR", "PT")
UNCONVERTED = {"DICOM", "MHA", "MHD", "NRRD", "ANALYZE"}


def compliance(entry: Entry) -> Iterator[str]:
    """Yield which rules a dataset's own facts bring into play (F101)."""
    if entry.portal or entry.access == "generated":
        return
    if entry.access == "agreement":
        yield "agreement: it binds the person who signs; each colleague signs too"
    if entry.access == "application":
        yield "application: use is tied to the project that was approved (ethics or access board)"
    if entry.restricted:
        yield "restricted: bytes, thumbnails and per-case tables stay in the restricted tier"
    if "head" in entry.region and set(FACES) & set(entry.modalities):
        yield (
            "head scans may show a face: an identifier under HIPAA (45 CFR 164.514(b)(2)(i)(Q)), "
            "personal data under GDPR unless defaced"
        )
    if "clinical data" in entry.tags:
        yield "clinical tables: data concerning health (GDPR article 9); join them only as needed"


def going_on(entry: Entry) -> Iterator[str]:
    """Yield how to prepare a dataset: formats, and what a small one needs (F088, F118)."""
    if entry.portal:
        return
    foreign = sorted({name for name in entry.formats if name.split()[0].upper() in UNCONVERTED})
    if foreign and dimensions(entry) == "3-D":
        yield f"{', '.join(foreign)} become canonical NIfTI: medreg convert {entry.name}"
    if entry.annotation == "none" and entry.size:
        yield "not annotated: for pre-training, or to be annotated"
    elif entry.annotated and entry.annotated < SMALL:
        yield (
            f"{entry.annotated} annotated cases: augment them (flips, rotations, noise), or "
            "combine them with others in a recipe"
        )
    elif entry.labels == () and entry.annotation == "class" and dimensions(entry) == "3-D":
        yield "labelled but not segmented"
