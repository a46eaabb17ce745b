"""The size of what states none: as much per scan as others of its kind, and marked as a guess."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medreg.catalog.entries import Entry

FEWEST = 5  # datasets of one kind that state a size, before their median says anything


def estimated(entries: Iterable[Entry]) -> Sequence[Entry]:
    """Return *entries* with a guessed size where none is stated and the scans are counted.

    The guess is the median size per scan of all that have the same modality and kind (scans or
    flat images); it is good to a factor of three or so.
    """
    every = list(entries)
    rates: dict[tuple[str, bool], list[float]] = {}
    for entry in every:
        if entry.size_gb and entry.size:
            rates.setdefault(_kind(entry), []).append(entry.size_gb / entry.size)
    known = {kind: median(found) for kind, found in rates.items() if len(found) >= FEWEST}
    return [
        replace(entry, size_gb=round(known[_kind(entry)] * entry.size, 3), guessed=True)
        if entry.size_gb is None and entry.size and not entry.portal and _kind(entry) in known
        else entry
        for entry in every
    ]


def _kind(entry: Entry) -> tuple[str, bool]:
    return entry.modalities[0] if entry.modalities else "", bool(entry.scans)
