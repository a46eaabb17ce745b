"""Rebuild a release from raw: with the plugins, tables and decisions that its tag holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medreg import plugins as finder
from medreg import stages
from medreg.errors import CannotHere, MedregError, Transient
from medreg.files.atomic import place, write_bytes
from medreg.model import FileRecord
from medreg.registry import Registry
from medreg.sources import Local
from medreg.stages.sidecar import files_digest, manifest_rows
from medreg.tables import SelectionRow
from medreg.versions import dvc, git, objects, outs, withdrawals
from medreg.versions.gather import Item, gather
from medreg.versions.pull import RAW, bring_cases, wanted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

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

    @property
    def house(self) -> Registry:
        """The registry as of the tag."""
        return Registry(self.registry.scratch / "rebuild" / self.tag)


def rebuild(site: Site, name: str) -> Mapping[str, str]:
    """Make dataset or set *name* again in the site's house; return why single cases were not.

    Converted cases that the cache or a tier still has are taken, unless the site says otherwise.
    Killed and run again, it goes on where it stopped.
    """
    house = site.house
    if not house.root.is_dir():
        git.export(site.registry.root, site.tag, house.root, site.registry.scratch / "export")
    if site.gone:
        write_bytes(house.root / withdrawals.FILE, withdrawals.table(site.registry))
    plugins = finder.load(house.plugins)
    _bring_tables(site, wanted(site.registry, name, site.tag))
    if name in house.tracked():
        return _convert(site, plugins, name)
    selection = house.set(name).rows("selection.csv", SelectionRow)
    rows = [row for row in selection if f"{row.dataset}/{row.case}" not in site.gone]
    kept = [row for row in rows if row.decision == "kept"]
    reasons: dict[str, str] = {}
    for dataset in dict.fromkeys(row.dataset for row in kept):
        selected = [row for row in kept if row.dataset == dataset]
        if site.from_raw or not _converted(site, dataset, selected):
            reasons |= _convert(site, plugins, dataset)
    _decide_about_what_came(house, name, rows)
    report = stages.write_data(house, plugins, name, engine=site.engine, progress=site.progress)
    if len(rows) < len(selection):  # what tells readers of all cases names the withdrawn ones too
        _decide_about_what_came(house, name, selection)
        stages.export_data(house, plugins, name)
    return {**{a.item: a.reason for a in (*report.refused, *report.failed)}, **reasons}


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


def _convert(site: Site, plugins: Plugins, dataset: str) -> dict[str, str]:
    """Convert every case of *dataset* from the publisher's files; return why some were refused."""
    _bring_raw(site, plugins, dataset)
    report = stages.convert(
        site.house, plugins, dataset, engine=site.engine, progress=site.progress
    )
    if report.failed:
        raise Transient(
            f"{dataset}: {len(report.failed)} cases got no answer: {report.failed[0].reason}",
            hint="run the same command again: it goes on where it stopped",
        )
    return {f"{dataset}/{answer.item}": answer.reason for answer in report.refused}


def _bring_raw(site: Site, plugins: Plugins, dataset: str) -> None:
    """Bring the publisher's files as they were recorded; what is nowhere, from the publisher."""
    recorded = outs.recorded(site.registry, dataset, site.tag, stage=RAW)
    _bring_tables(site, recorded)
    raw = next(out for out in recorded if out.is_folder)
    into = site.house.root / raw.path
    items = [
        Item(f"{raw.path}/{row.path}", row.size, row.sha256, into / row.path)
        for row in site.house.dataset(dataset).rows("files.csv", FileRecord)
    ]
    if gather(site.registry, items, [raw], progress=site.progress).missing:
        stages.fetch(
            site.house,
            plugins,
            dataset,
            given=_place(site, plugins.get(dataset).dataset.source),
            today=site.today,
            progress=site.progress,
            how=stages.How(recorded=True),
        )


def _place(site: Site, source: Source) -> Path | None:
    """Return where files lie that a plugin seeks beside its registry: not beside the house."""
    return site.registry.root / source.path if isinstance(source, Local) else None


def _bring_tables(site: Site, recorded: Sequence[Out]) -> None:
    """Bring those tables that git does not hold: of a restricted dataset or set."""
    tables = [out for out in recorded if out.cached and not out.is_folder]
    with dvc.repository(site.registry) as repo:
        for piece in objects.fetch(repo, tables, progress=site.progress):
            place(objects.cached(repo, piece.md5), site.house.root / piece.path)
