"""What a folder holds, and how that differs from what it should hold."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from threading import Lock
from typing import TYPE_CHECKING, Literal

from medreg.errors import NotFound, Refused
from medreg.files.hashing import sha256_file, unwatched
from medreg.tables import ManifestRow, natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Set as AbstractSet


@dataclass(frozen=True, slots=True)
class Difference:
    """One file of a folder that is not as its manifest says; *detail* has both values."""

    path: str
    problem: Literal["missing", "differs", "extra"]
    detail: str


def describe(folder: Path, moved: Callable[[int], None] = unwatched) -> list[ManifestRow]:
    """Return path, size and SHA-256 of every file below *folder*, in natural order.

    Hidden files count; empty folders do not. Raises `NotFound`, and `Refused` for a symbolic link
    or anything else that is no regular file: its bytes would not be this folder's.
    """
    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder}")
    rows = []
    for path in _files_below(folder):
        file = folder / path
        found = file.lstat()
        if not S_ISREG(found.st_mode):
            raise Refused(f"{file} is not a regular file: a content holds files only")
        rows.append(ManifestRow(path=path, size=found.st_size, sha256=sha256_file(file, moved)))
    return rows


def compare(
    folder: Path,
    rows: Sequence[ManifestRow],
    *,
    extra_ok: AbstractSet[str] = frozenset(),
    proved: AbstractSet[str] = frozenset(),
    moved: Callable[[int], None] = unwatched,
) -> list[Difference]:
    """Compare the bytes below *folder* with *rows*; nothing is returned when they agree.

    Every byte is read, by every core: sizes and dates prove nothing. *extra_ok* are paths that may
    lie there unlisted, *proved* those whose bytes somebody vouches for. A link to a file counts as
    the file: DVC may be set to check out that way.
    """
    listed = {row.path: row for row in rows}
    found = _files_below(folder) if folder.is_dir() else []
    differences = [
        Difference(path, "extra", "not in the manifest")
        for path in found
        if path not in listed and path not in extra_ok
    ]
    told = Lock()

    def heard(size: int) -> None:
        with told:
            moved(size)

    rows = [row for row in listed.values() if row.path not in proved]
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:  # hashing lets go of the lock
        problems = pool.map(lambda row: _problem(folder / row.path, row, heard), rows)
        differences += [problem for problem in problems if problem]
    return sorted(differences, key=lambda difference: natural(difference.path))


def _problem(file: Path, row: ManifestRow, moved: Callable[[int], None]) -> Difference | None:
    if not file.is_file():
        return Difference(row.path, "missing", f"{row.size} bytes, sha256 {row.sha256}")
    size = file.stat().st_size
    if size != row.size:
        return Difference(row.path, "differs", f"{size} bytes, not {row.size}")
    digest = sha256_file(file, moved)
    if digest != row.sha256:
        return Difference(row.path, "differs", f"sha256 {digest}, not {row.sha256}")
    return None


def sha256sums(rows: Sequence[ManifestRow]) -> bytes:
    """Write what ``sha256sum -c`` reads; backslashes and line ends are escaped as it does."""
    return "".join(
        _sum_line(row) for row in sorted(rows, key=lambda row: natural(row.path))
    ).encode()


def _sum_line(row: ManifestRow) -> str:
    escaped = row.path.replace("\\", r"\\").replace("\n", r"\n").replace("\r", r"\r")
    mark = "\\" if escaped != row.path else ""
    return f"{mark}{row.sha256}  {escaped}\n"


def _files_below(folder: Path) -> list[str]:
    return sorted(_walk(folder, ""), key=natural)


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), f"{prefix}{entry.name}/")
            else:
                yield f"{prefix}{entry.name}"
