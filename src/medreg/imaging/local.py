"""Files on disk for libraries that take a path: where they lie, or a copy for a while."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from io import UnsupportedOperation
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import Tree


def loose(tree: Tree, path: str) -> str | None:
    """Return where a file of *tree* lies on disk, if it does and the tree can tell."""
    find = getattr(tree, "loose", None)
    return None if find is None else find(path)


def head_of(file: str, size: int) -> bytes:
    """Return the first *size* bytes of a file on disk."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(descriptor, size, 0)
    finally:
        os.close(descriptor)


def fill(tree: Tree, path: str, offset: int, buffer: memoryview) -> int:
    """Read a file's bytes from *offset* on into *buffer*; return how many there were."""
    file, had = loose(tree, path), 0
    if file:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            while had < len(buffer) and (
                more := os.preadv(descriptor, [buffer[had:]], offset + had)
            ):
                had += more
        finally:
            os.close(descriptor)
        return had
    with tree.open(path) as stream:
        stream.seek(offset)
        while had < len(buffer) and (more := stream.readinto(buffer[had:])):  # type: ignore[attr-defined] # streams of archives have it
            had += more
    return had


@contextmanager
def on_disk(tree: Tree, paths: Sequence[str]) -> Iterator[Path]:
    """Give the first of *paths* as a file, the others beside it.

    A single file that lies loose is given where it lies; a member of an archive is copied.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for path in paths:
            with tree.open(path) as stream:
                loose = _file(stream) if len(paths) == 1 else None
                if loose:
                    yield loose
                    return
                with (Path(scratch) / PurePosixPath(path).name).open("wb") as copy:
                    shutil.copyfileobj(stream, copy)
        yield Path(scratch) / PurePosixPath(paths[0]).name


def _file(stream: BinaryIO) -> Path | None:
    """Return where the file of *stream* lies, if it is one."""
    try:
        stream.fileno()
    except (UnsupportedOperation, AttributeError):
        return None
    name = getattr(stream, "name", None)
    return Path(name) if isinstance(name, str) else None
