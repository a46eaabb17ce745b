"""Every train case that shows a scan or patient of the test side, by which edge, and how sure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.curate.casemaps import unpadded
from medreg.curate.group import Edge, components, ways
from medreg.curate.overlaps import edges
from medreg.leaks.bound import Bound, Pools, bound, leak, pools
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.curate.compositions import Composition
    from medreg.curate.overlaps import Overlap
    from medreg.leaks.lists import Side
    from medreg.leaks.names import Known, Recognizer


@dataclass(frozen=True, slots=True)
class Leak:
    """The entry *train*, which is *case*, shows what *test* shows, *because* of edges in a row.

    The cases are written ``dataset/case``, with numbers unpadded.
    """

    train: str
    case: str
    test: str
    suspected: bool
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Two datasets, one on each side, that overlap; nobody published which cases."""

    train: str
    test: str
    relation: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What declarations say of two lists: see `audit`."""

    counts: Mapping[str, Mapping[str, int]]  # entries by side and dataset; "" is unrecognized
    assumed: Mapping[str, str]  # names that several datasets share, and which one was taken
    unrecognized: Mapping[str, tuple[str, ...]]
    leaks: tuple[Leak, ...]
    unmapped: tuple[Unmapped, ...]
    least: Bound

    @property
    def clean(self) -> bool:
        """Tell whether nothing was found; what nobody mapped is not clean."""
        return not (self.leaks or self.unmapped or self.least.least)


@dataclass(frozen=True)
class Facts:
    """What is declared: annotated *cases* and all *scans* of each dataset, and what they share."""

    cases: Mapping[str, int]
    scans: Mapping[str, int]
    overlaps: Sequence[Overlap]
    compositions: Sequence[Composition]

    def pools(self, counts: Mapping[str, int]) -> Pools:
        """Tell from which pools of scans lists with so many entries per dataset draw."""
        drawn = {
            name: size
            for name, count in counts.items()
            if (size := self.cases.get(name, 0)) >= count or (size := self.scans.get(name, 0))
        }
        return pools(drawn, self.overlaps, self.compositions)


def audit(  # noqa: PLR0913 - two sides, what is known of names and of overlaps, and two extras
    train: Side,
    test: Side,
    names: Recognizer,
    facts: Facts,
    *,
    default: Sequence[str] = (),
    measured: Iterable[Edge] = (),
) -> Audit:
    """Compare two sides; *default* is the dataset of entries that name none.

    *measured* are further edges between cases, such as fingerprints that match.
    """
    here, there = _Refs.of(train, names, default), _Refs.of(test, names, default)
    joined = [*_edges(here, there, facts), *measured]
    sources = {
        *there.entries,
        *(ref for edge in joined for ref in (edge.a, edge.b) if _dataset(ref) in test.whole),
    }
    leaks = tuple(_leaks(here.entries, sources, test.whole, joined))
    tested = {**there.counts, **_all_of(test.whole, facts)}
    most = {n: max(here.counts.get(n, 0), tested.get(n, 0)) for n in {**here.counts, **tested}}
    return Audit(
        counts={"train": here.counts, "test": there.counts},
        assumed={**here.assumed, **there.assumed},
        unrecognized={"train": here.unrecognized, "test": there.unrecognized},
        leaks=leaks,
        unmapped=tuple(_unmapped(here, there, facts.overlaps)),
        least=leak(here.counts, tested, facts.pools(most)),
    )


def repeats(side: Side, names: Recognizer, facts: Facts, *, default: Sequence[str] = ()) -> Audit:
    """Compare a list with itself: which of its entries show the same scan or patient."""
    refs = _Refs.of(side, names, default)
    joined = list(_edges(refs, refs, facts))
    groups: dict[str, list[str]] = {}
    for ref, group in components(sorted(refs.entries, key=natural), joined).items():
        groups.setdefault(group, []).append(ref)
    leaks = []
    for first, *others in groups.values():
        same = refs.entries[first]
        leaks += [Leak(entry, first, first, suspected=False, because=()) for entry in same[1:]]
        if others:
            found = {ref: refs.entries[ref] for ref in others}
            leaks += _leaks(found, {first}, (), joined)
    return Audit(
        counts={"list": refs.counts},
        assumed=refs.assumed,
        unrecognized={"list": refs.unrecognized},
        leaks=tuple(leaks),
        unmapped=tuple(_unmapped(refs, refs, facts.overlaps)),
        least=bound(refs.counts, facts.pools(refs.counts)),
    )


@dataclass(frozen=True)
class _Refs:
    """A side with every entry recognized: *entries* by ``dataset/case``."""

    entries: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, int]
    assumed: Mapping[str, str]
    unrecognized: tuple[str, ...]
    whole: tuple[str, ...]

    @classmethod
    def of(cls, side: Side, names: Recognizer, default: Sequence[str]) -> _Refs:
        known = [names.known(entry, default) for entry in side.entries]
        chosen = _chosen(known, names)
        entries: dict[str, tuple[str, ...]] = {}
        for one in known:
            if one.datasets:
                dataset = chosen[one.datasets]
                ref = f"{dataset}/{unpadded(names.case(one, dataset))}"
                entries[ref] = (*entries.get(ref, ()), one.entry)
        counts = Counter(chosen[one.datasets] for one in known if one.datasets)
        assumed = {
            " or ".join(several): taken for several, taken in sorted(chosen.items()) if several[1:]
        }
        strange = tuple(one.entry for one in known if not one.datasets)
        return cls(entries, dict(sorted(counts.items())), assumed, strange, side.whole)


def _chosen(known: Sequence[Known], names: Recognizer) -> dict[tuple[str, ...], str]:
    """Choose one dataset where a name fits several: the smallest that has so many cases."""
    counts = Counter(one.datasets for one in known if one.datasets)
    chosen = {}
    for several, count in counts.items():
        fits = [name for name in several if (names.datasets[name].cases or 0) >= count]
        chosen[several] = min(
            fits or several, key=lambda name: (names.datasets[name].cases or 0, name)
        )
    return chosen


def _edges(here: _Refs, there: _Refs, facts: Facts) -> list[Edge]:
    cases: dict[str, list[str]] = {}
    for ref in sorted({*here.entries, *there.entries}, key=natural):
        dataset, _, case = ref.partition("/")
        cases.setdefault(dataset, []).append(case)
    return [edge for overlap in facts.overlaps for edge in edges(overlap, cases)]


def _leaks(
    entries: Mapping[str, Sequence[str]],
    sources: set[str],
    whole: Sequence[str],
    joined: Sequence[Edge],
) -> list[Leak]:
    """Return a leak for each of *entries* that is, or leads to, one of *sources*."""
    nodes = sorted({*entries, *sources}, key=natural)
    proved = [edge for edge in joined if not edge.suspected]
    way = ways(joined, sources)
    sure = components(nodes, proved)
    reached = {sure[source] for source in sources}
    found = []
    for ref in sorted(entries, key=natural):
        inside = ref in sources or _dataset(ref) in whole
        because = () if inside else tuple(way(ref))
        if inside or because:
            case = ref if inside else because[-1].partition(" ~ ")[2].partition(": ")[0]
            suspected = not inside and sure[ref] not in reached
            found += [Leak(entry, ref, case, suspected, because) for entry in entries[ref]]
    return found


def _unmapped(here: _Refs, there: _Refs, overlaps: Sequence[Overlap]) -> list[Unmapped]:
    found = []
    for overlap in overlaps:
        if overlap.mapped:
            continue
        for train, test in ((overlap.a, overlap.b), (overlap.b, overlap.a)):
            if train in here.counts and test in {*there.counts, *there.whole}:
                found.append(Unmapped(train, test, overlap.relation, overlap.says))
                if here is there or train == test:
                    break
    return sorted(found, key=lambda one: (one.train, one.test))


def _all_of(whole: Sequence[str], facts: Facts) -> Mapping[str, int]:
    """Count the cases of datasets that are on a side as a whole."""
    return {name: facts.cases[name] for name in whole if name in facts.cases}


def _dataset(ref: str) -> str:
    return ref.partition("/")[0]
