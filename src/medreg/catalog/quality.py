"""Stars that are facts: five questions, each with its reason; nobody's opinion (F113)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.catalog.entries import Entry

MANY = 100  # annotated cases: what a first model of one's own needs
PEOPLE = ("experts", "experts corrected a model")
WHO = {"mixed": "several means", "experts corrected a model": "experts, who corrected a model"}
SPEAKS = ("publisher", "archive")


@dataclass(frozen=True, slots=True)
class Star:
    """One question: whether the dataset earns it, and the fact that decides."""

    earned: bool
    reason: str


def stars(entry: Entry) -> tuple[Star, ...]:
    """Ask who annotated, how many, under whose terms, whose scans, and in which files.

    A portal has none of these: it gets no stars.
    """
    return () if entry.portal else tuple(_asked(entry))


def drawn(entry: Entry) -> str:
    """Return the stars as text.

    >>> from medreg.catalog.entries import Entry
    >>> drawn(Entry(name="x", title="X", annotated=131, arranged=True))
    '**'
    """
    return "*" * sum(star.earned for star in stars(entry))


def _asked(entry: Entry) -> Sequence[Star]:
    by_people = entry.annotation != "none" and entry.annotated_by in PEOPLE
    by = WHO.get(entry.annotated_by, entry.annotated_by)
    spoken = sorted({claim.rank for claim in entry.licenses} & set(SPEAKS), reverse=True)
    return (
        Star(by_people, f"annotated by {by}" if by else "who annotated it is not stated"),
        _counted(entry),
        Star(
            bool(spoken),
            f"its terms are stated by the {spoken[0]}"
            if spoken
            else "its terms are known from third parties only",
        ),
        Star(
            entry.patients_known,
            "each case's patient is known"
            if entry.patients_known
            else "which cases show one patient is unknown",
        ),
        Star(
            entry.arranged,
            "its files are known, case by case"
            if entry.arranged
            else "how its files are arranged was not verified",
        ),
    )


def _counted(entry: Entry) -> Star:
    if entry.annotated is None:
        return Star(False, "how many cases are annotated is not stated")
    return Star(entry.annotated >= MANY, f"{entry.annotated:,} annotated cases ({MANY} asked)")
