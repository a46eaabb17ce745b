"""Delete the bytes of a withdrawn case from the workspace, every cache and every tier."""

from __future__ import annotations

import json
import posixpath
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medreg.errors import MedregError, NotFound
from medreg.files.atomic import write_bytes
from medreg.registry import json_bytes
from medreg.stages import adopted
from medreg.stages.fetch import records
from medreg.tables import ManifestRow, from_csv
from medreg.versions import clones, dvc, git, models, objects, outs, rawfiles, releases
from medreg.versions.annotated import is_drawn
from medreg.versions.rawfiles import Held
from medreg.versions.upload import upload

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from dvc.repo import Repo

    from medreg.registry import Registry
    from medreg.report import Progress

STORES = "files/md5"


@dataclass(slots=True)
class Purged:
    """What was deleted and what could not be: see `medreg.versions.withdraw.Withdrawal`."""

    purged: dict[str, int]
    left: list[str]
    archives: list[str]
    rewritten: list[str]


@dataclass(slots=True)
class _Found:
    """The objects of one case (*mine*), and what holds them."""

    mine: dict[str, str] = field(default_factory=dict)  # path by md5
    others: dict[str, str] = field(default_factory=dict)
    archives: dict[str, str] = field(default_factory=dict)  # of other cases too
    paths: set[str] = field(default_factory=set)  # of both: one object may lie at several


def purge(registry: Registry, case: str, progress: Progress) -> Purged:
    """Delete the bytes of *case*, as recorded now and in every release; told is what is left.

    What is to go is noted first: killed and run again, it finds what nothing else names any more.
    """
    dataset, _, name = case.partition("/")
    left = list[str]()
    note = registry.work("withdraw", dataset) / f"{name}.json"
    found = _Found(**json.loads(note.read_bytes())) if note.is_file() else _Found()
    inside = registry.dataset(dataset).raw.relative_to(registry.root).as_posix()
    noted = (path.removeprefix(f"{inside}/") for path in found.mine.values())
    raw = {path: Held() for path in noted if path in records(registry.dataset(dataset))}
    raw |= rawfiles.holders(registry, case)  # before its sidecar is purged
    with dvc.repository(registry) as repo:
        for revision in ("", *git.tags(registry.root, "*@v*")):
            try:
                _sort(registry, repo, case, revision, raw, found)
            except MedregError as problem:
                left.append(f"{revision or 'the workspace'}: {problem.message}")
    write_bytes(note, json_bytes({"mine": found.mine, "archives": found.archives}))
    removed = rawfiles.rewrite(registry, dataset, raw, progress)
    with dvc.repository(registry) as repo:
        of_raw = {
            md5: path
            for md5, path in (found.mine | found.archives).items()
            if path.startswith(f"{inside}/")
        }
        fresh = _fresh(registry, repo, dataset, {*of_raw.values()})
        found.others |= {piece.md5: piece.path for piece in fresh if not piece.is_list}
        found.paths -= {piece.path for piece in fresh}
        shared = found.mine.keys() & found.others.keys()
        left += [f"{found.mine[md5]}: the same bytes are {found.others[md5]}" for md5 in shared]
        doomed = sorted((found.mine.keys() | found.archives.keys()) - found.others.keys())
        purged = {"workspace": removed + _from_workspace(registry, case, found)}
        purged |= _from_stores(repo, doomed, of_raw, fresh, left)
    left += _outside(registry, dataset, raw)
    if not rawfiles.are_recorded(registry, dataset, raw):
        left.append(
            f"raw files of {dataset} are on record as they were: not all others are within reach"
        )
    if not left:
        note.unlink()
    return Purged(
        {where: n for where, n in purged.items() if n},
        sorted(left),
        sorted({*found.archives.values()} - {piece.path for piece in fresh}),
        sorted(piece.path for piece in fresh if not piece.is_list),
    )


def _fresh(
    registry: Registry, repo: Repo, dataset: str, old: Collection[str]
) -> list[objects.Piece]:
    """Return the list of the raw files, and those of the *old* ones that were written again."""
    if not old:
        return []
    known = registry.dataset(dataset)
    written = {
        (known.raw / path).relative_to(registry.root).as_posix()
        for path, row in records(known).items()
        if row.source.endswith(rawfiles.REWRITTEN)
    }
    pieces = [p for out in rawfiles.recorded(registry, dataset) for p in objects.pieces(repo, out)]
    return [piece for piece in pieces if piece.is_list or piece.path in written & {*old}]


