"""Arrays in ``.npz`` files, read row by row: the whole is never in memory."""

from __future__ import annotations

import zipfile
from math import prod
from typing import IO, TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, finalize

import numpy as np

from medreg.errors import NotFound, Refused
from medreg.imaging.guard import MAX_VOXELS, refuse_huge, refusing
from medreg.model.pictures import RGB, Picture

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from numpy.typing import NDArray

    from medreg.model import Tree

MEMBER = ".npy"
KINDS = "uifb"
AXES = (2, 3, 4)  # of a row: a picture, one in colors or a volume, a volume in colors


class _Array:
    """One array of an archive, open: its header, and where its values begin."""

    def __init__(self, file: BinaryIO, path: str, name: str) -> None:
        self._file = file
        with refusing(path, "NPZ"):
            archive = zipfile.ZipFile(file)
        label = f"{path}: {name}"
        with refusing(label, "a NumPy array"):
            self.stream: IO[bytes] = archive.open(name + MEMBER)
            version = np.lib.format.read_magic(self.stream)
            read = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            self.shape, by_column, self.dtype = read(self.stream)
            self.start = self.stream.tell()
        self.label = label
        size = archive.getinfo(name + MEMBER).file_size - self.start
        wanted = prod(self.shape) * self.dtype.itemsize
        if self.dtype.kind not in KINDS or not self.shape:
            raise Refused(f"{label} holds {self.dtype}, shape {self.shape}: no rows of numbers")
        if by_column and len(self.shape) > 1:
            raise Refused(f"{label} is stored by columns")
        if size != wanted:
            raise Refused(f"{label} declares {wanted:,} bytes and has {size:,}")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def read(self, first: int, rows: int) -> NDArray[Any]:
        """Return *rows* of it from *first* on."""
        shape = (rows, *self.shape[1:])
        refuse_huge(self.label, *shape, 1)
        row = prod(self.shape[1:]) * self.dtype.itemsize
        with refusing(self.label, "a NumPy array"):
            self.stream.seek(self.start + first * row)
            data = self.stream.read(rows * row)
        if len(data) != rows * row:
            raise Refused(f"{self.label} is truncated")
        array = np.frombuffer(data, self.dtype).reshape(shape)
        return array.astype(self.dtype.newbyteorder("="))


def headers(tree: Tree, path: str) -> Mapping[str, tuple[int, ...]]:
    """Return the shape of each array by name, in natural order of the archive.

    Raises `Refused` for a file that is no ``.npz``, and for arrays that hold no numbers.
    """
    with tree.open(path) as stream:
        with refusing(path, "NPZ"), zipfile.ZipFile(stream) as archive:
            names = [n.removesuffix(MEMBER) for n in archive.namelist() if n.endswith(MEMBER)]
        return {name: _Array(stream, path, name).shape for name in names}


def values(tree: Tree, path: str, name: str) -> NDArray[Any]:
    """Return a whole array of few values, such as the classes of all rows."""
    array = _opened(tree, path, name)
    if prod(array.shape) > MAX_VOXELS:
        raise Refused(f"{path}: {name} holds {prod(array.shape):,} values")
    return array.read(0, array.shape[0]) if array.shape[0] else np.zeros(array.shape, array.dtype)


def row(tree: Tree, path: str, name: str, number: int) -> Picture:
    """Return one row of an array: a picture, or a volume; three values last are colors."""
    array = _opened(tree, path, name)
    if not 0 <= number < array.shape[0]:
        raise NotFound(f"{path}: {name} has {array.shape[0]} rows, none is {number}")
    one = array.read(number, 1)[0]
    one = one[..., 0] if one.ndim > AXES[0] and one.shape[-1] == 1 else one
    if one.ndim not in AXES:
        raise Refused(f"{path}: rows of {name} have {one.ndim} axes; a picture has 2 or 3")
    colors = one.ndim > AXES[0] and one.shape[-1] == RGB
    if one.ndim == AXES[-1] and not colors:
        raise Refused(f"{path}: rows of {name} have the shape {one.shape}: no volume")
    return Picture(one, "RGB" if colors else "gray")


# Rows are asked for in order: an array that stays open is inflated once.
_KEPT: WeakKeyDictionary[Tree, dict[tuple[str, str], _Array]] = WeakKeyDictionary()
_MOST_KEPT = 8


def _opened(tree: Tree, path: str, name: str) -> _Array:
    if tree not in _KEPT:
        _KEPT[tree] = {}
        finalize(tree, _close, _KEPT[tree])
    kept = _KEPT[tree]
    if (path, name) not in kept:
        while len(kept) >= _MOST_KEPT:
            kept.pop(next(iter(kept))).close()
        file = tree.open(path)
        try:
            kept[path, name] = _Array(file, path, name)
        except Refused:
            file.close()
            raise
    return kept[path, name]


def _close(kept: dict[tuple[str, str], _Array]) -> None:
    for array in kept.values():
        array.close()
