"""A folder of scans and what belongs to it in the folders beside it, as one tree."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO, Self

from medreg.errors import NotFound, Refused
from medreg.files.archive import RawTree
from medreg.imaging.dicom import read_dataset
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydicom import Dataset

MOST = 50  # folders beside that are looked into
LOOKED = ["Modality", "StudyInstanceUID", "FrameOfReferenceUID"]
SPACES = ("FrameOfReferenceUID", "StudyInstanceUID")


class Beside:
    """Several folders as one `medreg.model.Tree`; a path begins with its folder's name."""

    def __init__(self, folder: Path) -> None:
        self._stack = ExitStack()
        self._trees: dict[str, RawTree] = {}
        self._add(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _add(self, folder: Path) -> RawTree:
        tree = self._stack.enter_context(RawTree(folder))
        self._trees[folder.name] = tree
        return tree

    def paths(self) -> Sequence[str]:
        """Return every file's path, in natural order."""
        found = [f"{name}/{path}" for name, tree in self._trees.items() for path in tree.paths()]
        return sorted(found, key=natural)

    def open(self, path: str) -> BinaryIO:
        """Open one file for reading; raises as `RawTree.open` does."""
        name, _, inner = path.partition("/")
        if name not in self._trees:
            raise NotFound(f"there is no file {path!r}")
        return self._trees[name].open(inner)

    def read(self, path: str) -> bytes:
        """Return one file's bytes."""
        with self.open(path) as stream:
            return stream.read()

    def container(self, path: str) -> str:
        """Return the path of the real file that holds *path*."""
        name, _, inner = path.partition("/")
        return f"{name}/{self._trees[name].container(inner)}"

    def widen(self, folder: Path) -> None:
        """Add the CT and SEG folders beside *folder* that show the space or study of its PET.

        One file of each is looked at; nothing is added where *folder* holds a CT itself.
        """
        heads = [head for path in self.paths() if (head := _head(self, path))]
        pet = next((head for head in heads if head.get("Modality") == "PT"), None)
        if pet is None or any(head.get("Modality") == "CT" for head in heads):
            return
        others = (f for f in folder.absolute().parent.iterdir() if f.is_dir() and f != folder)
        for other in sorted(others, key=lambda f: natural(f.name))[:MOST]:
            if not other.name.startswith(".") and _belongs(other, pet):
                self._add(other)


def _belongs(folder: Path, pet: Dataset) -> bool:
    try:
        with RawTree(folder) as tree:
            first = next(iter(tree.paths()), "")
            head = _head(tree, first) if first else None
    except Refused:
        return False
    if head is None or head.get("Modality") not in ("CT", "SEG"):
        return False
    return any(head.get(name) and head.get(name) == pet.get(name) for name in SPACES)


def _head(tree: RawTree | Beside, path: str) -> Dataset | None:
    try:
        return read_dataset(tree, path, only=LOOKED, pixels=False)
    except Refused:
        return None
