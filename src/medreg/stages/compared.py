"""Compare raw files with their record before anything is made of them.

A fetch does not wait for the disk: should power fail within seconds, a raw file may have its size
and other bytes. So this machine notes of each file how it looked when it was hashed, and since
which start of the machine: ``.medreg/compared/<name>.json``. What looks the same, and was hashed
since this start, or read back after one, is not read again; all else is. No program can set back
when a file's entry changed last. A disk that rots is seen by `medreg fetch`, which reads all.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import BytesDiffer
from medreg.files.atomic import whole_file
from medreg.files.hashing import sha256_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from medreg.model import FileRecord
    from medreg.registry import Folder, Registry
    from medreg.report import Progress

START = Path("/proc/sys/kernel/random/boot_id")  # another one after every start of the machine
READ_BACK = ""  # in place of a start: the bytes outlived one
SHOWN = 5  # files to be named

Sign = tuple[int, int, int, int]  # size, inode, mtime, ctime
Note = tuple[int, int, int, int, str, str | None]  # its sign, sha256, since which start


def note(registry: Registry, name: str, rows: Iterable[FileRecord]) -> None:
    """Note that the raw files of *rows* have just been hashed, and are those on record."""
    known = _read(registry, name)
    _write(registry, name, known | dict(_notes(registry.dataset(name), rows, known)))


def compare(
    registry: Registry, name: str, rows: Collection[FileRecord], progress: Progress
) -> None:
    """Raise `BytesDiffer` unless each raw file that is here is the one on record, in *rows*."""
    folder, known = registry.dataset(name), _read(registry, name)
    start, raw = _start(), folder.raw
    wrong: list[str] = []
    doubtful: list[FileRecord] = []
    for row in rows:
        sign = _sign(f"{raw}/{row.path}")
        if sign and sign[0] != row.size:
            wrong.append(f"{row.path}: {row.size:,} bytes on record, {sign[0]:,} here")
        elif sign and not _trusted(known.get(row.path), sign, row, start):
            doubtful.append(row)
    proved = list(_hashed(folder, doubtful, wrong, progress)) if doubtful else []
    if proved:
        _write(registry, name, known | dict(_notes(folder, proved, known)))
    if wrong:
        raise _differ(name, wrong)


def _hashed(
    folder: Folder, doubtful: Collection[FileRecord], wrong: list[str], progress: Progress
) -> Iterator[FileRecord]:
    """Read each file; yield those on record, tell *wrong* of the others."""
    progress.start(f"compare {folder.name} with files.csv", sum(r.size for r in doubtful), "B")
    try:
        for row in doubtful:
            sha256 = sha256_file(folder.raw / row.path, progress.moved)
            if sha256 == row.sha256:
                yield row
            else:
                told = f"sha256 {row.sha256[:12]} on record, {sha256[:12]} here"
                wrong.append(f"{row.path}: {told}")
    finally:
        progress.finish()


def _differ(name: str, wrong: list[str]) -> BytesDiffer:
    more = [f"and {len(wrong) - SHOWN:,} more"] if len(wrong) > SHOWN else []
    lines = "".join(f"\n  {line}" for line in [*wrong[:SHOWN], *more])
    return BytesDiffer(
        f"raw files of {name} are not those on record{lines}",
        hint=f"medreg fetch {name} brings them anew; if these are wanted, delete their rows in "
        "files.csv first",
    )


def _notes(
    folder: Folder, rows: Iterable[FileRecord], known: Mapping[str, Note]
) -> Iterator[tuple[str, Note]]:
    start, raw = _start(), folder.raw
    for row in rows:
        if sign := _sign(f"{raw}/{row.path}"):
            before = known.get(row.path)
            outlived = False
            if before and before[:5] == (*sign, row.sha256):
                outlived = start is not None and before[5] != start
            yield row.path, (*sign, row.sha256, READ_BACK if outlived else start)


def _trusted(noted: Note | None, sign: Sign, row: FileRecord, start: str | None) -> bool:
    if noted is None or noted[:5] != (*sign, row.sha256):
        return False
    return noted[5] == READ_BACK or (start is not None and noted[5] == start)


def _sign(file: str) -> Sign | None:
    try:
        stat = os.stat(file)  # noqa: PTH116  # of thousands of files
    except OSError:
        return None
    return stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns


def _start() -> str | None:
    """Return since when this machine runs; None where it does not say: then all is read."""
    try:
        return START.read_text(encoding="ascii").strip()
    except OSError:
        return None


def _read(registry: Registry, name: str) -> dict[str, Note]:
    try:
        found = json.loads(_file(registry, name).read_bytes())
        return {path: tuple(noted) for path, noted in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # none, or torn: all is read


def _write(registry: Registry, name: str, notes: Mapping[str, Note]) -> None:
    with whole_file(_file(registry, name), durable=False) as part:
        part.write_text(json.dumps(notes), encoding="utf-8")


def _file(registry: Registry, name: str) -> Path:
    return registry.work("compared", name).with_suffix(".json")
