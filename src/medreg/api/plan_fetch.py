"""Say what a fetch would bring, and how long it would take, before a byte moves."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.api.look import verdict
from medreg.errors import MedregError, Misuse

if TYPE_CHECKING:
    from medreg.api.lab import Lab
    from medreg.model import Dataset, Gate
    from medreg.stages import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPlan:
    """What `fetch` would do; *size* is in bytes, of the *unstated* files nobody says theirs.

    *to_come* are those bytes that are not here yet. *accepted* is None where no gate is.
    """

    dataset: str
    access: str
    terms: str
    gate: str
    accepted: bool | None
    waiting_days: float | None
    files: int | None  # None where the publisher lists none, or could not be asked
    of_files: int | None
    cases: str
    here: int | None  # files that are here already
    size: int | None
    to_come: int | None
    unstated: int
    free: int
    seconds: float | None  # at the bandwidth asked about
    wanted: tuple[str, ...]
    note: str = ""


def fetch_plan(
    lab: Lab, name: str, *, choice: Choice | None = None, per_second: float
) -> FetchPlan:
    """Return what `fetch` would do; asks the publisher for its list, once, and takes nothing.

    A publisher that does not answer makes no error: *note* says so, and the size is the one that
    the plugin states, if any.
    """
    from medreg.stages.accept import passed
    from medreg.stages.part import Choice

    dataset = lab.declared(name).dataset
    research = verdict(lab, name, "research")
    asked = choice or Choice()
    found, note = _listed(lab, dataset, asked)
    size = found.size if found else None
    about = dataset.about
    if size is None and not found and about and about.size_gb and asked == Choice():
        size, note = int(about.size_gb * 1e9), note or "bytes as the plugin states them"
    to_come = size - found.size_here if found and size is not None else size
    return FetchPlan(
        dataset=name,
        access=dataset.access,
        terms=f"research {research.answer}: {research.reason}",
        gate=_gate(dataset.gate),
        accepted=passed(lab.registry, dataset, lab.licenses) if dataset.gate else None,
        waiting_days=dataset.gate.days if dataset.gate else None,
        files=found.files if found else None,
        of_files=found.of_files if found else None,
        cases=found.cases if found else "",
        here=found.here if found else None,
        size=size,
        to_come=to_come,
        unstated=found.unstated if found else 0,
        free=shutil.disk_usage(lab.root or ".").free,
        seconds=to_come / per_second if to_come is not None else None,
        wanted=tuple(dataset.source.wanted()),
        note=note or _silent(dataset, found),
    )


def _silent(dataset: Dataset, found: _Found | None) -> str:
    """Say how to learn why addresses tell no size: some may be gone."""
    from medreg.sources import Http, Parts

    heads = isinstance(dataset.source, Http | Parts)
    asked = f"not every address says its size: medreg sources check {dataset.name}"
    return asked if heads and found and found.unstated else ""


@dataclass(frozen=True, slots=True)
class _Found:
    files: int
    of_files: int
    cases: str
    here: int
    size: int | None
    size_here: int
    unstated: int


def _listed(lab: Lab, dataset: Dataset, asked: Choice) -> tuple[_Found | None, str]:
    from medreg.api.work import today
    from medreg.model import FetchJob
    from medreg.report import Silent
    from medreg.sources.patience import hurried
    from medreg.stages import part as parts
    from medreg.stages.fetch import records

    if not parts.listable(dataset.source):
        if asked != parts.Choice():
            parts.refuse_whole(dataset.source)
        return None, ""
    folder = lab.registry.dataset(dataset.name)
    job = FetchJob(
        into=folder.raw,
        scratch=lab.registry.work("fetch", dataset.name),
        given=None,
        known=records(folder),
        today=today(),
        progress=Silent(),
    )
    try:
        with hurried():
            offers = parts.listing(dataset.source, job)
            allowed = (
                parts.listing(parts.narrowed(dataset.source, asked.where), job)
                if asked.where
                else offers
            )
    except Misuse:
        raise
    except MedregError as failure:
        return None, f"the publisher was asked in vain: {failure.message.splitlines()[0]}"
    sizes = {offer.path: offer.size for offer in offers}
    found = parts.units(dataset, sizes)
    taken = (
        list(sizes)
        if asked == parts.Choice()
        else parts.chosen(asked, found, {offer.path for offer in allowed})
    )
    stated = [sizes[path] for path in taken]
    here = [path for path in taken if (job.into / path).is_file()]
    return _Found(
        files=len(taken),
        of_files=len(sizes),
        cases=str(parts.held(found, sizes, set(taken))),
        here=len(here),
        size=sum(s or 0 for s in stated) if any(s is not None for s in stated) else None,
        size_here=sum(sizes[path] or 0 for path in here),
        unstated=stated.count(None),
    ), ""


def _gate(gate: Gate | None) -> str:
    return "" if gate is None else f"{gate.kind}{f', {gate.terms}' if gate.terms else ''}"