def _outside(registry: Registry, dataset: str, raw: Iterable[str]) -> list[str]:
    """Tell which files lie where a person keeps them: medreg deletes nothing there."""
    place = adopted.place_of(registry.dataset(dataset))
    return [f"{place / path}: registered where it lies, delete it there" for path in raw if place]


def _sort(  # noqa: PLR0913, PLR0917 - what, where, and what was found
    registry: Registry,
    repo: Repo,
    case: str,
    revision: str,
    raw: Mapping[str, Held],
    found: _Found,
) -> None:
    """Sort every object of the registry at *revision* by whether it is of the case."""
    dataset = case.partition("/")[0]
    tag_name = releases.split(revision)[0] if revision else ""
    wheres = (
        [outs.folder_at(registry, tag_name, revision), f"registry/datasets/{dataset}"]
        if revision
        else [outs.folder(registry, one) for one in (*registry.tracked(), *registry.sets())]
    )
    for where in dict.fromkeys(wheres):
        try:
            recorded = [o for o in outs.recorded_at(registry, where, revision) if o.cached]
        except NotFound:
            continue
        objects.fetch_lists(repo, recorded, tier="")
        of_case = _paths_of(registry, where, revision, case)
        for piece in (p for out in recorded for p in objects.pieces(repo, out) if not p.is_list):
            inside = posixpath.relpath(piece.path, f"registry/datasets/{dataset}/raw")
            noted = found.mine.get(piece.md5) == piece.path
            if piece.path in of_case or is_drawn(case, piece.path) or noted:
                found.mine[piece.md5] = piece.path
                found.paths.add(piece.path)
            elif inside in raw:
                (found.archives if raw[inside].others else found.mine)[piece.md5] = piece.path
                found.paths.add(piece.path)
            else:
                found.others.setdefault(piece.md5, piece.path)


def _paths_of(registry: Registry, where: str, revision: str, case: str) -> set[str]:
    try:
        table = (
            models.table(registry, where, revision, "manifest.csv")
            if revision
            else (registry.root / where / "manifest.csv").read_bytes()
        )
    except (FileNotFoundError, NotFound):
        rows = []
    else:
        rows = from_csv(table, ManifestRow, f"{where}/manifest.csv")
    base = posixpath.join(where, outs.content(where))
    return {posixpath.join(base, row.path) for row in rows if row.source == case}


def _from_workspace(registry: Registry, case: str, found: _Found) -> int:
    dataset, _, name = case.partition("/")
    count = 0
    for path in sorted(found.paths):
        file = registry.root / path
        if file.is_file():
            file.unlink()
            count += 1
    shutil.rmtree(registry.dataset(dataset).converted / name, ignore_errors=True)
    for stage in ("convert", "check", "write"):  # remembered answers about it
        (registry.work(stage, dataset) / f"{name}.json").unlink(missing_ok=True)
    return count


def _from_stores(
    repo: Repo,
    doomed: Sequence[str],
    raw: Collection[str],
    fresh: Sequence[objects.Piece],
    left: list[str],
) -> dict[str, int]:
    """Delete objects from the cache, the cache of pinned clones, and every tier.

    A tier that has one of *raw* is given what is *fresh* instead.
    """
    purged = {}
    own, shared = _root_of(repo), clones.home() / "cache"
    for label, root in (("cache", own), ("cache of pins", shared / STORES)):
        files = [root / md5[:2] / md5[2:] for md5 in doomed]
        there = [file for file in files if file.is_file()]
        for file in there:
            file.unlink()
        purged[label] = len(there)
    for tier in dvc.tiers(repo):
        try:
            store = repo.cloud.get_remote_odb(tier)
            held = objects.sizes(store, doomed)
            if {*raw} & held.keys():
                upload(repo, fresh, tier)
            for md5 in held:
                store.fs.remove(store.oid_to_path(md5))
            still = objects.sizes(store, held)
        except Exception as error:
            known = dvc.translate(error)
            if known is None:
                raise
            left.append(f"tier {tier}: {known.message}")
            continue
        purged[f"tier {tier}"] = len(held) - len(still)
        left += [f"tier {tier} kept {md5}" for md5 in still]
    return purged


def _root_of(repo: Repo) -> Path:
    return objects.cached(repo, "0" * 32).parents[1]
