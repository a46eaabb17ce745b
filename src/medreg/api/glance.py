"""What lies in a folder, looked at quickly: how much there is, and a sample of its names.

Names are kept by their form (``case_00012`` is ``case_#``), some of each, so that a folder of a
million slices is known by a few hundred of them.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from medreg.errors import Misuse, NotFound, Refused
from medreg.files.archive import ending, open_archive
from medreg.files.names import is_litter
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from medreg.files.archive import Archive

OF_FOLDER, OF_FORM, IN_ALL = 24, 240, 5000  # names that are kept
LITTER = 20  # names of litter that are kept
PACKED_MOST = 4 << 30  # bytes of a .tar.gz that is read to see its members


@dataclass(frozen=True, slots=True)
class Glance:
    """*files* of *size* bytes below *root*, some of their names, and what is litter."""

    root: Path
    files: int
    size: int
    names: Sequence[str]
    litter: Sequence[str]
    litter_files: int


def form(name: str) -> str:
    """Return what names of one kind share.

    >>> form("case_00012/imaging.nii.gz")
    'case_#/imaging.nii.gz'
    """
    return re.sub(r"\d+", "#", name)


def keys(path: str) -> str:
    """Return what tells the place of a file among others: its name and its folder's, by form."""
    return form("/".join(path.split("/")[-2:]))


def glance(root: Path) -> Glance:
    """Look at every name below *root* once; opens no file, follows no link."""
    if not root.is_dir():
        if root.exists():
            raise Misuse(f"{root} is a file", hint="medreg adopt takes a folder")
        raise NotFound(
            f"there is no folder {root}", hint="is its disk mounted? medreg adopt takes a folder"
        )
    forms: Counter[str] = Counter()
    names: list[str] = []
    litter: list[str] = []
    files = size = litter_files = 0
    for prefix, entries in _folders(root, ""):
        here: Counter[str] = Counter()
        for entry in entries:
            path = f"{prefix}{entry.name}"
            if is_litter(entry.name):
                litter_files += 1
                if len(litter) < LITTER:
                    litter.append(path)
                continue
            files += 1
            size += entry.stat(follow_symlinks=False).st_size
            own, whole = form(entry.name), form(path)
            if here[own] < OF_FOLDER and forms[whole] < OF_FORM and len(names) < IN_ALL:
                here[own] += 1
                forms[whole] += 1
                names.append(path)
    return Glance(root, files, size, names, litter, litter_files)


def every(root: Path) -> Iterator[str]:
    """Yield every file below *root* that is no litter, by its path from there."""
    for prefix, entries in _folders(root, ""):
        for entry in entries:
            if not is_litter(entry.name):
                yield f"{prefix}{entry.name}"


def folders(root: Path) -> list[Path]:
    """Return the folders directly in *root*, in natural order."""
    with os.scandir(root) as entries:
        found = [e.name for e in entries if e.is_dir(follow_symlinks=False)]
    return [root / name for name in sorted(found, key=natural) if not is_litter(name)]


def _folders(folder: Path, prefix: str) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
    """Yield the files of each folder, one folder at a time."""
    files, inner = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not is_litter(entry.name):
                    inner.append(entry.name)
            else:
                files.append(entry)
    files.sort(key=lambda entry: natural(entry.name))
    yield prefix, files
    del files
    for name in sorted(inner, key=natural):
        yield from _folders(folder / name, f"{prefix}{name}/")


class Tree:
    """The files *names* below *root* as a `medreg.model.Tree`; archives look like folders.

    What cannot be opened stays a file, and *damaged* says why.
    """

    def __init__(self, root: Path, names: Iterable[str]) -> None:
        self._root = root
        self._files: dict[str, str] = {}
        self._archives: dict[str, Archive] = {}
        self.real: dict[str, str] = {}  # folder of an archive -> its name
        self.damaged: dict[str, str] = {}
        for name in names:
            suffix = ending(name)
            if not suffix or not self._open(name, name[: -len(suffix)]):
                self._files[name] = name
        inside = (f"{at}/{p}" for at, archive in self._archives.items() for p in archive.paths)
        self._paths = tuple(sorted([*self._files, *inside], key=natural))

    def _open(self, name: str, at: str) -> bool:
        file = self._root / name
        if not name.lower().endswith((".zip", ".tar")) and file.stat().st_size > PACKED_MOST:
            self.damaged[name] = "too large to look into before it is registered"
            return False
        try:
            self._archives[at] = open_archive(file, name)
        except Refused as refusal:
            self.damaged[name] = refusal.message
            return False
        self.real[at] = name
        return True

    def paths(self) -> Sequence[str]:
        """Return every path, in natural order."""
        return self._paths

    def open(self, path: str) -> BinaryIO:
        """Open one file; raises `NotFound`."""
        if path in self._files:
            return cast("BinaryIO", (self._root / path).open("rb"))
        for at, archive in self._archives.items():
            if path.startswith(f"{at}/") and path[len(at) + 1 :] in archive.paths:
                return archive.open(path[len(at) + 1 :])
        raise NotFound(f"there is no file {path!r}")

    def read(self, path: str) -> bytes:
        """Return one file's bytes."""
        with self.open(path) as stream:
            return stream.read()

    def container(self, path: str) -> str:
        """Return the real file that holds *path*, from the root."""
        return next((n for at, n in self.real.items() if path.startswith(f"{at}/")), path)

    def loose(self, path: str) -> str | None:
        """Return where a file lies on disk; None for a member of an archive."""
        return str(self._root / path) if path in self._files else None

    def containers(self) -> Sequence[str]:
        """Return every real file, archives included, in natural order."""
        return sorted([*self._files, *self.real.values()], key=natural)

    def size(self, path: str) -> int:
        """Return the bytes of a real file."""
        return (self._root / path).stat().st_size

    def real_file(self, path: str) -> Path:
        """Return where a real file lies."""
        return self._root / path

    def close(self) -> None:
        """Close the archives."""
        for archive in self._archives.values():
            archive.close()


@contextmanager
def tree(root: Path, names: Iterable[str]) -> Iterator[Tree]:
    """Yield the tree of *names*, closed afterwards."""
    made = Tree(root, names)
    try:
        yield made
    finally:
        made.close()


def share(part: float, whole: int) -> float:
    """Return *part* of *whole*, 0 of nothing."""
    return part / whole if whole else 0.0


def suffixes(paths: Iterable[str]) -> frozenset[str]:
    """Return the forms of all ends of *paths*: ``b/c.nii`` and ``c.nii`` of ``a/b/c.nii``."""
    forms = {form(path) for path in paths}
    return frozenset(end for one in forms for end in _ends(one))


def likeness(listed: Iterable[str], here: frozenset[str]) -> float:
    """Return how far listed paths are found among the ends of those that are *here*, 0 to 1."""
    forms = sorted({form(path) for path in listed})
    depths = [_depth(one, here) / (one.count("/") + 1) for one in forms]
    return share(sum(depths), len(depths))


def _depth(path: str, here: frozenset[str]) -> int:
    return next((end.count("/") + 1 for end in _ends(path) if end in here), 0)


def _ends(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[at:]) for at in range(len(parts)))
