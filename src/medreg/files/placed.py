"""Files that were registered where they lie, read there as if they had been brought.

A `Placed` is one raw file and what it is made from: a file, or the loose DICOM files of a series,
whose raw file would be one stored zip. The tree looks as if that zip lay in the raw folder.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from medreg.errors import BytesDiffer, NotFound
from medreg.files.archive import RawTree, ending
from medreg.files.pack import add_stored
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

HELD = 64 << 20  # bytes of one member in memory: a slice is a hundredth of it


@dataclass(frozen=True, slots=True)
class Placed:
    """The raw file *raw*: its bytes, and its *parts* as (path, size, mtime_ns) where they lie."""

    raw: str
    size: int
    sha256: str
    packed: bool  # the parts are members of a zip that nobody wrote
    parts: tuple[tuple[str, int, int], ...]


class PlacedTree(RawTree):
    """The tree of raw files *placed* below the folder *place*.

    A file that has changed since it was registered is not read: opening it raises `BytesDiffer`.
    """

    def __init__(self, place: Path, placed: Iterable[Placed]) -> None:
        if not place.is_dir():
            raise NotFound(f"there is no folder {place}", hint="is its disk mounted?")
        files: dict[str, str] = {}
        archives: dict[str, list[str]] = {}
        self._known: dict[str, tuple[int, int]] = {}
        for one in placed:
            for path, size, changed in one.parts:
                self._known[path] = (size, changed)
                if one.packed:
                    files[f"{one.raw.removesuffix('.zip')}/{path.rpartition('/')[2]}"] = path
                elif suffix := ending(one.raw):
                    archives.setdefault(one.raw[: -len(suffix)], []).append(path)
                else:
                    files[one.raw] = path
        self._hold(place, files, archives)

    def open(self, path: str) -> BinaryIO:
        """Open one file for reading; raises as `RawTree.open`, and `BytesDiffer`."""
        archive, inner = self._located(path)
        if archive:
            return super().open(path)
        return cast("BinaryIO", self._same(self._files[inner]).open("rb"))

    def loose(self, path: str) -> str | None:
        """Return where a file lies on disk; raises `BytesDiffer` when it has changed."""
        inner = self._files.get(path)
        return None if inner is None else str(self._same(inner))

    def container(self, path: str) -> str:
        """Return the real file, relative to the place, that holds *path*."""
        archive, inner = self._located(path)
        return archive or self._files[inner]

    def _archive(self, path: str) -> Any:
        self._same(path)
        return super()._archive(path)

    def _same(self, path: str) -> Path:
        file = self._folder / path
        try:
            stat = file.stat()
        except FileNotFoundError:
            raise NotFound(f"{file} is gone", hint="is its disk mounted?") from None
        if (stat.st_size, stat.st_mtime_ns) != self._known[path]:
            raise BytesDiffer(
                f"{file} has changed since it was registered",
                hint="medreg fetch NAME compares its bytes with the record",
            )
        return file


def packed_content(members: Mapping[str, Path], moved: Callable[[int], None]) -> tuple[int, str]:
    """Return size and SHA-256 of the zip that `write_stored` would write; writes none."""
    sink = _Sink()
    with zipfile.ZipFile(cast("BinaryIO", sink), "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members, key=natural):
            add_stored(archive, name, members[name])
            moved(members[name].stat().st_size)
    return sink.finish()


class _Sink:
    """What a zip is written to: hashed and forgotten once its writer will not come back to it.

    The writer of a zip returns to the head of a member when its checksum is known, and only then.
    """

    def __init__(self) -> None:
        self._digest, self._done, self._at = hashlib.sha256(), 0, 0
        self._held = tempfile.SpooledTemporaryFile(max_size=HELD)  # noqa: SIM115 - closed by finish
        self._end = 0  # of what was written
        self._closed = False  # the member's head was written anew

    def write(self, data: bytes) -> int:
        if self._at < self._end:
            self._closed = True
        elif self._closed:
            self._forget()
        self._held.seek(self._at - self._done)
        self._held.write(data)
        self._at += len(data)
        self._end = max(self._end, self._at)
        return len(data)

    def tell(self) -> int:
        return self._at

    def seek(self, position: int, whence: int = 0) -> int:
        self._at = self._end if whence == 2 else position  # noqa: PLR2004 - os.SEEK_END
        return self._at

    def seekable(self) -> bool:
        return True

    def flush(self) -> None:
        """Nothing waits."""

    def _forget(self) -> None:
        self._held.seek(0)
        while chunk := self._held.read(1 << 20):
            self._digest.update(chunk)
        self._held.seek(0)
        self._held.truncate()
        self._done, self._closed = self._end, False

    def finish(self) -> tuple[int, str]:
        self._forget()
        self._held.close()
        return self._end, self._digest.hexdigest()
