"""Put what is pulled in its place as soon as it is in the cache, and hash it where it lies.

Other objects are on their way meanwhile, so that proof costs little time of its own. What was not
hashed here, or was touched since, is read at the end: see `medreg.versions.verify`.
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from medreg.errors import MedregError
from medreg.files.atomic import machine_errors, part_of, shared
from medreg.files.hashing import sha256_file
from medreg.versions.hashed import Hashed
from medreg.versions.objects import cached
from medreg.versions.proved import Sign, sign
from medreg.versions.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from dvc.repo import Repo

    from medreg.files.manifest import Difference
    from medreg.tables import ManifestRow
    from medreg.versions.objects import Piece

OWN_BYTES = {"reflink", "copy"}  # of DVC's ways to fill a workspace: no file is a link to another


class Landing:
    """What was put in its place, and the SHA-256 that it has there; *md5* is what DVC may know."""

    def __init__(self) -> None:
        self.md5 = Hashed()
        self._files: dict[Path, tuple[Sign, str]] = {}

    def __contains__(self, file: Path) -> bool:
        return file in self._files

    def standing(self, folder: Path, rows: Sequence[ManifestRow]) -> list[Difference]:
        """Compare what lay below *folder* before; what is as *rows* say need not be read again."""
        before = {row: sign(folder / row.path) for row in rows}
        differences = verify(folder, rows)
        wrong = {difference.path for difference in differences}
        for row, was in before.items():
            if was and row.path not in wrong:
                self._files[folder / row.path] = was, row.sha256
        return differences

    @contextmanager
    def of(
        self, repo: Repo, target: Callable[[Piece], Path]
    ) -> Iterator[Callable[[Iterable[Piece]], None]]:
        """Yield what puts objects of the cache at their *target*; it is done when the block ends.

        Nothing that lies there is touched, and nothing happens where DVC is set to fill workspaces
        with links. Raises `CannotHere` for a full disk or a missing permission; other obstacles
        are left to whoever comes next, and names them.
        """
        under_way: list[Future[None]] = []
        copies = set(repo.cache.local.cache_types) <= OWN_BYTES

        def landed(pieces: Iterable[Piece]) -> None:
            under_way.extend(
                pool.submit(self._put, cached(repo, piece.md5), target(piece), piece.md5)
                for piece in pieces
                if copies and not piece.is_list
            )

        cores = len(os.sched_getaffinity(0))
        with ThreadPoolExecutor(cores) as pool:  # hashing lets go of Python's lock
            try:
                yield landed
                for one in under_way:
                    one.result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _put(self, source: Path, target: Path, md5: str) -> None:
        try:
            if put(source, target):
                before = sign(target)
                digest = sha256_file(target)
                self.md5(target, md5)
                if before:
                    self._files[target] = before, digest
        except MedregError:
            raise
        except OSError:  # such as a file where a folder must be
            return

    def proved(self, folder: Path, rows: Sequence[ManifestRow]) -> frozenset[str]:
        """Return the paths of those *rows* hashed below *folder* and not touched since."""
        return frozenset(
            row.path
            for row in rows
            if (found := self._files.get(folder / row.path))
            and found == (sign(folder / row.path), row.sha256)
            and found[0][0] == row.size
        )


def put(source: Path, target: Path) -> bool:
    """Copy a file to where nothing lies, whole or not at all; tell whether that was so.

    Its temporary is named as DVC's, so that `dvc.checkout` finds what a kill leaves.
    """
    with machine_errors(target):
        if os.path.lexists(target):
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        part = temporary(target)
        try:
            if not shared(source, part):
                shutil.copyfile(source, part)
            part.replace(target)
        except BaseException:  # tidied up, and raised again
            part.unlink(missing_ok=True)
            raise
    return True


def temporary(target: Path) -> Path:
    """Return where `put` writes a file before it is whole."""
    return target.with_name(f".{target.name}.tmp")


def sweep(folder: Path, rows: Iterable[ManifestRow]) -> None:
    """Delete what a kill left half-written beside the files of *rows* below *folder*."""
    for row in rows:
        for part in (part_of(folder / row.path), temporary(folder / row.path)):
            with suppress(OSError):
                part.unlink()
