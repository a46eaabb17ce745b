"""Where drafts come from: a folder, or ``croissant:``, ``doi:``, ``zenodo:``, ``hf:``, ``idc:``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.plugins.draft.write import Draft
    from medreg.terms import License
    from medreg.vocabulary import Vocabulary

ZENODO, HUGGING_FACE, DOI = "https://zenodo.org", "https://huggingface.co", "https://doi.org"
KNOWN = "a folder, croissant:FILE, doi:10..., zenodo:NUMBER, hf:OWNER/NAME, idc:COLLECTION"


def draft(  # noqa: PLR0911  # each another origin
    origin: str, name: str, vocabulary: Vocabulary, licenses: Mapping[str, License]
) -> Draft:
    """Return the draft of the plugin *name* (empty: called after what it is) from *origin*.

    Raises `Misuse` for an origin of another kind, `NotFound` where nothing is there,
    `DeclarationError` naming file and line for a wrong Croissant file, and what servers say.
    """
    kind, colon, rest = origin.partition(":")
    match kind if colon else "":
        case "croissant":
            from medreg.plugins.draft import croissant

            return croissant.draft(Path(rest).expanduser(), name, licenses)
        case "zenodo":
            from medreg.plugins.draft import zenodo

            return zenodo.draft(rest, name, licenses, ZENODO)
        case "doi":
            from medreg.plugins.draft import doi, zenodo

            record = zenodo.record_of(rest)
            if record:
                return zenodo.draft(record, name, licenses, ZENODO)
            return doi.draft(rest, name, licenses, DOI)
        case "hf":
            from medreg.plugins.draft import hub

            return hub.draft(rest, name, licenses, HUGGING_FACE)
        case "idc":
            from medreg.plugins.draft import idc

            return idc.draft(rest, name, licenses)
    place = Path(origin).expanduser()
    if colon and not place.exists():
        raise Misuse(f"nothing is known of {origin!r}", hint=f"--from is {KNOWN}")
    from medreg.plugins.draft import folder

    return folder.draft(place, name, vocabulary, licenses)
