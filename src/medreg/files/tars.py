"""Read the files in a tar, plain or gzipped, in place; the headers are read once."""

from __future__ import annotations

import gzip
import io
import tarfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO, cast

from medreg.errors import Refused
from medreg.files.bombs import Watch
from medreg.files.names import is_litter, member_path, refuse_collisions
from medreg.files.streams import CHUNK, Gunzip, Window, beginning, damaged, guarded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

BLOCK = tarfile.BLOCKSIZE


class Tar:
    """The files in the tar *file*; *label* names it in errors.

    A gzipped one is inflated once, to check it and to remember where to take it up again.
    Raises `Refused` for a damaged tar, and for one with a member that no dataset needs: see
    `medreg.files.archive`.
    """

    def __init__(self, file: Path, label: str) -> None:
        self._file, self._label = file, label
        self._checkpoints = None if label.lower().endswith(".tar") else beginning()
        with damaged(label), self._buffered() as stream:
            found = list(self._walked(stream))
        refuse_collisions((path for path, _, _ in found), label)
        self._members: Mapping[str, tuple[int, int]] = {
            path: (offset, size) for path, offset, size in found if not is_litter(path)
        }

    def _stream(self) -> io.RawIOBase:
        if self._checkpoints is None:
            return self._file.open("rb", buffering=0)
        return Gunzip(self._file, self._checkpoints)

    def _buffered(self) -> BinaryIO:
        return cast("BinaryIO", io.BufferedReader(self._stream(), CHUNK))

    def _walked(self, stream: BinaryIO) -> Iterator[tuple[str, int, int]]:
        """Yield path, offset and size of every file, up to the very end of the archive."""
        packed = self._file.stat().st_size
        watch = Watch(self._label, packed)
        with tarfile.open(fileobj=stream, mode="r:", encoding="utf-8") as tar:
            for info in tar:
                path = member_path(info.name, self._label, is_folder=info.isdir())
                if not info.isdir():
                    self._refuse_odd(info, path)
                    watch.declare(path, info.size, packed)
                    yield path, info.offset_data, info.size
            stream.seek(tar.offset)
        self._refuse_cut(stream)

    def _refuse_odd(self, info: tarfile.TarInfo, path: str) -> None:
        if not info.isreg() or info.issparse():
            raise Refused(
                f"{self._label}: the member {path!r} is a link, a device or sparse, "
                "not a plain file"
            )

    def _refuse_cut(self, stream: BinaryIO) -> None:
        """Raise `Refused` unless zeros end the archive, as POSIX (pax, "ustar") demands.

        Without them nothing tells a whole archive from one cut off, or broken, between members.
        """
        end = stream.read(BLOCK)
        if end != bytes(BLOCK):
            raise tarfile.ReadError("its end is missing" if not end else "a header is damaged")
        while stream.read(CHUNK):
            pass  # a gzip file proves its checksum at its end only

    @property
    def paths(self) -> Collection[str]:
        """The paths of all files but litter."""
        return self._members.keys()

    def open(self, path: str) -> BinaryIO:
        """Open one file; reading it raises `Refused` where its bytes are damaged."""
        offset, size = self._members[path]
        return guarded(Window(self._stream(), offset, size), f"{self._label}: the member {path!r}")

    def copy(self, target: Path, *, without: Collection[str]) -> None:
        """Write a tar of all files but those and litter to *target*, gzipped if this one is."""
        with ExitStack() as stack:
            stream: BinaryIO = stack.enter_context(target.open("wb"))
            if self._checkpoints is not None:
                packed = gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0)
                stream = cast("BinaryIO", stack.enter_context(packed))
            made = stack.enter_context(tarfile.open(fileobj=stream, mode="w", encoding="utf-8"))
            for path, (_, size) in self._members.items():
                if path not in without:
                    info = tarfile.TarInfo(path)
                    info.size = size
                    with self.open(path) as old:
                        made.addfile(info, old)

    def close(self) -> None:
        """Do nothing: every open file has its own handle."""
