"""Rebuild a release from raw: with the plugins, tables and decisions that its tag holds."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from medreg import plugins as finder
from medreg import stages
from medreg.errors import (
    ActionNeeded,
    BytesDiffer,
    CannotHere,
    MedregError,
    NotFound,
    Refused,
    Transient,
)
from medreg.files.atomic import place, write_bytes
from medreg.model import FileRecord
from medreg.registry import Registry
from medreg.report import Outcome
from medreg.sources import Local
from medreg.stages.fetch import records
from medreg.stages.sidecar import files_digest, manifest_rows
from medreg.tables import SelectionRow
from medreg.versions import annotated, dvc, git, objects, outs, rawfiles, withdrawals
from medreg.versions.cases import bring_cases
from medreg.versions.gather import Item, gather
from medreg.versions.outs import RAW, wanted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.engine import Engine
    from medreg.model import Source
    from medreg.plugins import Plugins
    from medreg.report import Progress
    from medreg.versions.outs import Out


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a release is rebuilt: *house* is the registry as of *tag*, in scratch of *registry*."""

    registry: Registry
    tag: str
    engine: Engine
    today: str  # dates what must be fetched from a publisher
    progress: Progress
    from_raw: bool  # take no converted case, even where one still is
    gone: Mapping[str, str]  # withdrawn cases, "<dataset>/<case>": these are not made again
    copy: str = ""  # folder or URL of a copy of what publishers offered, a folder for each dataset

    @property
    def house(self) -> Registry:
        """The registry as of the tag."""
        return Registry(self.registry.scratch / "rebuild" / self.tag)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How a release was made again."""

    refused: dict[str, str] = field(default_factory=dict)  # why, by "<dataset>/<case>"
    lost: dict[str, str] = field(default_factory=dict)  # why not all raw files came, by dataset
    raw_from: dict[str, dict[str, int]] = field(default_factory=dict)  # files by place, by dataset

    def why(self, case: str) -> str:
        """Return why the *case* is not there; empty when nobody said so."""
        return self.lost.get(case.partition("/")[0]) or self.refused.get(case, "")


def rebuild(site: Site, name: str) -> Rebuilt:
    """Make dataset or set *name* again in the site's house.

    Converted cases that the cache or a tier still has are taken, unless the site says otherwise.
    Killed and run again, it goes on where it stopped. A publisher that has other files now, or
    none, keeps only those cases from coming.
    """
    house, made = site.house, Rebuilt()
    if not house.root.is_dir():
        git.export(site.registry.root, site.tag, house.root, site.registry.scratch / "export")
    if site.gone:
        write_bytes(house.root / withdrawals.FILE, withdrawals.table(site.registry))
    plugins = finder.load(house.plugins)
    _bring_tables(site, wanted(site.registry, name, site.tag))
    if name in house.tracked():
        _convert(site, plugins, name, made)
        return made
    selection = house.set(name).rows("selection.csv", SelectionRow)
    rows = [row for row in selection if f"{row.dataset}/{row.case}" not in site.gone]
    kept = [row for row in rows if row.decision == "kept"]
    for dataset in dict.fromkeys(row.dataset for row in kept):
        selected = [row for row in kept if row.dataset == dataset]
        if site.from_raw or not _converted(site, dataset, selected):
            _convert(site, plugins, dataset, made)
    _decide_about_what_came(house, name, rows)
    report = stages.write_data(house, plugins, name, engine=site.engine, progress=site.progress)
    if len(rows) < len(selection):  # what tells readers of all cases names the withdrawn ones too
        _decide_about_what_came(house, name, selection)
        stages.export_data(house, plugins, name)
    for answer in (*report.refused, *report.failed):
        made.refused.setdefault(answer.item, answer.reason)
    return made


def _decide_about_what_came(house: Registry, name: str, rows: Sequence[SelectionRow]) -> None:
    """Let the decisions stand for the bytes that were rebuilt.

    They may differ from those decided about though every voxel is the same; what was released is
    compared in the end, so nothing passes that should not.
    """
    came = []
    for row in rows:
        folder = house.dataset(row.dataset).converted / row.case
        files = manifest_rows(row.dataset, folder) if folder.is_dir() else []
        came.append(replace(row, files=files_digest(files)) if files else row)
    house.set(name).write_rows("selection.csv", came, SelectionRow)


def _converted(site: Site, dataset: str, selected: Sequence[SelectionRow]) -> bool:
    """Bring converted cases as they were decided about; tell whether all of them came."""
    try:
        bring_cases(
            site.registry,
            dataset,
            [row.case for row in selected],
            revision=site.tag,
            root=site.house.root,
            progress=site.progress,
        )
    except CannotHere:
        raise
    except MedregError:
        return False  # what is nowhere is made again
    folder = site.house.dataset(dataset).converted
    return all(
        files_digest(manifest_rows(dataset, folder / row.case)) == row.files for row in selected
    )


def _convert(site: Site, plugins: Plugins, dataset: str, made: Rebuilt) -> None:
    """Convert every case of *dataset* from the publisher's files, as far as these came."""
    lost = _bring_raw(site, plugins, dataset, made)
    _bring_drawn(site, dataset)
    if lost:
        made.lost[dataset] = lost
    try:
        report = stages.convert(
            site.house, plugins, dataset, engine=site.engine, progress=site.progress
        )
    except (NotFound, Refused):
        if lost:
            return  # nothing came that could be converted
        raise
    if report.failed:
        raise Transient(
            f"{dataset}: {len(report.failed)} cases got no answer: {report.failed[0].reason}",
            hint="run the same command again: it goes on where it stopped",
        )
    made.refused.update({f"{dataset}/{answer.item}": answer.reason for answer in report.refused})


