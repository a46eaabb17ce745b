"""The columns of `medreg list`: each a question with one short answer, and the usual views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.catalog import units
from medreg.catalog.kinds import OPEN, dimensions, level, phase, size_class, storage_gb
from medreg.catalog.quality import drawn
from medreg.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from medreg.catalog.entries import Entry
    from medreg.model import Claim, Rank

Cell = str | int | float | None

_RANKS: tuple[Rank, ...] = ("publisher", "archive", "paper", "third party")
VIEWS: Mapping[str, tuple[str, ...]] = {
    "usual": ("name", "modality", "scans", "labels", "license", "access", "size"),
    "wide": (  # F001 and F006
        *("name", "scans", "size", "format", "modality", "region", "structures", "organs"),
        *("stars", "license", "access", "download", "storage", "homepage"),
    ),
    "uses": ("name", "modality", "region", "tags", "level", "phase", "best for"),  # F023
    "compare": (  # F013 and F014
        *("name", "modality", "scans", "images", "dimensions", "size", "license"),
        *("level", "registration", "best for"),
    ),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What columns need beyond the entry: bandwidth in bytes per second, and states by name."""

    per_second: float = units.BANDWIDTH
    states: Mapping[str, str] | None = None


def license_of(claims: Sequence[Claim]) -> str:
    """Return what the highest rank claims, and who that is.

    >>> license_of(())
    'nobody says'
    """
    for rank in _RANKS:
        values = sorted({claim.value for claim in claims if claim.rank == rank})
        if values:
            return f"{values[0]} ({rank})" if len(values) == 1 else f"contradicted ({len(values)})"
    return "nobody says"


def gigabytes(size_gb: float | None) -> str | None:
    """Write a size for people: 29 GB, 1.2 TB."""
    if size_gb is None:
        return None
    for unit, scale in (("TB", 1000.0), ("GB", 1.0), ("MB", 0.001)):
        if size_gb >= scale or unit == "MB":
            value = size_gb / scale
            return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"  # noqa: PLR2004 - two digits
    return None


def _registration(entry: Entry, _: Told) -> Cell:
    return "no" if entry.access in (*OPEN, "portal") else "yes"


COLUMNS: Mapping[str, Callable[[Entry, Told], Cell]] = {
    "name": lambda entry, _: entry.name,
    "title": lambda entry, _: entry.title,
    "family": lambda entry, _: entry.family,
    "modality": lambda entry, _: "+".join(entry.modalities),
    "region": lambda entry, _: ", ".join(entry.region),
    "scans": lambda entry, _: entry.scans,
    "annotated": lambda entry, _: entry.annotated,
    "images": lambda entry, _: entry.images,
    "patients": lambda entry, _: entry.patients,
    "labels": lambda entry, _: ", ".join(entry.labels or entry.shows),
    "organs": lambda entry, _: ", ".join(entry.shows),
    "structures": lambda entry, _: len(entry.labels or entry.shows),
    "annotation": lambda entry, _: entry.annotation,
    "annotated by": lambda entry, _: entry.annotated_by,
    "format": lambda entry, _: ", ".join(entry.formats),
    "license": lambda entry, _: license_of(entry.licenses),
    "access": lambda entry, _: entry.access,
    "registration": _registration,
    "days": lambda entry, _: entry.days,
    "host": lambda entry, _: ", ".join(entry.hosts),
    "size": lambda entry, _: gigabytes(entry.size_gb),
    "download": lambda entry, told: (
        None
        if entry.size_gb is None
        else units.duration(units.seconds(entry.size_gb, told.per_second))
    ),
    "storage": lambda entry, _: gigabytes(storage_gb(entry)),
    "size class": lambda entry, _: size_class(entry),
    "dimensions": lambda entry, _: dimensions(entry),
    "level": lambda entry, _: level(entry),
    "phase": lambda entry, _: phase(entry),
    "stars": lambda entry, _: drawn(entry),
    "tags": lambda entry, _: ", ".join(entry.tags),
    "best for": lambda entry, _: entry.best_for,
    "contact": lambda entry, _: entry.contact,
    "homepage": lambda entry, _: entry.homepage,
    "known": lambda entry, _: entry.known,
    "year": lambda entry, _: str(entry.year) if entry.year else None,
    "read": lambda entry, _: entry.read,
    "state": lambda entry, told: (told.states or {}).get(entry.name, "declared"),
}


def chosen(text: str) -> tuple[str, ...]:
    """Return the columns of a view, or of a comma list; raises `Misuse` naming what there is."""
    if text in VIEWS:
        return VIEWS[text]
    names = tuple(part.strip().replace("_", " ") for part in text.split(","))
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise Misuse(
            f"there is no column {unknown[0]!r}",
            hint=f"views: {', '.join(VIEWS)}; columns: {', '.join(COLUMNS)}",
        )
    return tuple(dict.fromkeys(names))


def row(entry: Entry, columns: Sequence[str], told: Told) -> dict[str, Cell]:
    """Return the cells of *entry* in *columns*."""
    return {column: COLUMNS[column](entry, told) for column in columns}
