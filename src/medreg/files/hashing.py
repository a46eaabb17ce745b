"""SHA-256 of bytes and files, and the MD5 that DVC names objects by."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHUNK = 1 << 20  # bytes read at once: memory stays flat whatever the file's size


def unwatched(_size: int) -> None:
    """Ignore that bytes moved: the default of every *moved* argument."""


def sha256_bytes(data: bytes) -> str:
    """Return the SHA-256 of *data* in hex."""
    return hashlib.sha256(data).hexdigest()


def sha256_stream(stream: BinaryIO, moved: Callable[[int], None] = unwatched) -> str:
    """Return the SHA-256 of what is left to read of *stream*, in hex; *moved* hears of progress."""
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        moved(len(chunk))
    return digest.hexdigest()


def sha256_file(path: Path, moved: Callable[[int], None] = unwatched) -> str:
    """Return the SHA-256 of a file in hex; *moved* is told of each chunk's size in bytes."""
    with path.open("rb") as stream:
        return sha256_stream(stream, moved)


def md5_file(path: Path) -> str:
    """Return the MD5 of a file in hex: DVC's name of it, proof of nothing against an attacker."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
