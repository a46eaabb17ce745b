"""Who shares scans with whom: datasets on a circle, and a line for each overlap."""

from __future__ import annotations

from collections import Counter, defaultdict
from html import escape
from itertools import combinations
from math import cos, pi, sin
from typing import TYPE_CHECKING

from medreg.catalog.setpage.markup import Html, p, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.catalog.setpage.facts import SetFacts

WIDE, RADIUS, LINE = 480, 82, 16  # of the picture, in its own units

Pair = tuple[str, str]


def found(facts: SetFacts) -> Mapping[Pair, int]:
    """Count the patients that two datasets' candidates have in common, as the decision saw it."""
    groups: dict[str, set[str]] = defaultdict(set)
    for row in facts.selection:
        groups[row.group].add(row.dataset)
    pairs = Counter(pair for names in groups.values() for pair in combinations(sorted(names), 2))
    return {pair: pairs[pair] for pair in sorted(pairs)}


def blocks(facts: SetFacts) -> list[str]:
    """Return the picture, and the tables that say the same."""
    shared = found(facts)
    declared = sorted(
        (one for one in facts.overlaps if one.a != one.b and {one.a, one.b} <= set(facts.datasets)),
        key=lambda one: one.where,
    )
    doubts = {_pair(one.a, one.b): one.confidence != "proved" for one in reversed(declared)}
    if not shared and not doubts:
        return [p("No two datasets of the recipe are known to share a scan or a patient.")]
    parts = [_picture(sorted(facts.datasets), shared, doubts)]
    parts.append(
        p(
            "A line joins datasets that share scans or patients: solid where this decision found "
            "some or somebody proved it, dashed where it is suspected. Its number counts the "
            "patients that were found in both.",
            "note",
        )
    )
    if shared:
        rows = [(f"{a} and {b}", count) for (a, b), count in shared.items()]
        parts.append(table("Patients found in two datasets", ("datasets", "patients"), rows))
    if declared:
        rows_of = [
            (f"{one.a} and {one.b}", one.relation, one.confidence, _quoted(one.evidence))
            for one in declared
        ]
        head = ("datasets", "relation", "confidence", "who says so")
        parts.append(table("Declared overlaps", head, rows_of, "words"))
    return list(parts)


def _quoted(evidence: Sequence[Mapping[str, str]]) -> str:
    return "; ".join(f"{one.get('says', '')} ({one.get('source', '')})" for one in evidence)


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


def _picture(names: Sequence[str], shared: Mapping[Pair, int], doubts: Mapping[Pair, bool]) -> Html:
    """Draw *names* from the top clockwise."""
    high = 2 * RADIUS + 4 * LINE
    places = {
        name: (
            WIDE / 2 + RADIUS * sin(2 * pi * n / len(names)),
            high / 2 - RADIUS * cos(2 * pi * n / len(names)),
        )
        for n, name in enumerate(names)
    }
    lines, numbers = [], []
    for pair in sorted({*shared, *doubts}):
        (x, y), (u, v) = places[pair[0]], places[pair[1]]
        count = shared.get(pair, 0)
        kind = "edge doubt" if not count and doubts[pair] else "edge"
        lines.append(f'<path class="{kind}" d="M{x:.1f} {y:.1f}L{u:.1f} {v:.1f}"/>')
        if count:
            numbers.append(_text((x + u) / 2, (y + v) / 2 + 4, "middle", str(count), "number"))
    dots = "".join(
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="5"/>' for x, y in places.values()
    )
    words = "".join(_label(x, y, name, high) for name, (x, y) in places.items())
    joined = "; ".join(
        f"{a} and {b}" + (f", {shared[a, b]} patients" if (a, b) in shared else "")
        for a, b in sorted({*shared, *doubts})
    )
    told = escape(f"Overlaps of {len(names)} datasets: {joined}")
    return Html(
        f'<svg class="graph" role="img" aria-label="{told}" viewBox="0 0 {WIDE} {high}">'
        f"{''.join(lines)}{dots}{''.join(numbers)}{words}</svg>"
    )


def _label(x: float, y: float, name: str, high: float) -> str:
    side = x - WIDE / 2
    if abs(side) < LINE:
        return _text(x, y + (-12 if y < high / 2 else 22), "middle", name)
    right = side > 0
    return _text(x + (10 if right else -10), y + 4, "start" if right else "end", name)


def _text(x: float, y: float, anchor: str, words: str, kind: str = "name") -> str:
    at = f'class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f"<text {at}>{escape(words)}</text>"
