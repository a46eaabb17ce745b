"""How many scans some datasets have together, when what they share is counted once.

An overlap says that two datasets show the same scans (or patients), or that one contains the
other's, or that they share some. Nobody publishes how many of a container's scans come from where,
so a contained dataset counts as contained whole: the sum is a lower bound, "at least", as far as
it is known how many scans are shared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.curate.overlaps import Overlap


@dataclass(frozen=True, slots=True)
class Shared:
    """What datasets consist of: *parts* of each, and how many scans each part adds.

    Datasets that show the same scans consist of the same parts.
    """

    parts: Mapping[str, frozenset[str]]
    scans: Mapping[str, int]

    def of(self, names: Iterable[str]) -> frozenset[str]:
        """Return all parts of the datasets *names*."""
        return frozenset().union(*(self.parts.get(name, frozenset()) for name in names))

    def count(self, parts: Iterable[str]) -> int:
        """Count the scans of *parts*, each once."""
        return sum(self.scans[part] for part in parts)

    def distinct(self, names: Iterable[str]) -> int:
        """Count the scans that *names* have together, at least."""
        return self.count(self.of(names))


def shared(scans: Mapping[str, int], overlaps: Sequence[Overlap]) -> Shared:
    """Take datasets with so many *scans* apart into what they share, as *overlaps* say.

    >>> shared({"lits": 131, "kits": 300}, []).distinct(["lits", "kits"])
    431
    """
    same = _classes(scans, overlaps)
    inside: dict[str, set[str]] = {same.get(name, name): set() for name in scans}
    for overlap in overlaps:
        if overlap.relation == "contains":
            whole, part = same.get(overlap.a, overlap.a), same.get(overlap.b, overlap.b)
            if whole != part:
                inside.setdefault(whole, set()).add(part)
    largest: dict[str, int] = {}
    for overlap in overlaps:
        pair = {same.get(name, name) for name in (overlap.a, overlap.b)}
        if not overlap.of_all and overlap.count and len(pair) > 1 and pair <= inside.keys():
            part = " and ".join(sorted(pair))
            largest[part] = max(overlap.count, largest.get(part, 0))
            inside.setdefault(part, set())
            for name in pair:
                inside[name].add(part)
    whole_of = {name: _below(name, inside) for name in inside}
    for name, count in scans.items():
        part = same.get(name, name)
        largest[part] = max(count, largest.get(part, 0))
    adds: dict[str, int] = {}
    for name in sorted(whole_of, key=lambda name: (len(whole_of[name]), name)):
        held = sum(adds.get(part, 0) for part in whole_of[name] - {name})
        adds[name] = max(0, largest.get(name, 0) - held)
    parts = {name: whole_of[same.get(name, name)] & adds.keys() for name in scans}
    return Shared(parts, adds)


def _classes(names: Iterable[str], overlaps: Sequence[Overlap]) -> dict[str, str]:
    """Return a representative of all datasets that show the same scans or patients."""
    from medreg.curate.group import Edge, components

    edges = [Edge(o.a, o.b, "") for o in overlaps if o.of_all and o.relation != "contains"]
    nodes = sorted({*names, *(name for edge in edges for name in (edge.a, edge.b))})
    return components(nodes, edges)


def _below(name: str, inside: Mapping[str, set[str]]) -> frozenset[str]:
    """Return *name* and all that it contains, however deep."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += sorted(inside.get(one, ()))
    return frozenset(found)
