"""One file at a publisher, and what the publisher says of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from medreg.sources.patience import redacted

GIT = "git-sha1"  # of "blob <size>", a zero byte and the content: how git names it


@dataclass(frozen=True, slots=True)
class Remote:
    """The file that will lie at *path*, at the first of *urls* that gives it.

    *checksum* is the publisher's, as ``"md5:<hex>"``; *version* names these very bytes there.
    """

    path: str
    urls: tuple[str, ...]
    size: int | None = None
    checksum: str = ""
    version: str = ""
    note: str = ""  # what a person should know of it
    lone: bool = True  # no other file wanted has the last part of its path

    @property
    def source(self) -> str:
        """Where it comes from, without secrets."""
        return redacted(self.urls[0])

    @property
    def kind(self) -> str:
        """The kind of its checksum; empty when there is none."""
        return self.checksum.partition(":")[0]

    def proved(self, digest: str) -> bool:
        """Tell whether *digest* is the publisher's."""
        return digest == self.checksum.partition(":")[2].lower()


class Digest(Protocol):
    """What bytes are told to, as those of `hashlib`."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take the next bytes."""

    def hexdigest(self) -> str:
        """Return the digest of all bytes so far, in hex."""


class _Crc32:
    """The CRC-32 of gzip and zip (RFC 1952 section 8), the first byte the highest."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes | memoryview, /) -> None:
        from isal.isal_zlib import crc32

        self._value = crc32(data, self._value)

    def hexdigest(self) -> str:
        return f"{self._value:08x}"


def hasher(kind: str, size: int | None = None) -> Digest:
    """Return what computes digests of *kind*, of a file of *size* bytes."""
    if kind == "crc32":
        return _Crc32()
    if kind == GIT:
        return hashlib.sha1(b"blob %d\0" % (size or 0), usedforsecurity=False)
    return hashlib.new(kind, usedforsecurity=False)
