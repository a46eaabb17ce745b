"""Bytes from a stream that may be gzipped and may end too early."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from medreg.errors import Refused
from medreg.imaging.guard import refusing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

CHUNK = 4 << 20
GZIP_MAGIC = b"\x1f\x8b"


class _Rejoined(io.RawIOBase):
    """A stream of which the first bytes were read already, and are read again."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self.start, self.rest = start, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self.start or self.rest.read(len(view))
        self.start = data[len(view) :]
        view[: len(data[: len(view)])] = data[: len(view)]
        return len(data[: len(view)])


@contextmanager
def inflated(stream: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """Yield the bytes of *stream*, decompressed if they are gzip (told by content, not name).

    Raises `Refused` naming *name* for a damaged archive; never closes *stream*.
    """
    from isal import igzip

    start = stream.read(len(GZIP_MAGIC))
    joined = cast("BinaryIO", _Rejoined(start, stream))
    if start != GZIP_MAGIC:
        yield joined
        return
    with refusing(name, "gzip"), igzip.IGzipFile(fileobj=joined) as source:
        yield cast("BinaryIO", source)


def take(source: BinaryIO, size: int, name: str) -> bytearray:
    """Return the next *size* bytes; raises `Refused` when the file ends before.

    Memory grows with what is really there, not with what a header claims.
    """
    taken = bytearray()
    while len(taken) < size:
        chunk = source.read(min(CHUNK, size - len(taken)))
        if not chunk:
            raise Refused(f"{name} is truncated: {size - len(taken):,} of {size:,} bytes missing")
        taken += chunk
    return taken


def skip(source: BinaryIO, size: int, name: str) -> None:
    """Pass over *size* bytes; raises `Refused` when the file ends before."""
    while size > 0:
        size -= len(take(source, min(CHUNK, size), name))
