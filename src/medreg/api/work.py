"""Verbs that make a registry and turn raw files into a set."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from medreg import plugins as finder
from medreg.api.onward import onward
from medreg.api.watched import step
from medreg.errors import MedregError
from medreg.files.lock import turn
from medreg.report import Answer, Outcome, Progress, Silent, StageReport

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medreg.api.lab import Lab
    from medreg.curate.decide import Decision
    from medreg.plugins import Plugins
    from medreg.stages import How
    from medreg.versions.hashed import Hashed

DECLARING = "declare-any"  # a lock: no dataset has a hyphen in its name


def init(folder: Path) -> Sequence[str]:
    """Make a new registry in *folder*; returns what was made. Running it again changes nothing."""
    from medreg.versions.init import init as make

    return make(folder)


def track(lab: Lab, name: str) -> Sequence[Path]:
    """Make a dataset part of the registry; returns the files that say so."""
    from medreg.versions.track import track as give_folder

    lab.declared(name)
    with turn(lab.registry.lock(DECLARING)):
        return give_folder(lab.registry, lab.plugins, name)


def fetch(
    lab: Lab,
    name: str,
    *,
    given: Path | None = None,
    progress: Progress | None = None,
    how: How | None = None,
) -> StageReport:
    """Bring the raw files of a dataset; *given* is where a person put what they downloaded.

    *how* may ask for a part of it, for so many files at once, and for a pace.
    Raises `ActionNeeded` with every step when a person must download them first.
    """
    from medreg import stages
    from medreg.stages.part import FILE
    from medreg.versions import copies, git
    from medreg.versions.hashed import Hashed

    plugins = _current(lab, name)
    hashed, asked = Hashed(), how or stages.How()
    if not (given or asked.urls) and asked.choice == stages.Choice():
        back = _from_tiers(lab, name, progress or Silent())
        if back:
            return StageReport("fetch", name, back)
    try:
        with copies.arriving(lab.registry) as copy:
            report = stages.fetch(
                lab.registry,
                plugins,
                name,
                given=given,
                today=today(),
                progress=progress or Silent(),
                how=replace(asked, hashed=hashed, copy=copy, engine=lab.cluster),
            )
    except MedregError as error:
        raise onward(lab, name, error) from error
    finally:
        git.stage(lab.registry.root, [f"registry/datasets/{name}/{FILE}"])
    return _recorded(lab, name, report, hashed, progress)


def _from_tiers(lab: Lab, name: str, progress: Progress) -> list[Answer]:
    """Bring raw files on record from where the registry keeps them: they were evicted, or pushed.

    Returns an answer for each if none was here and all came: then no publisher is asked. Raises
    `ActionNeeded` where terms must be accepted first.
    """
    from medreg.api.trace import require_agreement
    from medreg.stages import accept
    from medreg.stages.fetch import records
    from medreg.versions import rawfiles

    lacking = rawfiles.lacking(lab.registry, name)
    if lacking:
        accept.require(lab.registry, lab.declared(name).dataset, lab.licenses)
        require_agreement(lab, name)
        left = rawfiles.bring(lab.registry, name, progress)
        paths = [*records(lab.registry.dataset(name))]
        if not left and len(lacking) == len(paths):
            return [Answer(path, Outcome.FETCHED, "from the registry") for path in paths]
    return []


def convert(lab: Lab, name: str, *, progress: Progress | None = None) -> StageReport:
    """Convert every case of a dataset, keeping those that stand."""
    from medreg import stages

    plugins = _current(lab, name)
    report = stages.convert(
        lab.registry, plugins, name, engine=lab.engine, progress=progress or Silent()
    )
    return _recorded(lab, name, report, progress=progress)


def check(lab: Lab, name: str, *, progress: Progress | None = None) -> StageReport:
    """Measure and question every converted case, asking only those that changed."""
    from medreg import stages

    plugins = _current(lab, name)
    report = stages.check(
        lab.registry, plugins, name, engine=lab.engine, progress=progress or Silent()
    )
    return _recorded(lab, name, report, progress=progress)


def decide(lab: Lab, set_name: str) -> Decision:
    """Decide about every candidate of a set, and write nothing."""
    from medreg.stages.decide import plan

    return plan(lab.registry, lab.plugins, set_name)


def to_write(lab: Lab, decision: Decision) -> tuple[int, int]:
    """Return the bytes of the images and of the raw masks that a decided set would take."""
    from medreg.tables import ManifestRow

    kept = {f"{row.dataset}/{row.case}" for row in decision.kept}
    size: Counter[str] = Counter()
    for dataset in sorted({row.dataset for row in decision.kept}):
        for row in lab.registry.dataset(dataset).rows("manifest.csv", ManifestRow):
            if row.source in kept:
                size[row.path.rpartition("/")[2].removesuffix(".nii.gz")] += row.size
    return sum(size[channel] for channel in decision.modalities), size["mask"]


def growth(lab: Lab, decision: Decision) -> float | None:
    """Return how many times their voxels the images of a decided set get by resampling.

    A crop, which no table foretells, makes them fewer. None where images stay as they are.
    """
    from math import prod

    from medreg.stages.decide import recipe_of
    from medreg.tables import CaseRow

    asked = recipe_of(lab.registry, lab.plugins, decision.name).transform
    if asked is None:
        return None
    kept = {f"{row.dataset}/{row.case}" for row in decision.kept}
    before = after = 0.0
    for dataset in sorted({row.dataset for row in decision.kept}):
        for row in lab.registry.dataset(dataset).rows("cases.csv", CaseRow):
            if f"{dataset}/{row.case}" in kept:
                voxels = prod(map(int, row.shape.split()))
                mm = prod(map(float, row.spacing.split()))
                before += voxels
                after += voxels * (mm / prod(asked.spacing) if asked.spacing else 1)
    return after / before if before else 1.0


def curate(
    lab: Lab,
    set_name: str,
    *,
    decision: Decision | None = None,
    progress: Progress | None = None,
) -> StageReport:
    """Decide what a set is made of, then write it; *decision* is what `decide` just said of it."""
    from medreg import stages
    from medreg.stages.decide import recipe_of
    from medreg.versions import proved
    from medreg.versions.cases import obtainer
    from medreg.versions.track import track_set

    recipe = recipe_of(lab.registry, lab.plugins, set_name)
    track_set(lab.registry, lab.plugins, set_name, recipe)
    with step(progress, f"decide {set_name}"):
        _recorded(lab, set_name, stages.decide(lab.registry, lab.plugins, set_name, decision))
    report = stages.write(
        lab.registry,
        lab.plugins,
        set_name,
        obtain=obtainer(lab.registry, progress=progress),
        engine=lab.engine,
        progress=progress or Silent(),
    )
    _recorded(lab, set_name, report, progress=progress)
    if not report.failed:
        proved.written(lab.registry, set_name)
    return report


def stage(lab: Lab, stage_name: str, name: str, *, progress: Progress) -> StageReport:
    """Run one stage as ``dvc repro`` asks for it: neither git nor ``dvc.lock`` is touched."""
    from medreg import stages

    registry, plugins = lab.registry, lab.plugins
    match stage_name:
        case "declare":
            return stages.declare(registry, plugins, name)
        case "fetch":
            return stages.fetch(
                registry,
                plugins,
                name,
                given=None,
                today=today(),
                progress=progress,
                how=stages.How(recorded=True, engine=lab.cluster),
            )
        case "annotate":
            return stages.annotated(registry, name)
        case "convert" | "check":
            ask = stages.convert if stage_name == "convert" else stages.check
            return ask(registry, plugins, name, engine=lab.engine, progress=progress)
        case "decide":
            return stages.decide(registry, plugins, name)
        case _:
            from medreg.versions.cases import obtainer

            obtain = obtainer(registry, progress=progress)
            return stages.write(
                registry, plugins, name, obtain=obtain, engine=lab.engine, progress=progress
            )


def today() -> str:
    """Return the date, in UTC, that new records bear."""
    return dt.datetime.now(tz=dt.UTC).date().isoformat()


def _current(lab: Lab, name: str) -> Plugins:
    """Track the dataset if nobody did, renew what is declared, and return the plugins to use."""
    if lab.declared(name).home != "registry" or name not in lab.registry.tracked():
        track(lab, name)
        return finder.load(lab.registry.plugins)
    from medreg import stages

    with turn(lab.registry.lock(DECLARING)):
        _recorded(lab, name, stages.declare(lab.registry, lab.plugins, name))
    return lab.plugins


def _recorded(
    lab: Lab,
    name: str,
    report: StageReport,
    hashed: Hashed | None = None,
    progress: Progress | None = None,
) -> StageReport:
    """Write the stage to ``dvc.lock``, unless a case got no answer."""
    from medreg.versions import dvc, outs

    if not report.failed:
        with step(progress, f"record {name}"):
            dvc.record(lab.registry, [outs.address(lab.registry, name, report.stage)], hashed)
    return report
