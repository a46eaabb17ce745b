"""Draft a plugin from a DOI, by content negotiation with DataCite or Crossref."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from medreg.errors import Misuse, NotFound
from medreg.plugins.blanks import BLANK
from medreg.plugins.draft import said
from medreg.plugins.draft.words import modality
from medreg.plugins.draft.write import Draft, unknown
from medreg.plugins.draft.zenodo import blanks
from medreg.sources import Manual

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.terms import License

ASKED = "application/vnd.citationstyles.csl+json"  # both registries answer in it
_DOI = re.compile(r"10\.\d{4,9}/\S+")


def draft(doi: str, name: str, licenses: Mapping[str, License], base_url: str) -> Draft:
    """Return the draft; raises `Misuse` for no DOI, `NotFound` for one that nobody registered."""
    doi = re.sub(r"^https?://(dx\.)?doi\.org/", "", doi.strip())
    if not _DOI.fullmatch(doi):
        raise Misuse(f"{doi!r} is no DOI", hint="--from doi:10.7937/K9/TCIA.2015.LO9QL9SX")
    meta = _asked(f"{base_url.rstrip('/')}/{doi}")
    title = _one(meta.get("title")) or doi
    page = str(meta.get("URL") or f"https://doi.org/{doi}")
    values = unknown(name or said.named(title), "")
    found = modality(title)
    values |= {
        "title": title,
        "homepage": page,
        "licenses": (said.claim(_license(meta), page, licenses, "publisher"),),
        "cite": (f"doi:{doi}",),
        "modality": found or values["modality"],
        "source": Manual(files=(f"{BLANK}.zip",), steps=f"Download it from {page}"),
        "annotation": "none",
    }
    return Draft(
        name=str(values["name"]),
        doc=said.doc(title, str(meta.get("abstract") or ""), page),
        values=values,
        comments=blanks(values, sure=found is not None),
    )


def _asked(url: str) -> dict[str, Any]:
    from medreg.sources.web import connected, there

    with connected() as web:
        with web.session() as session:  # it is lent again below
            session.headers["Accept"] = ASKED
        try:
            return dict(there(web.json(url), dict, url))
        except NotFound as absent:
            raise NotFound(
                f"nobody registered this DOI: {absent.message}", hint="look for a typing error"
            ) from None


def _one(value: Any) -> str:
    """Return the first of several values: Crossref gives lists, DataCite one."""
    return str(value[0]) if isinstance(value, list) and value else str(value or "")


def _license(meta: Mapping[str, Any]) -> str:
    for told in meta.get("license") or (meta.get("copyright"),):
        address = told.get("URL", "") if isinstance(told, dict) else str(told or "")
        if address:
            return address
    return ""
