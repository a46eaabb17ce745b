"""What archives say of a dataset, in medreg's words: a license, a text, a name."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import TYPE_CHECKING

from medreg.model import Claim
from medreg.plugins.blanks import BLANK
from medreg.plugins.draft.write import snake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.model.words import Rank
    from medreg.terms import License

_CC = re.compile(r"creativecommons\.org/(?:licenses|publicdomain)/([a-z-]+)/([0-9.]+)")
UNKNOWN_MODALITY = f"{BLANK}: CT, MR, PT, Modality.US, Modality.DX, ..."


def today() -> str:
    """Return the date, in UTC, of what is read now."""
    return dt.datetime.now(tz=dt.UTC).date().isoformat()


def claim(said: str, source: str, licenses: Mapping[str, License], rank: Rank) -> Claim:
    """Return the claim that *said*, an id, name or address of a license, makes at *source*."""
    return Claim(license_id(said, licenses), source, today(), rank)


def license_id(said: str, licenses: Mapping[str, License]) -> str:
    """Return the row of terms.csv for *said*; one that says `BLANK` where there is none.

    >>> license_id("https://creativecommons.org/licenses/by/4.0/", {"CC-BY-4.0": None})
    'CC-BY-4.0'
    >>> license_id("CC BY 4.0", {"CC-BY-4.0": None})
    'CC-BY-4.0'
    """
    if not said:
        return f"{BLANK}: a license of registry/terms.csv"
    address = _CC.search(said.lower())
    if address:
        kind, version = address.groups()
        said = "CC0-1.0" if kind == "zero" else f"CC-{kind}-{version}"
    name = said.rstrip("/").rpartition("/")[2].removesuffix(".html")
    form = re.sub(r"[\s_]+", "-", name.strip().upper())
    rows = {row.upper(): row for row in licenses}
    return rows.get(form) or f"{BLANK}: {said!r} is no row of registry/terms.csv"


def plain(text: str, most: int = 600) -> str:
    """Return the first sentences of *text* without markup.

    >>> plain("<p>CT of 20&nbsp;people. More.</p>")
    'CT of 20 people. More.'
    """
    bare = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())
    if len(bare) <= most:
        return bare
    cut = bare[:most]
    return cut[: cut.rfind(". ") + 1] or cut.rpartition(" ")[0] + " ..."


def doc(title: str, text: str, where: str) -> str:
    """Return a docstring of at least a sentence: what the archive says, and that it said so."""
    told = plain(text)
    first = title.rstrip(".") + "."
    return f"{first} {told} (Described so at {where}, read on {today()}.)".replace("  ", " ")


def named(title: str) -> str:
    """Return a short name for a dataset called *title*."""
    return "_".join(snake(title).split("_")[:4])
