"""Every file below some paths: in folders, in archives, in archives within archives."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self, cast

from medreg.errors import NotFound, Refused
from medreg.files.archive import ending, open_archive
from medreg.files.names import is_litter
from medreg.readiness.facts import Aside
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.files.archive import Archive

NESTED = 3  # archives within archives that are opened


class Mess:
    """A `medreg.model.Tree` over whatever *given* paths hold, each file under the path it has.

    A member's path continues its archive's: ``export.zip/IM1``. Links, devices, and archives that
    are damaged or hostile are in `aside`; hidden files and what operating systems leave behind
    are left out. Raises `NotFound` for a path that does not exist.
    """

    def __init__(self, given: Sequence[Path]) -> None:
        self.aside: list[Aside] = []
        self._files: dict[str, Path] = {}
        self._members: dict[str, tuple[Archive, str]] = {}
        self._open = ExitStack()
        for path in given:
            if not path.exists():
                raise NotFound(f"there is no file or folder {path}")
        try:
            for path in sorted(dict.fromkeys(given), key=lambda p: natural(str(p))):
                self._add(path)
        except BaseException:  # tidied up, and raised again
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every archive, and remove what was unpacked of inner ones."""
        self._open.close()

    def paths(self) -> Sequence[str]:
        """Return every file's path, in natural order."""
        return sorted({**self._files, **self._members}, key=natural)

    def open(self, path: str) -> BinaryIO:
        """Open one file; raises `NotFound` for an unknown path, `Refused` for a bad archive."""
        if path in self._files:
            return cast("BinaryIO", self._files[path].open("rb"))
        if path in self._members:
            archive, inner = self._members[path]
            return archive.open(inner)
        raise NotFound(f"there is no file {path!r} here")

    def read(self, path: str) -> bytes:
        """Return one file's bytes; raises as `open` does."""
        with self.open(path) as stream:
            return stream.read()

    def container(self, path: str) -> str:
        """Return *path*: archives are part of it."""
        return path

    def _add(self, path: Path) -> None:
        if path.is_dir():
            for file in _below(path, self.aside):
                self._add_file(file, str(file))
        else:
            self._add_file(path, str(path))

    def _add_file(self, file: Path, label: str, depth: int = 0) -> None:
        if not ending(label):
            self._files[label] = file
            return
        try:
            archive = open_archive(file, label)
        except Refused as refusal:
            self.aside.append(Aside(label, refusal.message, grave=True))
            return
        self._open.callback(archive.close)
        for inner in sorted(archive.paths, key=natural):
            path = f"{label}/{inner}"
            if ending(inner) and depth < NESTED:
                self._add_inner(archive, inner, path, depth + 1)
            else:
                self._members[path] = (archive, inner)

    def _add_inner(self, archive: Archive, inner: str, label: str, depth: int) -> None:
        """Copy an archive out of an archive, which cannot be read in place."""
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="medreg-")))
        copy = folder / f"inner{ending(inner)}"
        try:
            with archive.open(inner) as source, copy.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
        except Refused as refusal:
            self.aside.append(Aside(label, refusal.message, grave=True))
            return
        self._add_file(copy, label, depth)


def _below(folder: Path, aside: list[Aside]) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: natural(entry.name))
    except PermissionError:
        aside.append(Aside(str(folder), "no permission to read it", grave=True))
        return
    for entry in found:
        if is_litter(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _below(Path(entry.path), aside)
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)
        else:
            aside.append(Aside(entry.path, "a link or a device, not a file"))
