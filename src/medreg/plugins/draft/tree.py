"""A folder on disk as the raw tree that fetching it would make, with nothing copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from medreg.errors import NotFound
from medreg.files.archive import ending, open_archive
from medreg.sources.items import OneFile, OneSeries, items_below
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.files.archive import Archive


class PlannedTree:
    """A `Tree` over *files* (path -> file) and *archives* (path without ending -> archive).

    *series* are the paths of one DICOM series each, by the folder that they will look like.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        archives: Mapping[str, Archive],
        series: Mapping[str, Sequence[str]],
    ) -> None:
        self._files, self._archives, self.series = files, archives, series
        inside = (f"{at}/{path}" for at, archive in archives.items() for path in archive.paths)
        self._paths = tuple(sorted([*files, *inside], key=natural))

    def paths(self) -> Sequence[str]:
        """Return every file's path, in natural order."""
        return self._paths

    def open(self, path: str) -> BinaryIO:
        """Open one file; raises `NotFound` for an unknown path."""
        if path in self._files:
            return cast("BinaryIO", self._files[path].open("rb"))
        for at, archive in self._archives.items():
            inner = path.removeprefix(f"{at}/")
            if inner != path and inner in archive.paths:
                return archive.open(inner)
        raise NotFound(f"there is no file {path!r}")

    def read(self, path: str) -> bytes:
        """Return one file's bytes."""
        with self.open(path) as stream:
            return stream.read()

    def container(self, path: str) -> str:
        """Return the path itself: nothing is packed yet."""
        return path


def planned(place: Path) -> PlannedTree:
    """Return the tree that fetching *place*, a folder, would make.

    Raises `Refused` for a link that leaves it and for a hostile archive.
    """
    files: dict[str, Path] = {}
    archives: dict[str, Archive] = {}
    series: dict[str, list[str]] = {}
    for path, item in items_below(place, "", place, []):
        if isinstance(item, OneSeries):
            folder = path.removesuffix(".zip")
            members = {f"{folder}/{name}": file for name, file in item.members.items()}
            series[folder] = sorted(members, key=natural)
            files |= members
        elif isinstance(item, OneFile) and ending(path):
            archives[path[: -len(ending(path))]] = open_archive(item.file, path)
        elif isinstance(item, OneFile):
            files[path] = item.file
    return PlannedTree(files, archives, series)
