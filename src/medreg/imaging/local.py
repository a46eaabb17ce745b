"""Files on disk for libraries that take a path: where they lie, or a copy for a while."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from io import UnsupportedOperation
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import Tree


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
