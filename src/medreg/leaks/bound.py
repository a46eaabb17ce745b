"""How many repeats there must be, where nobody says which cases: counting, and nothing else.

Datasets draw their scans from pools. If 1,926 entries come from pools of 1,112 scans in all, at
least 814 of them show a scan that another shows already. A pool is as large as anybody states.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from medreg.curate.casemaps import Patterns
from medreg.curate.group import Edge, components

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.curate.compositions import Composition
    from medreg.curate.overlaps import Overlap

MOST = 12  # collected datasets in one list whose every combination is tried


@dataclass(frozen=True, slots=True)
class Pools:
    """The pools that each dataset draws *from*, and how many scans each pool has at most."""

    of: Mapping[str, frozenset[str]]
    size: Mapping[str, int]
    says: Mapping[str, tuple[str, ...]]  # by dataset: who says so

    def total(self, names: Iterable[str]) -> int:
        """Return how many scans the pools *names* have together, at most."""
        return sum(self.size[name] for name in names)


@dataclass(frozen=True, slots=True)
class Bound:
    """At least *least* repeats: *entries* of *datasets* are drawn from at most *scans* scans."""

    least: int
    entries: int
    scans: int
    datasets: Mapping[str, int]
    says: tuple[str, ...]


NOTHING = Bound(0, 0, 0, {}, ())


def pools(
    published: Mapping[str, int],
    overlaps: Sequence[Overlap],
    compositions: Sequence[Composition],
) -> Pools:
    """Tell from which pools datasets draw; *published* says how many scans each of them has.

    Datasets whose cases are mapped onto each other by number share one pool, as large as the
    largest of them: they count their cases from the same first one. A pool of unknown size is
    left out, and with it whoever draws from it. A part that was collected itself stands for what
    it was drawn from.
    """
    total = [
        o
        for o in overlaps
        if o.relation in ("same scans", "same patients") and isinstance(o.cases, Patterns)
    ]
    parts = {name for one in compositions for name in (one.whole, *one.parts)}
    every = sorted({*published, *parts, *(name for o in total for name in (o.a, o.b))})
    pool = components(every, [Edge(o.a, o.b, "") for o in total])
    sizes: dict[str, int] = {}
    for name in every:
        if name in published:
            sizes[pool[name]] = max(published[name], sizes.get(pool[name], 0))
    of = {name: frozenset({pool[name]}) for name in every}
    says: dict[str, tuple[str, ...]] = {
        name: tuple(o.says for o in total if name in (o.a, o.b)) for name in every
    }
    collected = {one.whole: one for one in compositions}
    for one in compositions:
        sizes[f"{one.whole} alone"] = one.own
        for name, count in one.parts.items():
            if name not in collected:
                sizes[pool[name]] = max(count, sizes.get(pool[name], 0))
    for name in collected:
        inside = _inside(name, collected)
        of[name] = frozenset(f"{one} alone" if one in collected else pool[one] for one in inside)
        said = tuple(collected[one].says for one in inside if one in collected)
        says[name] = (*says[name], *said)
    known = {name: drawn for name, drawn in of.items() if drawn <= sizes.keys()}
    return Pools(known, sizes, says)


def _inside(name: str, collected: Mapping[str, Composition]) -> list[str]:
    """Return *name* and what it was drawn from, however deep."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.append(one)
            waiting += collected[one].parts if one in collected else ()
    return found


def bound(counts: Mapping[str, int], pools: Pools) -> Bound:
    """Return the largest number of repeats that *counts* entries per dataset must have."""
    known = {name: count for name, count in sorted(counts.items()) if name in pools.of}
    collected = [name for name in known if len(pools.of[name]) > 1][:MOST]
    best = NOTHING
    for size in range(len(collected) + 1):
        for chosen in combinations(collected, size):
            best = max(best, _of(chosen, known, pools), key=lambda one: one.least)
    return best


def leak(train: Mapping[str, int], test: Mapping[str, int], pools: Pools) -> Bound:
    """Return how many scans both sides must share, by two datasets that draw from small pools.

    The entries of one dataset are taken to be different scans.
    """
    best = NOTHING
    for one, here in sorted(train.items()):
        for other, there in sorted(test.items()):
            if one == other or not {one, other} <= pools.of.keys():
                continue
            if any(n > pools.total(pools.of[name]) for name, n in ((one, here), (other, there))):
                continue  # it repeats scans itself: how many of them are different is unknown
            scans = pools.total(pools.of[one] | pools.of[other])
            if here + there - scans > best.least:
                said = dict.fromkeys((*pools.says[one], *pools.says[other]))
                counts = {one: here, other: there}
                best = Bound(here + there - scans, here + there, scans, counts, tuple(said))
    return best


def _of(chosen: Sequence[str], counts: Mapping[str, int], pools: Pools) -> Bound:
    """Count for the pools of *chosen*, and every other pool that is drawn from too often."""
    drawn = set().union(*(pools.of[name] for name in chosen))
    for name in sorted(set().union(*pools.of.values()) - drawn):
        alone = sum(count for one, count in counts.items() if pools.of[one] == {name})
        if alone > pools.size.get(name, alone):
            drawn.add(name)
    inside = {name: count for name, count in counts.items() if pools.of[name] <= drawn}
    scans, entries = pools.total(drawn), sum(inside.values())
    said = dict.fromkeys(line for name in inside for line in pools.says[name])
    return Bound(max(0, entries - scans), entries, scans, inside, tuple(said))
