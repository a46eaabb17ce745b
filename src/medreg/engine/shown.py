"""Files on a shared file system that shows late what another machine wrote.

Whoever speaks of a file says its *mark*: its path from the registry's root, and the digest of what
is there, or its size where reading it would cost too much. Whoever hears waits until it sees the
same. The clock runs once for all that is awaited together.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.files.hashing import sha256_bytes, sha256_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medreg.report import Mark

LOOK = 0.2  # seconds between two looks
CODE = "*.py"  # what counts of a folder
BYTES = "bytes "  # begins the mark of a size


def marks(root: Path, files: Iterable[Path]) -> tuple[Mark, ...]:
    """Return the mark of each of *files* by its content; of a folder, that of its Python files."""
    return tuple((file.relative_to(root).as_posix(), _digest(file)) for file in files)


def sizes(root: Path, files: Iterable[Path]) -> tuple[Mark, ...]:
    """Return the mark of each of *files* by its size."""
    return tuple((file.relative_to(root).as_posix(), _size(file)) for file in files)


def unseen(root: Path, wanted: Sequence[Mark], until: float) -> str:
    """Wait until all that is *wanted* is seen below *root*; return the first path that is not.

    No longer than *until*, by the monotonic clock; it looks once at least.
    """
    rest = list(wanted)
    while rest := [mark for mark in rest if not _seen(root, mark)]:
        if time.monotonic() > until:
            return rest[0][0]
        time.sleep(LOOK)
    return ""


class Listing:
    """Names that folders must list before anybody walks through them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: dict[Path, set[str]] = defaultdict(set)

    def add(self, wanted: Sequence[Mark]) -> None:
        """Add what answers told of."""
        for path, _ in wanted:
            file = Path(path)
            for one in (file, file.parent):
                if one.name:
                    self._names[one.parent].add(one.name)

    def unlisted(self, until: float) -> str:
        """Wait until all names are listed; return the first path that is not: see `unseen`."""
        for folder, names in sorted(self._names.items()):
            while rest := names - _listed(self._root / folder):
                if time.monotonic() > until:
                    return str(folder / min(rest))
                time.sleep(LOOK)
        return ""


def _listed(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))  # noqa: PTH208 - names alone, of very many
    except FileNotFoundError:
        return set()


def _seen(root: Path, mark: Mark) -> bool:
    path, told = mark
    return told == (_size if told.startswith(BYTES) else _digest)(root / path)


def _size(file: Path) -> str:
    try:
        return f"{BYTES}{file.stat().st_size}"
    except OSError:
        return ""


def _digest(file: Path) -> str:
    try:
        if file.is_dir():
            code = sorted(file.rglob(CODE))
            return sha256_bytes(
                "".join(f"{one.name} {sha256_file(one)}\n" for one in code).encode()
            )
        return sha256_file(file)
    except OSError:  # not there, or just being replaced
        return ""
