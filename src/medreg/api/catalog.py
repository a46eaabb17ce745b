"""Verbs that find, choose and plan; they read declarations and tables alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from medreg import catalog
from medreg.api.look import state
from medreg.catalog import units
from medreg.errors import NotFound
from medreg.plugins import bundled
from medreg.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from medreg.api.lab import Lab
    from medreg.catalog import Entry, Filters, Guide, Plan, Shared, Want
    from medreg.catalog.inventory import Stock
    from medreg.catalog.schedule import Slot
    from medreg.curate.overlaps import Overlap

VIABLE = (300, 200.0)  # scans and GB of the smallest set that is worth training on (F002)


def facts(lab: Lab) -> catalog.Facts:
    """Return the tables that filters read."""
    return catalog.Facts(lab.vocabulary, lab.licenses)


def entries(lab: Lab) -> Sequence[Entry]:
    """Return every dataset that a plugin declares, as an entry, with the year it was described."""
    return [
        replace(entry, year=min(years)) if years else entry
        for entry in catalog.entries(lab.plugins).values()
        for years in [[int(lab.references[id_].year) for id_ in entry.cite if _dated(lab, id_)]]
    ]


def _dated(lab: Lab, id_: str) -> bool:
    return id_ in lab.references and bool(lab.references[id_].year)


def listed(lab: Lab, filters: Filters, by: str = "name") -> list[Entry]:
    """Return the datasets that *filters* ask for, sorted *by* a word of `catalog.find.SORTS`.

    Who asks for the host ``idc`` gets its other collections as well, from its index; raises
    `CannotHere` without it.
    """
    every = [*entries(lab), *(_collections(lab) if "idc" in filters.host else ())]
    return catalog.sort(catalog.select(every, filters, facts(lab)), by)


def _collections(lab: Lab) -> list[Entry]:
    """Return the collections of IDC that no plugin reads."""
    from medreg.catalog.idc import collections, readers, without

    return without(collections(), readers(lab.plugins))


def answer(lab: Lab, entry: Entry, use: str) -> str:
    """Tell whether *use* of an entry is allowed, blocked or unclear."""
    from medreg.catalog.find import use_of
    from medreg.terms import verdict

    return verdict(entry.licenses, use_of(use), lab.licenses).answer


def states(lab: Lab, found: Iterable[Entry]) -> Mapping[str, str]:
    """Return how far each of *found* has come."""
    return {entry.name: state(lab, entry.name) for entry in found}


def overlaps_of(lab: Lab, names: Iterable[str] | None = None) -> list[Overlap]:
    """Return the declared overlaps, or those that one of *names* has."""
    from medreg.curate import overlaps

    wanted = None if names is None else set(names)
    found = [
        overlaps.parse(text, where)
        for where, text in Registry(lab.root or bundled()).overlaps().items()
        if wanted is None or any(name in text for name in wanted)
    ]
    return [one for one in found if wanted is None or not wanted.isdisjoint((one.a, one.b))]


def together(lab: Lab, found: Iterable[Entry], *, annotated: bool = False) -> Shared:
    """Return what *found* share: of all their scans, or of the annotated ones."""
    from medreg.curate.overlaps import outlines

    every = [entry for entry in found if not entry.portal]
    counts = {entry.name: (entry.annotated if annotated else entry.scans) or 0 for entry in every}
    return catalog.shared(counts, outlines(Registry(lab.root or bundled()).overlaps()))


def totals(lab: Lab, found: Sequence[Entry], per_second: float = units.BANDWIDTH) -> dict[str, Any]:
    """Add up *found*, and choose the smallest set of open CT that is worth training on."""
    scans, size_gb = VIABLE
    first = [e for e in found if e.access == "open" and e.modalities == ("CT",)]
    plan = catalog.plan(
        first,
        catalog.Want(budget_gb=size_gb, scans=scans),
        together(lab, first, annotated=True),
        lab.vocabulary,
    )
    return {
        **catalog.totals(found, together(lab, found), per_second),
        "minimum viable": {
            "datasets": [choice.entry.name for choice in plan.choices],
            "scans": sum(plan.reached.values()),
            "size_gb": round(plan.size_gb, 1),
            "rule": f"medreg plan --budget {size_gb:.0f}GB --want {scans} over open CT",
        },
    }


@dataclass(frozen=True)
class Planned:
    """A plan, when what is downloaded, and what the chosen may be used for."""

    plan: Plan
    slots: Sequence[Slot]
    terms: Mapping[str, str]


def plan(lab: Lab, want: Want, filters: Filters, per_second: float = units.BANDWIDTH) -> Planned:
    """Choose datasets among those that *filters* ask for, within the budget of *want*.

    Sizes that nobody states are guessed, and marked.
    """
    from medreg.catalog.estimate import estimated
    from medreg.catalog.find import use_of
    from medreg.catalog.schedule import schedule
    from medreg.terms import verdict

    every = estimated(entries(lab))
    for name in want.held_out:
        lab.plugins.get(name)  # a misspelt name is an error
    found = catalog.plan(
        catalog.select(every, filters, facts(lab)),
        want,
        together(lab, every, annotated=True),
        lab.vocabulary,
    )
    use = use_of(filters.use[0] if filters.use else "research")
    answers = {
        choice.entry.name: verdict(choice.entry.licenses, use, lab.licenses).answer
        for choice in found.choices
    }
    return Planned(found, schedule(found.choices, per_second), answers)


def guide(lab: Lab, name: str) -> tuple[Guide, Sequence[Entry]]:
    """Return a guide and the datasets that answer it; raises `NotFound` with what to type."""
    if name in lab.vocabulary and name not in {one.name for one in catalog.GUIDES}:
        raise NotFound(f"there is no guide named {name!r}", hint=f"medreg list --organ {name}")
    found = catalog.find_guide(name)
    return found, found.answer(entries(lab), facts(lab))


def inventory(lab: Lab) -> Sequence[Stock]:
    """Return what was fetched into the registry, a row per dataset."""
    from medreg.catalog.inventory import inventory as of

    return of(lab.registry, catalog.entries(lab.plugins))


def write_inventory(rows: Sequence[Stock], file: Path) -> None:
    """Write *rows* to *file* as CSV, whole."""
    from medreg.catalog.inventory import to_text
    from medreg.files.atomic import write_bytes

    write_bytes(file, to_text(rows).encode())
