"""One git of medreg's at a time writes to a repository; what a killed one left is removed."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.files.lock import waited

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "medreg"  # in the git directory; git has no use for it
PATIENCE = 60.0  # seconds for which another command's git is waited for
TEMPORARY = ("*.lock", "refs/**/*.lock", "objects/*/tmp_obj_*", "objects/pack/tmp_*")


@contextmanager
def alone(git_dir: Path) -> Iterator[tuple[int, ...]]:
    """Hold the lock of *git_dir*; yields the descriptors that git must inherit.

    Git inherits the lock, so that a git that outlives its medreg is still waited for. Whoever
    finds the lock free and not tidied up knows that its holder was killed with its git, and
    removes the locks and temporaries that this git left. Where there is no lock to be had, git's
    own locks must do.
    """
    try:
        file = (git_dir / NAME).open("a+", encoding="utf-8")
    except OSError:
        yield ()
        return
    with file:
        if not waited(file.fileno(), PATIENCE):
            yield ()
            return
        if os.fstat(file.fileno()).st_size:
            _mend(git_dir, os.fstat(file.fileno()).st_mtime_ns)
            file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield (file.fileno(),)
        file.truncate(0)


def _mend(git_dir: Path, since: int) -> None:
    """Remove what a git that began at *since* left: unless another git is at work here now."""
    left = [
        path
        for pattern in TEMPORARY
        for path in sorted(git_dir.glob(pattern))
        if path.is_file() and path.stat().st_mtime_ns >= since
    ]
    if left and not _git_at_work(git_dir):
        for path in left:
            path.unlink(missing_ok=True)


def _git_at_work(git_dir: Path) -> bool:
    """Tell whether some git of a person runs in this repository; only Linux can tell."""
    roots = {git_dir, git_dir.parent}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            name = (process / "comm").read_text(encoding="utf-8").strip()
            where = (process / "cwd").readlink()
        except OSError:
            continue  # it has ended, or is another's
        if name.startswith("git") and roots & {where, *where.parents}:
            return True
    return False
