"""Draft a plugin from a Zenodo record: ``GET /api/records/N``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from medreg.errors import Misuse
from medreg.plugins.blanks import BLANK
from medreg.plugins.draft import said
from medreg.plugins.draft.words import modality
from medreg.plugins.draft.write import Draft, unknown
from medreg.sources import Zenodo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.terms import License


def record_of(doi: str) -> str:
    """Return the number of the Zenodo record that *doi* names; empty for any other.

    >>> record_of("10.5281/zenodo.3431873")
    '3431873'
    """
    found = re.fullmatch(r"(?:https?://doi\.org/)?10\.5281/zenodo\.(\d+)", doi.strip())
    return found[1] if found else ""


def draft(record: str, name: str, licenses: Mapping[str, License], base_url: str) -> Draft:
    """Return the draft; raises `Misuse` for what is no number, and as `Web.json`."""
    from medreg.sources.web import connected, there

    number = record_of(record) or record.strip()
    if not number.isdecimal():
        raise Misuse(f"{record!r} is no record of Zenodo", hint="--from zenodo:3431873")
    base = base_url.rstrip("/")
    url, page = f"{base}/api/records/{number}", f"{base}/records/{number}"
    with connected() as web:
        answer = there(web.json(url), dict, url)
    meta: dict[str, Any] = there(answer.get("metadata", {}), dict, url)
    title = str(meta.get("title") or f"Zenodo record {number}")
    license_ = meta.get("license") or {}
    license_ = license_.get("id", "") if isinstance(license_, dict) else str(license_)
    files = [f for f in answer.get("files") or () if isinstance(f, dict)]
    doi = str(answer.get("doi") or meta.get("doi") or f"10.5281/zenodo.{number}")
    people = [str(person.get("name", "")) for person in meta.get("creators", ()) if person]
    values = unknown(name or said.named(title), "")
    found = modality(title)
    values |= {
        "title": title,
        "homepage": page,
        "licenses": (said.claim(str(license_), page, licenses, "publisher"),),
        "cite": (f"doi:{doi}",),
        "modality": found or values["modality"],
        "source": Zenodo(
            record=number,
            files=tuple(str(f.get("key", "")) for f in files),
            base_url=base_url,
        ),
        "annotation": "none",
    }
    text = f"{meta.get('description') or ''} By {'; '.join(people[:6])}." if people else ""
    sums = [f"{f.get('key')}  {f.get('size', 0):,} bytes  {f.get('checksum', '')}" for f in files]
    closed = meta.get("access_right", "open")
    return Draft(
        name=str(values["name"]),
        doc=said.doc(title, text or str(meta.get("description") or ""), page),
        values=values,
        comments=blanks(values, sure=found is not None),
        notes=[*sums, *([f"its files are {closed}: add a gate="] if closed != "open" else [])],
    )


def blanks(values: Mapping[str, object], *, sure: bool) -> dict[str, str]:
    """Return the comments behind what an archive does not say."""
    told = {} if sure else {"modality": said.UNKNOWN_MODALITY}
    if values.get("layout") is None:
        told["annotation"] = BLANK + ": give labels= and layout=, or leave 'none'"
    return told
