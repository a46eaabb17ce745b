"""Relatives of a held-out test, and scans that are there twice: who leaves, and by which edge."""

from __future__ import annotations

from collections import defaultdict
from math import prod
from typing import TYPE_CHECKING

from medreg.curate.group import Edge, components, ways
from medreg.tables import findings, natural, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from medreg.curate.select import Candidate
    from medreg.curate.verdicts import Verdicts

RULE = ("geometry correct", "terms", "labels", "spacing", "name")
SAME_PATIENT = "shows the patient of"
SEPARATOR = " | "  # between the parts of a reason: what, the edges that show it, the rule

_SEVERITIES = ("", "warn", "fail")
_Order = tuple[tuple[int, bool], int, int, tuple[bool, float], tuple[tuple[int, int | str], ...]]


def of_held_out(
    alive: Sequence[Candidate], everyone: Sequence[Candidate], edges: Sequence[Edge]
) -> dict[str, str]:
    """Return why each training candidate leaves that shows a patient of a held-out dataset.

    A held-out case that was dropped itself still counts: others test on it.
    """
    held = {c.group: c.dataset for c in everyone if c.held_out}
    told = ways(edges, (c.ref for c in everyone if c.held_out)) if held else None
    return {
        c.ref: _reason(f"shows a patient of {held[c.group]}, which is held out", told(c.ref))
        for c in alive
        if told and not c.held_out and c.group in held
    }


def duplicates(
    alive: Sequence[Candidate], edges: Sequence[Edge], verdicts: Verdicts
) -> dict[str, str]:
    """Return why each candidate leaves whose scan is there twice; the best one stays.

    The best is decided by `RULE` (DESIGN section 6).
    """
    same = [edge for edge in edges if edge.same_scan]
    scan = components((c.ref for c in alive), same)
    found: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in alive:
        found[scan[candidate.ref]].append(candidate)
    lost = {ref for group in found.values() if len(group) > 1 for ref in _headers_lost(group)}
    twins = [
        sorted(group, key=lambda c: _order(c, verdicts, lost))
        for group in found.values()
        if len(group) > 1
    ]
    told = ways(same, (best.ref for best, *_ in twins))
    return {
        other.ref: _reason(
            f"same scan as {best.ref}",
            told(other.ref),
            f"rule {', '.join(RULE)}: {best.ref} stays by {_decisive(best, other, verdicts, lost)}",
        )
        for best, *others in twins
        for other in others
    }


def same_patient(alive: Sequence[Candidate], edges: Sequence[Edge]) -> dict[str, str]:
    """Return why each candidate that stays shares its group with the first one that does.

    What a dataset's own patients say needs no reason.
    """
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in alive:
        groups[candidate.group].append(candidate)
    joined = [
        (first, other)
        for first, *others in groups.values()
        for other in others
        if not other.row.patient
        or (other.dataset, other.row.patient) != (first.dataset, first.row.patient)
    ]
    told = ways(edges, {first.ref for first, _ in joined}) if joined else None
    return {
        other.ref: _reason(f"{SAME_PATIENT} {first.ref}", told(other.ref))
        for first, other in joined
        if told
    }


def stays(shows: str, waived: str) -> str:
    """Return what is told of a case that stays: whom it *shows*, and what was *waived* for it."""
    return f"{shows}{SEPARATOR}quality {waived}" if shows and waived else shows or waived


def _headers_lost(group: Sequence[Candidate]) -> set[str]:
    """Return whose voxels are of 1 mm each way, where those of a copy as large are not."""
    known: dict[tuple[float, ...], set[str]] = defaultdict(set)
    for c in group:
        known[tuple(sorted(numbers(c.row.shape)))].add(c.row.spacing)
    return {
        c.ref
        for c in group
        if _no_spacing(c) and len(known[tuple(sorted(numbers(c.row.shape)))]) > 1
    }


def _no_spacing(candidate: Candidate) -> bool:
    return all(mm == 1 for mm in numbers(candidate.row.spacing))


def _order(candidate: Candidate, verdicts: Verdicts, lost: AbstractSet[str]) -> _Order:
    """Return what `RULE` compares, smallest best.

    Geometry is correct where the checks ``geometry`` and ``sides`` found nothing and the header
    is not *lost*. Wider terms are more uses allowed. A spacing of exactly 1 mm each way is what a
    lost header leaves behind; otherwise the finer scan is better.
    """
    row = candidate.row
    answers = verdicts[candidate.dataset].values()
    geometry = [s for check, s, _ in findings(row.findings) if check in ("geometry", "sides")]
    geometry += ["warn"] * (candidate.ref in lost)
    return (
        (max((_SEVERITIES.index(s) for s in geometry), default=0), row.verdict == "fail"),
        -sum(verdict.allowed for verdict in answers),
        -len(candidate.known),
        (_no_spacing(candidate), prod(numbers(row.spacing))),
        natural(candidate.ref),
    )


def _decisive(best: Candidate, other: Candidate, verdicts: Verdicts, lost: AbstractSet[str]) -> str:
    mine, yours = _order(best, verdicts, lost), _order(other, verdicts, lost)
    pairs = zip(RULE, mine, yours, strict=True)
    return next(name for name, one, two in pairs if one != two)


def _reason(what: str, edges: Sequence[str], *more: str) -> str:
    return SEPARATOR.join((what, *(f"edge {edge}" for edge in edges), *more))


def parts(reason: str) -> Mapping[str, Sequence[str]]:
    """Split a reason again: what, its edges, its rule.

    >>> parts("same scan as a/1 | edge b/1 ~ a/1: equal | rule name: a/1 stays")["edge"]
    ['b/1 ~ a/1: equal']
    """
    what, *rest = reason.split(SEPARATOR)
    found: dict[str, list[str]] = {"what": [what]}
    for part in rest:
        word, _, text = part.partition(" ")
        found.setdefault(word, []).append(text)
    return found
