"""The raw folder as a tree: archives are read in place and look like folders of their own name.

Refused, naming archive and member: absolute names and ``..``, links and devices, encrypted
members, names that are there twice or differ in case only, names that are not valid Unicode,
overlapping members and declared sizes that no honest archive has; and any damage.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self, cast

from medreg.errors import NotFound, Refused
from medreg.files.names import is_litter, member_path, refuse_collisions
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz")


class Archive(Protocol):
    """One archive that was found safe and is open."""

    @property
    def paths(self) -> Collection[str]:
        """The paths of its files."""

    def open(self, path: str) -> BinaryIO:
        """Open one of them."""

    def copy(self, target: Path, *, without: Collection[str]) -> None:
        """Write an archive of the same kind, of all files but those and litter, to *target*."""

    def close(self) -> None:
        """Let go of it."""


def ending(name: str) -> str:
    """Return the archive ending of *name*, or an empty string.

    >>> ending("Task03_Liver.tar"), ending("volume-0.nii.gz")
    ('.tar', '')
    """
    return next((name[-len(e) :] for e in ENDINGS if name.lower().endswith(e)), "")


def open_archive(file: Path, label: str) -> Archive:
    """Open the archive *file* after looking at every member.

    *label* is its own name, which tells its kind and stands in errors; *file* may be a temporary.

    Raises `Refused` when it is damaged, incomplete or hostile.
    """
    from medreg.files.tars import Tar
    from medreg.files.zips import Zip

    kind = Zip if ending(label).lower() == ".zip" else Tar
    return kind(file, label)


class RawTree:
    """The files below *folder*, those in archives included: see `medreg.model.Tree`.

    Hidden files and what operating systems leave behind (``__MACOSX``, ``Thumbs.db``) are left
    out. Each archive is opened when it is first needed. Archives within archives are plain files.
    Of *only* these files, by their paths in the folder; of all when None.
    """

    def __init__(self, folder: Path, only: Collection[str] | None = None) -> None:
        if not folder.is_dir():
            raise NotFound(f"there is no folder {folder}")
        files: dict[str, str] = {}
        archives: dict[str, list[str]] = {}
        for path in sorted(_files_below(folder, ""), key=natural):
            if only is not None and path not in only:
                continue
            suffix = ending(path)
            if suffix:
                archives.setdefault(path[: -len(suffix)], []).append(path)
            else:
                files[path] = path
        self._hold(folder, files, archives)

    def _hold(self, folder: Path, files: dict[str, str], archives: dict[str, list[str]]) -> None:
        self._folder = folder
        self._files = files  # path in the tree -> path of the real file
        self._archives = archives  # folder in the tree -> archives that look so
        self._opened: dict[str, Archive] = {}
        self._paths: tuple[str, ...] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every archive that was opened."""
        for archive in self._opened.values():
            archive.close()
        self._opened.clear()

    def paths(self) -> Sequence[str]:
        """Return every file's path, in natural order; raises `Refused` for a bad archive."""
        if self._paths is None:
            found = list(self._files)
            for prefix, archives in self._archives.items():
                for archive in archives:
                    found += (f"{prefix}/{path}" for path in self._archive(archive).paths)
            refuse_collisions(found, str(self._folder))
            self._paths = tuple(sorted(found, key=natural))
        return self._paths

    def open(self, path: str) -> BinaryIO:
        """Open one file for reading; it can seek.

        Raises `NotFound` for an unknown path and `Refused` for a bad archive.
        """
        archive, inner = self._located(path)
        if archive:
            return self._archive(archive).open(inner)
        return cast("BinaryIO", (self._folder / inner).open("rb"))

    def read(self, path: str) -> bytes:
        """Return one file's bytes; raises as `open` does."""
        with self.open(path) as stream:
            return stream.read()

    def loose(self, path: str) -> str | None:
        """Return where a file lies on disk; None for a member of an archive."""
        inner = self._files.get(path)
        return None if inner is None else f"{self._folder}/{inner}"

    def container(self, path: str) -> str:
        """Return the path, relative to the folder, of the real file that holds *path*."""
        archive, inner = self._located(path)
        return archive or inner

    def _located(self, path: str) -> tuple[str, str]:
        """Return the archive that holds *path* (empty: none) and the path in it."""
        if path in self._files:
            return "", path
        prefix = path
        while prefix:
            prefix, _, _ = prefix.rpartition("/")
            inner = path[len(prefix) + 1 :]
            for archive in self._archives.get(prefix, ()):
                if inner in self._archive(archive).paths:
                    return archive, inner
        raise NotFound(f"{self._folder} holds no file {path!r}")

    def _archive(self, path: str) -> Archive:
        if path not in self._opened:
            self._opened[path] = open_archive(self._folder / path, path)
        return self._opened[path]


def _files_below(folder: Path, prefix: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_litter(entry.name):
                continue
            path = member_path(f"{prefix}{entry.name}", str(folder))
            if entry.is_dir(follow_symlinks=False):
                yield from _files_below(Path(entry.path), f"{path}/")
            elif entry.is_file(follow_symlinks=False):
                yield path
            else:
                raise Refused(f"{entry.path} is a link or a device, not a file")
