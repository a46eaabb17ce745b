"""Read-only streams over a part of a file, and errors that name the file they come from."""

from __future__ import annotations

import errno
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from medreg.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

DAMAGE = (
    EOFError,
    NotImplementedError,  # a compression method that nobody uses
    RuntimeError,  # zipfile's word for encrypted
    ValueError,  # offsets that lead nowhere; names that are not in their encoding
    lzma.LZMAError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def damaged(where: str) -> Iterator[None]:
    """Turn whatever a broken archive raises into `Refused`, naming *where* it was read."""
    try:
        yield
    except DAMAGE as error:
        raise _refusal(where, error) from error
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # bzip2's damage; a seek to nowhere
            raise
        raise _refusal(where, error) from error


def _refusal(where: str, error: Exception) -> Refused:
    reason = str(error) or type(error).__name__
    return Refused(
        f"{where} is damaged or incomplete: {reason}",
        hint="download it again; if it comes the same, tell the publisher",
    )


def guarded(stream: io.BufferedIOBase | io.RawIOBase, where: str) -> BinaryIO:
    """Return *stream* buffered, with its damage reported as `Refused`, naming *where*."""
    return cast("BinaryIO", io.BufferedReader(_Guarded(stream, where), 1 << 16))


class _Above(io.RawIOBase):
    """A stream that is read, and sought in, by way of another, which closes with it."""

    _stream: io.BufferedIOBase | io.RawIOBase

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Guarded(_Above):
    def __init__(self, stream: io.BufferedIOBase | io.RawIOBase, where: str) -> None:
        self._stream, self._where = stream, where

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        with damaged(self._where):
            return self._stream.readinto(buffer)

    def readall(self) -> bytes:
        with damaged(self._where):
            return self._stream.read() or b""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with damaged(self._where):
            return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


class Window(_Above):
    """The *size* bytes of *stream* that begin at *offset*; closing it closes *stream*."""

    def __init__(self, stream: io.RawIOBase, offset: int, size: int) -> None:
        self._stream, self._offset, self._size = stream, offset, size
        self._position = 0

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read up to ``len(buffer)`` bytes; raises EOFError where *stream* ends too early."""
        view = memoryview(buffer).cast("B")
        view = view[: max(0, self._size - self._position)]
        if not view:
            return 0
        self._stream.seek(self._offset + self._position)
        count = self._stream.readinto(view) or 0
        if not count:
            raise EOFError("it ends too early")
        self._position += count
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position within the window."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError(f"negative position {start + offset}")
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        """Return the position within the window."""
        return self._position


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where inflating can be taken up again: the state of zlib between two chunks of input."""

    position: int  # in the inflated stream
    input: int  # in the compressed file
    state: zlib._Decompress


GZIP = 16 + zlib.MAX_WBITS  # gzip header and trailer, with its CRC checked
SPAN = 32 << 20  # inflated bytes between checkpoints: the most that a seek inflates for nothing
CHUNK = 1 << 18


def beginning() -> list[Checkpoint]:
    """Return the checkpoints of a gzip file of which nothing was read yet."""
    return [Checkpoint(0, 0, zlib.decompressobj(GZIP))]


class Gunzip(_Above):
    """The inflated bytes of a gzip file, with seeks that do not begin from the start.

    *checkpoints* begins as `beginning` and grows while the file is read; streams over one file
    share it. About 45 kB of memory per 32 MiB. Files of several gzip members read as one.
    """

    def __init__(self, file: Path, checkpoints: list[Checkpoint]) -> None:
        self._stream = file.open("rb", buffering=0)
        self._checkpoints = checkpoints
        self._restore(checkpoints[0])

    def _restore(self, checkpoint: Checkpoint) -> None:
        self._position = checkpoint.position
        self._stream.seek(checkpoint.input)
        self._inflate = checkpoint.state.copy()
        self._input = b""

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Inflate up to ``len(buffer)`` bytes; raises EOFError where the file is cut off."""
        view = memoryview(buffer).cast("B")
        data = self._inflated(len(view)) if view else b""
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _inflated(self, size: int) -> bytes:
        while True:
            last = not self._input and not self._refill()
            if self._inflate.eof:
                self._input = self._input.lstrip(b"\0")  # padding, as on tapes
                if last:
                    return b""
                if not self._input:
                    continue
                self._inflate = zlib.decompressobj(GZIP)
            data = self._inflate.decompress(self._input, size)
            self._input = self._inflate.unconsumed_tail or self._inflate.unused_data
            if data:
                return data
            if last and not self._inflate.eof:
                raise EOFError("its compressed data ends too early")

    def _refill(self) -> bool:
        if self._position >= self._checkpoints[-1].position + SPAN:
            here = Checkpoint(self._position, self._stream.tell(), self._inflate.copy())
            self._checkpoints.append(here)
        self._input = self._stream.read(CHUNK) or b""
        return bool(self._input)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position of the inflated stream, from its start or from here."""
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation("the inflated size is not known")
        target = offset + (self._position if whence == io.SEEK_CUR else 0)
        nearest = max(
            (c for c in self._checkpoints if c.position <= target), key=lambda c: c.position
        )
        if not nearest.position <= self._position <= target:
            self._restore(nearest)
        spare = bytearray(min(1 << 20, target - self._position))
        while self._position < target:
            if not self.readinto(memoryview(spare)[: target - self._position]):
                break
        return self._position

    def tell(self) -> int:
        """Return the position in the inflated stream."""
        return self._position
