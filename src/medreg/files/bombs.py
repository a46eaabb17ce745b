"""Refuse archives that declare more than honest ones ever do.

A mask is mostly zeros: deflate, which cannot do better than 1032:1, packs an honest one several
hundred times. So a ratio alone proves nothing below that; above it, or together with a size that
would fill a memory or a disk, it does.
"""

from __future__ import annotations

from medreg.errors import Refused

GIB = 1 << 30
IMPOSSIBLE = 1100  # no deflated file shrinks more
HIGH = 200  # more than a whole archive of images, less than one of masks
SMALL = 1 << 20  # below this many bytes, nothing is a bomb
LARGE_FILE = 4 * GIB
LARGE_TOTAL = 256 * GIB
MOST_FILES = 5_000_000


class Watch:
    """Adds up what the archive *where*, of *packed* bytes, declares."""

    def __init__(self, where: str, packed: int) -> None:
        self._where, self._packed = where, packed
        self._count = self._total = 0

    def declare(self, path: str, size: int, packed: int) -> None:
        """Count one file; raises `Refused` when it, or all of them so far, is a trap."""
        self._count += 1
        self._total += size
        if _is_bomb(size, packed, LARGE_FILE):
            raise Refused(
                f"{self._where}: the member {path!r} declares {size:,} bytes in {packed:,}: "
                "a decompression bomb"
            )
        if self._count > MOST_FILES:
            raise Refused(f"{self._where}: it declares more than {MOST_FILES:,} files")
        if _is_bomb(self._total, self._packed, LARGE_TOTAL):
            raise Refused(
                f"{self._where}: its members declare {self._total:,} bytes in {self._packed:,}: "
                "a decompression bomb"
            )


def _is_bomb(size: int, packed: int, large: int) -> bool:
    return size > SMALL and (size > packed * IMPOSSIBLE or (size > large and size > packed * HIGH))
