"""Take a case out for ever: find who holds it, write its tombstone, purge its bytes.

What was released stays on record: its manifests keep path and digest of every file, and verify,
pull and reproduce expect the withdrawn ones to be absent. DVC's lists of files and git's tables
name the case and keep no byte of it.
"""

from __future__ import annotations

import json
import posixpath
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from medreg.errors import MedregError, Misuse, NotFound
from medreg.files.lock import lock
from medreg.registry import Folder
from medreg.tables import ManifestRow, WithdrawnRow, from_csv
from medreg.versions import clones, dvc, git, history, models, objects, outs, releases, withdrawals
from medreg.versions.annotated import is_drawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dvc.repo import Repo

    from medreg.registry import Registry

STORES = "files/md5"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a withdrawal found and did."""

    case: str
    new: bool  # the tombstone had not been there
    releases: tuple[str, ...]  # that hold it
    models: tuple[str, ...]  # that were trained on one of these
    sets: tuple[str, ...]  # that must be curated again
    purged: dict[str, int] = field(default_factory=dict)  # objects, by cache or tier
    left: tuple[str, ...] = ()  # what could not be purged, and why
    archives: tuple[str, ...] = ()  # raw files that held other cases too, and were removed


@dataclass(slots=True)
class _Found:
    """The objects of one case (*mine*), and what holds them."""

    mine: dict[str, str] = field(default_factory=dict)  # path by md5
    others: dict[str, str] = field(default_factory=dict)
    archives: dict[str, str] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)  # of both: one object may lie at several


def withdraw(registry: Registry, case: str, *, reason: str, by: str, today: str) -> Withdrawal:
    """Withdraw ``DATASET/CASE``; run again, it finishes what was left.

    Bytes that another case has too stay, and are told. Raises `NotFound` for a case that neither
    the registry nor any release holds, `Misuse` without a reason or a person, and `ActionNeeded`
    when git does not know who commits.
    """
    dataset, _, name = case.partition("/")
    if not name or not reason.strip() or not by.strip():
        raise Misuse(
            "a withdrawal names a case, a reason and a person",
            hint="medreg withdraw DATASET/CASE --reason WHY --by PERSON",
        )
    git.need_identity(registry.root)
    with lock(registry.lock(f"withdraw-{dataset}"), f"withdraw {case}"):
        places = _places(registry, case)
        known = {row.case for row in withdrawals.rows(registry) if row.dataset == dataset}
        if not places and name not in known:
            raise NotFound.named("case", case, _cases(registry, dataset), hint="medreg list")
        row = WithdrawnRow(dataset=dataset, case=name, reason=reason, by=by, date=today)
        new = name not in known
        raw = _raw_files(registry, dataset, name)  # before its sidecar is purged
        if new:
            rows = [*withdrawals.rows(registry), row]
            Folder(registry.facts).write_rows("withdrawn.csv", rows, WithdrawnRow)
        git.commit(registry.root, [withdrawals.FILE], f"Withdraw {case}")
        held = sorted({tag for tag in places if "@v" in tag})
        purged, left, archives = _purge(registry, case, raw)
    return Withdrawal(
        case,
        new,
        tuple(held),
        tuple(m for m in models.names(registry) if models.get(registry, m).data.release in held),
        tuple(name for name in places if "@v" not in name and name in registry.sets()),
        purged,
        tuple(left),
        tuple(archives),
    )


def _cases(registry: Registry, dataset: str) -> list[str]:
    folder = registry.dataset(dataset)
    file = folder.path / "manifest.csv"
    rows = from_csv(file.read_bytes(), ManifestRow) if file.is_file() else []
    return sorted({row.source for row in rows})


def _places(registry: Registry, case: str) -> list[str]:
    """Return each dataset, set and release whose manifest has the case."""
    tags = sorted(git.tags(registry.root, "*@v*"))
    everything = [*history.current(registry), *history.released(registry, tags)]
    return [place for place, rows in everything if any(row.source == case for row in rows)]


def _raw_files(registry: Registry, dataset: str, case: str) -> dict[str, bool]:
    """Return the raw files that the case was made of, and if another case is in there too."""
    users: dict[str, set[str]] = {}
    folder = registry.dataset(dataset)
    for other, sidecar in _sidecars(registry, dataset):
        volumes = [*sidecar["images"].values(), *filter(None, [sidecar["mask"]])]
        for member in {m for volume in volumes for m in volume.get("members", ())}:
            parts = member.split("/")
            ends = range(1, len(parts) + 1)
            file = next((f for n in ends if (f := "/".join(parts[:n])) in _files(folder)), member)
            users.setdefault(file, set()).add(other)
    return {file: len(cases) > 1 for file, cases in sorted(users.items()) if case in cases}


def _files(folder: Folder) -> set[str]:
    from medreg.model import FileRecord

    try:
        return {row.path for row in folder.rows("files.csv", FileRecord)}
    except NotFound:
        return set()


def _sidecars(registry: Registry, dataset: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each converted case's sidecar, from the workspace or the cache."""
    try:
        recorded = outs.recorded(registry, dataset, stage="convert")
    except NotFound:
        return
    with dvc.repository(registry) as repo:
        for out in (out for out in recorded if out.is_folder):
            if not objects.cached(repo, out.md5).is_file():
                continue
            for piece in objects.pieces(repo, out):
                if piece.path.endswith("/case.json"):
                    here = (registry.root / piece.path, objects.cached(repo, piece.md5))
                    file = next((f for f in here if f.is_file()), None)
                    if file:
                        yield piece.path.split("/")[-2], json.loads(file.read_bytes())


# --- purge -------------------------------------------------------------------------------------


def _purge(
    registry: Registry, case: str, raw: dict[str, bool]
) -> tuple[dict[str, int], list[str], list[str]]:
    found = _Found()
    left: list[str] = []
    with dvc.repository(registry) as repo:
        for revision in ("", *git.tags(registry.root, "*@v*")):
            try:
                _sort(registry, repo, case, revision, raw, found)
            except MedregError as problem:
                left.append(f"{revision or 'the workspace'}: {problem.message}")
        shared = found.mine.keys() & found.others.keys()
        left += [f"{found.mine[md5]}: the same bytes are {found.others[md5]}" for md5 in shared]
        doomed = sorted((found.mine.keys() | found.archives.keys()) - shared)
        purged = {"workspace": _from_workspace(registry, case, found)}
        purged |= _from_stores(repo, doomed, left)
    archives = sorted({*found.archives.values()})
    return {where: n for where, n in purged.items() if n}, sorted(left), archives


def _sort(  # noqa: PLR0913, PLR0917 - what, where, and what was found
    registry: Registry,
    repo: Repo,
    case: str,
    revision: str,
    raw: dict[str, bool],
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
            if piece.path in of_case or is_drawn(case, piece.path):
                found.mine[piece.md5] = piece.path
                found.paths.add(piece.path)
            elif inside in raw:
                (found.archives if raw[inside] else found.mine)[piece.md5] = piece.path
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
        for scratch in (registry.work(stage, dataset) / f"{name}.json",):
            scratch.unlink(missing_ok=True)
    return count


def _from_stores(repo: Repo, doomed: Sequence[str], left: list[str]) -> dict[str, int]:
    """Delete objects from the cache, the cache of pinned clones, and every tier."""
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
