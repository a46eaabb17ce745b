"""Gzip, fast, and the same bytes whatever the time, the file's name or the number of threads.

The content is cut into chunks of a fixed rule; each is deflated on its own, by as many threads as
there are processors, and all make one member (RFC 1952): every chunk but the last ends in a full
flush, which leaves the next one nothing to look back at.
"""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO

from medreg.imaging.guard import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Chunk = Callable[[], bytes | memoryview]

LEVEL = 2  # of isal: the same bytes on every x86 CPU tried, unlike level 3
CHUNK = 4 << 20  # bytes of content that a chunk holds at least; part of the format
HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # no time, no name, no system
RAW = -15  # window bits of a deflate stream without a header of its own
END = b"\x03\x00"  # an empty last block


def write(chunks: Sequence[Chunk], target: BinaryIO, threads: int | None = None) -> None:
    """Write the content that *chunks* return, in their order, as one gzip member.

    Each is called once, in a thread; the bytes written do not depend on *threads*.
    """
    from isal import isal_zlib

    target.write(HEADER)
    checksum = size = 0
    with ThreadPoolExecutor(threads or processors()) as pool:
        for deflated, crc, length in pool.map(_deflated, chunks):
            target.write(deflated)
            checksum = isal_zlib.crc32_combine(checksum, crc, length)
            size += length
    target.write(END + struct.pack("<LL", checksum, size % 2**32))


def grouped(sizes: Iterable[int]) -> list[range]:
    """Return runs of consecutive blocks of *sizes* bytes that a chunk holds each.

    >>> grouped([CHUNK - 1, 1, CHUNK, 5])
    [range(0, 2), range(2, 3), range(3, 4)]
    """
    runs: list[range] = []
    start = held = end = 0
    for end, size in enumerate(sizes, start=1):
        held += size
        if held >= CHUNK:
            runs.append(range(start, end))
            start, held = end, 0
    return [*runs, range(start, end)] if start < end else runs


def _deflated(chunk: Chunk) -> tuple[bytes, int, int]:
    """Return a chunk deflated, its checksum and its length."""
    from isal import isal_zlib

    content = chunk()
    deflate = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, RAW)
    body = deflate.compress(content) + deflate.flush(isal_zlib.Z_FULL_FLUSH)
    return body, isal_zlib.crc32(content), len(content)
