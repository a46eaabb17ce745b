"""SHA-256 of bytes and files."""

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
