"""Every train case that shows a scan or patient of the test side, by which edge, and how sure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medreg.curate.casemaps import unpadded
from medreg.curate.group import Edge, components, ways
from medreg.curate.overlaps import edges
from medreg.leaks.bound import Bound, Pools, bound, leak, pools
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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
    """Two datasets, one on each side, that overlap: no case is named.

    *published* tells whether somebody says which cases: the train side did not list its own.
    """

    train: str
    test: str
    relation: str
    says: str
    published: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What declarations and measurements say of two lists: see `audit`."""

    counts: Mapping[str, Mapping[str, int]]  # entries by side and dataset; "" is unrecognized
    assumed: Mapping[str, str]  # names that several datasets share, and which one was taken
    unrecognized: Mapping[str, tuple[str, ...]]
    leaks: tuple[Leak, ...]
    unmapped: tuple[Unmapped, ...]
    least: Bound

    @property
    def clean(self) -> bool:
        """Tell whether nothing was found; what nobody mapped or recognized is not clean."""
        known = all(self.counts[side] for side, strange in self.unrecognized.items() if strange)
        return known and not (self.leaks or self.unmapped or self.least.least)


@dataclass(frozen=True)
class Facts:
    """What is declared: annotated *cases* and all *scans* of each dataset, and what they share.

    *measured* returns what joins cases of the datasets that it is given, as far as they were
    checked here: one patient, or fingerprints that match.
    """

    cases: Mapping[str, int]
    scans: Mapping[str, int]
    overlaps: Sequence[Overlap]
    compositions: Sequence[Composition]
    measured: Callable[[Sequence[str]], Sequence[Edge]]

    def pools(self, counts: Mapping[str, int]) -> Pools:
        """Tell from which pools of scans lists with so many entries per dataset draw."""
        drawn = {
            name: size
            for name, count in counts.items()
            if (size := self.cases.get(name, 0)) >= count or (size := self.scans.get(name, 0))
        }
        return pools(drawn, self.overlaps, self.compositions)


def audit(
    train: Side, test: Side, names: Recognizer, facts: Facts, *, default: Sequence[str] = ()
) -> Audit:
    """Compare two sides; *default* is the dataset of entries that name none."""
    here, there = _Refs.of(train, names, default), _Refs.of(test, names, default)
    joined = _edges(here, there, facts)
    sources = {
        *there.entries,
        *(ref for edge in joined for ref in (edge.a, edge.b) if _dataset(ref) in test.whole),
    }
    leaks = tuple(_leaks(here.entries, sources, test.whole, joined))
    trained = {**_all_of(here.unlisted, facts), **here.counts}
    tested = {**there.counts, **_all_of(test.whole, facts)}
    most = {n: max(trained.get(n, 0), tested.get(n, 0)) for n in {**trained, **tested}}
    return Audit(
        counts={"train": trained, "test": {**_all_of(there.unlisted, facts), **there.counts}},
        assumed={**here.assumed, **there.assumed},
        unrecognized={"train": here.unrecognized, "test": there.unrecognized},
        leaks=(*leaks, *_same_text(here.unrecognized, set(there.unrecognized))),
        unmapped=(*_twice(here, there), *_unmapped(here, there, facts.overlaps)),
        least=leak(trained, tested, facts.pools(most)),
    )


def repeats(side: Side, names: Recognizer, facts: Facts, *, default: Sequence[str] = ()) -> Audit:
    """Compare a list with itself: which of its entries show the same scan or patient."""
    refs = _Refs.of(side, names, default)
    joined = _edges(refs, refs, facts)
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
    again = [entry for entry, count in Counter(refs.unrecognized).items() for _ in range(count - 1)]
    return Audit(
        counts={"list": {**_all_of(refs.unlisted, facts), **refs.counts}},
        assumed=refs.assumed,
        unrecognized={"list": refs.unrecognized},
        leaks=(*leaks, *_same_text(again, set(again))),
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

    @property
    def unlisted(self) -> tuple[str, ...]:
        """Name the datasets that are on this side as a whole, none of whose cases is listed."""
        return tuple(name for name in self.whole if name not in self.counts)

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
    declared = [edge for overlap in facts.overlaps for edge in edges(overlap, cases)]
    datasets = sorted({*cases, *here.whole, *there.whole})
    measured = [
        replace(edge, a=_unpadded(edge.a), b=_unpadded(edge.b)) for edge in facts.measured(datasets)
    ]
    return [*declared, *measured]


def _unpadded(ref: str) -> str:
    dataset, _, case = ref.partition("/")
    return f"{dataset}/{unpadded(case)}"


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
        for train, test in ((overlap.a, overlap.b), (overlap.b, overlap.a)):
            listed = train in here.counts
            if overlap.mapped and (listed or here is there):
                continue
            if (listed or train in here.whole) and test in {*there.counts, *there.whole}:
                found.append(Unmapped(train, test, overlap.relation, overlap.says, overlap.mapped))
                if here is there or train == test:
                    break
    return sorted(found, key=lambda one: (one.train, one.test))


def _twice(here: _Refs, there: _Refs) -> list[Unmapped]:
    """Return the datasets that train as a whole, unlisted, and are tested on as well."""
    both = [name for name in here.unlisted if name in {*there.counts, *there.whole}]
    said = "it is on both sides"
    return [Unmapped(one, one, "same dataset", said, published=True) for one in sorted(both)]


def _same_text(entries: Iterable[str], others: set[str]) -> list[Leak]:
    """Return a suspicion for each unrecognized entry that the other side spells alike."""
    because = ("both sides have this very entry, of no dataset that is known here",)
    return [Leak(one, f"/{one}", f"/{one}", True, because) for one in entries if one in others]


def _all_of(whole: Sequence[str], facts: Facts) -> Mapping[str, int]:
    """Count the cases of datasets that are on a side as a whole."""
    return {name: facts.cases[name] for name in whole if name in facts.cases}


def _dataset(ref: str) -> str:
    return ref.partition("/")[0]
