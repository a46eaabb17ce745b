"""``case.json``: what a converted case is, what it was made of, and whether it still stands.

A case is kept only if its sidecar was written by this converter for this declaration, its raw
files have the bytes they had then, and its own files have the bytes that were written.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg.engine.shown import marks, sizes
from medreg.errors import NotFound
from medreg.files.hashing import sha256_bytes, sha256_stream
from medreg.files.manifest import describe
from medreg.model import Finding, Severity
from medreg.tables import ManifestRow, to_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.engine import Task
    from medreg.model import Case, Tree
    from medreg.report import Mark
    from medreg.volume import Volume

NAME = "case.json"
MASK = "mask"
PRIVACY = "privacy"  # what raw headers tell about a person, where they do

Sidecar = dict[str, Any]


def read(folder: Path) -> Sidecar | None:
    """Return the sidecar of the case in *folder*; None when there is none that can be read."""
    try:
        sidecar = json.loads((folder / NAME).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return sidecar if isinstance(sidecar, dict) else None


def shown(task: Task, folder: Path) -> tuple[Mark, ...]:
    """Return the marks of the case in *folder*, for who reads it on another machine."""
    if not task.seen:  # nobody does
        return ()
    at, told = Path(task.root), read(folder)
    files = [folder / entry["file"] for _, entry in volumes(told)] if told else []
    return (*marks(at, [folder / NAME]), *sizes(at, files))


def volumes(sidecar: Sidecar) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield channel and entry of every image, then of the mask if there is one."""
    yield from sidecar["images"].items()
    if sidecar["mask"] is not None:
        yield MASK, sidecar["mask"]


def told(sidecar: Sidecar) -> tuple[Finding, ...]:
    """Return what was found in the raw headers; a clean case's sidecar says nothing of it."""
    return tuple(
        Finding("privacy", Severity(one["severity"]), one["message"])
        for one in sidecar.get(PRIVACY, ())
    )


def load_case(folder: Path) -> tuple[Volume, Volume | None]:
    """Read the grid channel's image and the mask of the converted case in *folder*.

    Raises `NotFound` when there is no case.
    """
    from medreg.imaging.nifti import load

    sidecar = read(folder)
    if sidecar is None:
        raise NotFound(f"{folder} holds no converted case")
    image, mask = sidecar["images"][sidecar["grid"]], sidecar["mask"]
    return (
        load(folder / image["file"], image["unit"]),
        load(folder / mask["file"], mask["unit"]) if mask else None,
    )


def members_digests(tree: Tree, case: Case) -> dict[str, str]:
    """Return, per channel and for the mask, the SHA-256 over its raw files' names and bytes."""
    refs = {**case.images, **({MASK: case.mask} if case.mask else {})}
    seen: dict[str, str] = {}  # channels of one 4-D file share it
    return {
        name: sha256_bytes("".join(_sums(tree, ref.members, seen)).encode())
        for name, ref in refs.items()
    }


def _sums(tree: Tree, members: Sequence[str], seen: dict[str, str]) -> Iterator[str]:
    for path in members:
        if path not in seen:
            with tree.open(path) as stream:
                seen[path] = sha256_stream(stream)
        yield f"{seen[path]}  {path}\n"


def stands(
    sidecar: Sidecar | None, folder: Path, facts: Mapping[str, Any], members: Mapping[str, str]
) -> bool:
    """Tell whether the case in *folder* is what converting it again would write.

    *facts* are what its sidecar must say; *members* the digests of the raw files.
    """
    if sidecar is None or any(sidecar.get(key) != value for key, value in facts.items()):
        return False
    made_of = {name: entry["members_sha256"] for name, entry in volumes(sidecar)}
    return made_of == members and intact(sidecar, folder)


def intact(sidecar: Sidecar, folder: Path) -> bool:
    """Tell whether *folder* holds the files that its sidecar names, byte for byte, and no more."""
    named = {e["file"]: (e["size"], e["sha256"]) for _, e in volumes(sidecar)}
    found = {row.path: (row.size, row.sha256) for row in describe(folder) if row.path != NAME}
    return named == found


def is_there(folder: Path) -> bool:
    """Tell whether *folder* holds a converted case with all its files; reads none of them."""
    sidecar = read(folder)
    return sidecar is not None and all((folder / e["file"]).is_file() for _, e in volumes(sidecar))


def manifest_rows(dataset: str, folder: Path) -> list[ManifestRow]:
    """Return the rows of one converted case, as they stand in its dataset's manifest."""
    sidecar = read(folder)
    digests = {e["file"]: e["voxels"] for _, e in volumes(sidecar)} if sidecar else {}
    return [
        ManifestRow(
            path=f"{folder.name}/{row.path}",
            size=row.size,
            sha256=row.sha256,
            voxels=digests.get(row.path, ""),
            source=f"{dataset}/{folder.name}",
        )
        for row in describe(folder)
    ]


def files_digest(rows: Sequence[ManifestRow]) -> str:
    """Return the digest of a case's files, as ``cases.csv`` and ``selection.csv`` hold it."""
    return sha256_bytes(to_csv(rows, ManifestRow))