def _bring_drawn(site: Site, dataset: str) -> None:
    """Bring the masks that people drew; a case whose mask is nowhere says so when converted."""
    with dvc.repository(site.registry) as repo, suppress(NotFound):
        drawn = annotated.recorded(site.registry, dataset, site.tag)
        for piece in objects.fetch(repo, drawn, progress=site.progress) if drawn else ():
            if not piece.is_list:
                place(objects.cached(repo, piece.md5), site.house.root / piece.path)


def _bring_raw(site: Site, plugins: Plugins, dataset: str, made: Rebuilt) -> str:
    """Bring the publisher's files as they were recorded; what is nowhere, from the publisher.

    Returns why the publisher did not give all of them.
    """
    recorded = outs.recorded(site.registry, dataset, site.tag, stage=RAW)
    _bring_tables(site, recorded)
    raw = [out for out in recorded if out.is_folder]  # none where files were registered in place
    into = site.house.dataset(dataset).raw
    inside = into.relative_to(site.house.root).as_posix()
    items = [
        Item(f"{inside}/{row.path}", row.size, row.sha256, into / row.path)
        for row in site.house.dataset(dataset).rows("files.csv", FileRecord)
    ]
    gathered = gather(site.registry, items, raw, progress=site.progress)
    missing, came_from = gathered.missing, gathered.came_from
    if missing and any(case.startswith(f"{dataset}/") for case in site.gone):
        missing, others = _as_now(site, dataset, missing)
        came_from += others
    came = made.raw_from[dataset] = dict(came_from)
    if not missing:
        return ""
    try:
        report = stages.fetch(
            site.house,
            plugins,
            dataset,
            given=_place(site, dataset, plugins.get(dataset).dataset.source),
            today=site.today,
            progress=site.progress,
            how=stages.How(recorded=True),
        )
    except (BytesDiffer, NotFound, Refused) as problem:
        here = sum(item.is_at(item.target) for item in missing)
        came.update({"publisher": here} if here else {})
        kind = "the source is gone" if isinstance(problem, NotFound) else "the publisher changed it"
        return f"{kind}, seen {site.today}: {' '.join(problem.message.split())}"
    except ActionNeeded as asked:
        raise ActionNeeded(
            f"{dataset}: {asked.message}",
            steps=(*asked.steps, f"medreg reproduce {site.tag} --from FOLDER_OF_IT"),
            hint=asked.hint,
        ) from None
    fetched = Counter(answer.outcome for answer in report.answers)[Outcome.FETCHED]
    came["copy" if site.copy else "publisher"] = fetched
    return ""


def _as_now(
    site: Site, dataset: str, missing: Sequence[Item]
) -> tuple[Sequence[Item], Counter[str]]:
    """Let the house have raw files as a withdrawal left them: without one, or written again.

    Returns those that are missing still, and how many of the others came from where.
    """
    now = records(site.registry.dataset(dataset))
    folder = site.house.dataset(dataset)
    paths = {item.target.relative_to(folder.raw).as_posix(): item for item in missing}
    gone = {path for path in paths if path not in now}
    asked = {
        path: replace(item, size=now[path].size, sha256=now[path].sha256)
        for path, item in paths.items()
        if path not in gone and now[path].source.endswith(rawfiles.REWRITTEN)
    }
    known = rawfiles.recorded(site.registry, dataset)
    found = gather(site.registry, asked.values(), known, progress=site.progress)
    came = {path: now[path] for path, item in asked.items() if item not in found.missing}
    rows = {path: row for path, row in records(folder).items() if path not in gone} | came
    folder.write_rows("files.csv", rows.values(), FileRecord)
    return [paths[path] for path in paths if path not in gone | came.keys()], found.came_from


def _place(site: Site, dataset: str, source: Source) -> Path | None:
    """Return where the files of *dataset* lie that no program may fetch, or that were copied.

    What a plugin seeks beside its registry is not beside the house.
    """
    from medreg.sources import webfolder

    if site.copy.startswith(("http://", "https://")):
        target = site.house.work("copy", dataset)
        return webfolder.bring(site.copy, dataset, target, site.progress)
    if site.copy:
        own = Path(site.copy) / dataset
        return own if own.is_dir() else Path(site.copy)
    return site.registry.root / source.path if isinstance(source, Local) else None


def _bring_tables(site: Site, recorded: Sequence[Out]) -> None:
    """Bring those tables that git does not hold: of a restricted dataset or set."""
    tables = [out for out in recorded if out.cached and not out.is_folder]
    with dvc.repository(site.registry) as repo:
        for piece in objects.fetch(repo, tables, progress=site.progress):
            place(objects.cached(repo, piece.md5), site.house.root / piece.path)
