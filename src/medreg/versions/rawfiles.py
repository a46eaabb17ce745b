"""The publisher's files: brought back from a tier, or written again without a withdrawn case."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from medreg.errors import NotFound
from medreg.files.archive import ending, open_archive
from medreg.files.atomic import whole_file
from medreg.files.hashing import sha256_file
from medreg.model import FileRecord
from medreg.stages import adopted
from medreg.stages.fetch import FILE, records
from medreg.versions import dvc, git, objects, outs
from medreg.versions.gather import Item, gather
from medreg.versions.outs import RAW

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.registry import Registry
    from medreg.report import Progress
    from medreg.versions.outs import Out

REWRITTEN = "; rewritten without a withdrawn case"  # in a row's source


@dataclass(slots=True)
class Held:
    """What a raw file holds: members of the case that is asked for, and of others."""

    mine: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)


def recorded(registry: Registry, name: str, revision: str = "") -> list[Out]:
    """Return the recorded raw folder; none of what was never fetched, or registered in place."""
    try:
        found = outs.recorded(registry, name, revision, stage=RAW)
    except NotFound:
        return []
    return [out for out in found if out.is_folder]


def lacking(registry: Registry, name: str) -> list[Item]:
    """Return the raw files on record that are not here; none of files registered in place."""
    folder = registry.dataset(name)
    if adopted.place_of(folder):
        return []
    inside = folder.raw.relative_to(registry.root).as_posix()
    return [
        Item(f"{inside}/{row.path}", row.size, row.sha256, folder.raw / row.path)
        for row in records(folder).values()
        if not (folder.raw / row.path).is_file()
    ]


def bring(registry: Registry, name: str, progress: Progress) -> Sequence[Item]:
    """Bring those raw files on record that are not here, from the cache or a tier.

    Returns those that none of them has. Each is hashed.
    """
    items = lacking(registry, name)
    known = recorded(registry, name) if items else []
    return gather(registry, items, known, progress=progress).missing if known else items


def holders(registry: Registry, case: str) -> dict[str, Held]:
    """Return, by path, the raw files that ``DATASET/CASE`` was converted from."""
    dataset, _, name = case.partition("/")
    files: dict[str, list[str]] = {}  # by how they look as a folder of the tree
    for path in records(registry.dataset(dataset)):
        files.setdefault(path.removesuffix(ending(path)), []).append(path)
    found: dict[str, Held] = {}
    for other, sidecar in _sidecars(registry, dataset):
        volumes = [*sidecar["images"].values(), *filter(None, [sidecar["mask"]])]
        for member in {m for volume in volumes for m in volume.get("members", ())}:
            places = (member, *map(str, PurePosixPath(member).parents))
            for path in next((files[place] for place in places if place in files), ()):
                held = found.setdefault(path, Held())
                (held.mine if other == name else held.others).add(member)
    return {path: held for path, held in sorted(found.items()) if held.mine}


def _sidecars(registry: Registry, dataset: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each converted case's sidecar, from the workspace or the cache."""
    try:
        known = outs.recorded(registry, dataset, stage="convert")
    except NotFound:
        return
    with dvc.repository(registry) as repo:
        for out in (out for out in known if out.is_folder):
            if not objects.cached(repo, out.md5).is_file():
                continue
            for piece in objects.pieces(repo, out):
                if piece.path.endswith("/case.json"):
                    here = (registry.root / piece.path, objects.cached(repo, piece.md5))
                    file = next((f for f in here if f.is_file()), None)
                    if file:
                        yield piece.path.split("/")[-2], json.loads(file.read_bytes())


def rewrite(registry: Registry, dataset: str, found: Mapping[str, Held], progress: Progress) -> int:
    """Record the raw files without a case: archives of others too are written again without it.

    Does nothing where not all the others are within reach, for what is recorded is the whole
    folder. Run again, it finishes what was left. Returns how many files were removed.
    """
    folder = registry.dataset(dataset)
    shared = {path: held for path, held in found.items() if held.others and ending(path)}
    mine = {path for path, held in found.items() if not held.others}
    missing = {item.target for item in bring(registry, dataset, progress)} if found else set()
    if not recorded(registry, dataset) or not (mine or shared):
        return 0
    if missing - {folder.raw / path for path in mine}:
        return 0
    there = [path for path in mine if (folder.raw / path).is_file()]
    for path in there:
        (folder.raw / path).unlink()
    rows = {path: row for path, row in records(folder).items() if path not in mine}
    rows |= {path: _without(folder.raw / path, rows[path], held) for path, held in shared.items()}
    folder.write_rows(FILE, rows.values(), FileRecord)
    dvc.record(registry, [outs.address(registry, dataset, RAW)])
    where = outs.folder(registry, dataset)
    git.commit(
        registry.root,
        [f"{where}/{FILE}", f"{where}/dvc.lock"],
        f"Record raw files of {dataset} without a withdrawn case",
    )
    return len(there)


def are_recorded(registry: Registry, dataset: str, found: Mapping[str, Held]) -> bool:
    """Tell whether what is on record of *found* is without the case, as `rewrite` leaves it."""
    rows = records(registry.dataset(dataset))
    now = [rows[path] for path in found if path in rows]
    return not recorded(registry, dataset) or all(row.source.endswith(REWRITTEN) for row in now)


def _without(file: Path, row: FileRecord, held: Held) -> FileRecord:
    """Write an archive again without the members of a case; return its new record."""
    with closing(open_archive(file, row.path)) as archive:
        gone = _gone(archive.paths, row.path.removesuffix(ending(row.path)), held)
        if gone:
            with whole_file(file) as part:
                archive.copy(part, without=gone)
    sha256 = sha256_file(file)
    if sha256 == row.sha256:
        return row
    source = f"{row.source.removesuffix(REWRITTEN)}{REWRITTEN}"
    return replace(row, size=file.stat().st_size, sha256=sha256, checksum="", source=source)


def _gone(paths: Collection[str], prefix: str, held: Held) -> set[str]:
    """Return the case's own files among *paths*, and all of folders that no other case is in."""
    mine, others = (
        {PurePosixPath(member[len(prefix) + 1 :]) for member in members}
        for members in (held.mine, held.others)
    )
    shared = {parent for path in others for parent in path.parents}
    own = mine | {path.parent for path in mine} - shared
    return {path for path in paths if own & {PurePosixPath(path), *PurePosixPath(path).parents}}
