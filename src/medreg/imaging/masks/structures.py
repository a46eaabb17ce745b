"""What an annotation draws on an image: named structures, each with its voxels and codes."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from medreg.imaging.geometry import Matrix
    from medreg.volume import Volume

    Index = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]

_NOT_IN_KEYS = re.compile(r"[^a-z0-9.+-]+")


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept (PS3.3 section 8.8): *value* in the coding *scheme*, and its meaning."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Some voxels of a grid: true ones of *array*, a box whose first voxel is *start*."""

    start: tuple[int, int, int]
    array: NDArray[np.bool_]

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """Where the box lies in an array of the whole grid."""
        i, j, k = (slice(at, at + n) for at, n in zip(self.start, self.array.shape, strict=True))
        return i, j, k

    @property
    def voxels(self) -> int:
        """How many voxels it has."""
        return int(np.count_nonzero(self.array))

    def full(self, shape: Sequence[int]) -> NDArray[np.bool_]:
        """Return it as an array of the whole grid."""
        whole = np.zeros(shape, np.bool_)
        whole[self.box] = self.array
        return whole

    def common(self, other: Region) -> int:
        """Count the voxels that both have."""
        pairs = list(zip(self.box, other.box, strict=True))
        low = [max(a.start, b.start) for a, b in pairs]
        high = [min(a.stop, b.stop) for a, b in pairs]
        if any(a >= b for a, b in zip(low, high, strict=True)):
            return 0
        ours, theirs = (
            region.array[
                tuple(
                    slice(a - at, b - at) for a, b, at in zip(low, high, region.start, strict=True)
                )
            ]
            for region in (self, other)
        )
        return int(np.count_nonzero(ours & theirs))


EMPTY = Region((0, 0, 0), np.zeros((0, 0, 0), np.bool_))


def region_of(found: Iterable[Index]) -> Region:
    """Return the region of voxel indices, given in any number of parts."""
    parts = [part for part in found if part[0].size]
    if not parts:
        return EMPTY
    low = np.array([[axis.min() for axis in part] for part in parts]).min(axis=0)
    high = np.array([[axis.max() for axis in part] for part in parts]).max(axis=0)
    array = np.zeros(high - low + 1, np.bool_)
    for part in parts:
        array[tuple(axis - at for axis, at in zip(part, low, strict=True))] = True
    i, j, k = low.tolist()
    return Region((i, j, k), array)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structure:
    """One structure: its *name* as the file spells it, its *number* there, its voxels.

    *codes* are coded concepts by what they say (``category``, ``type``, ``region``, ...), *facts*
    whatever else the file tells of it.
    """

    name: str
    number: int
    region: Region
    codes: Mapping[str, tuple[Code, ...]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """All structures of an annotation on one grid (axes as in `Volume`), in the file's order.

    *notes* say what was left out or decided on the way, one sentence each.
    """

    structures: tuple[Structure, ...]
    shape: tuple[int, int, int]
    affine: Matrix
    notes: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """A name for each structure that is unique here and fit for a file."""
        return keys([one.name for one in self.structures])


def on_grid(structures: Sequence[Structure], onto: Volume, notes: Sequence[str] = ()) -> Drawing:
    """Return a drawing on the grid of *onto*."""
    return Drawing(tuple(structures), onto.shape, onto.affine, tuple(notes))


def same_name(name: str) -> str:
    """Return the form in which names are compared: composed, without needless space.

    >>> same_name(" GTV  1 ") == same_name("GTV 1"), same_name("GTV-1") == same_name("gtv_1")
    (True, False)
    """
    return " ".join(unicodedata.normalize("NFC", name).split())


def pattern_of(name: str, patterns: Iterable[str]) -> str | None:
    """Return which of *patterns* is *name*, by `same_name`, or else is the first to match it.

    >>> pattern_of("Tumor_12", ["Tumor_*", "Liver"]), pattern_of("Tumor_*", ["Tumor_1"])
    ('Tumor_*', None)
    """
    told, known = same_name(name), list(patterns)
    same = (one for one in known if same_name(one) == told)
    like = (one for one in known if "*" in one and fnmatchcase(told, same_name(one)))
    return next(same, None) or next(like, None)


def keys(names: Sequence[str]) -> tuple[str, ...]:
    """Return a unique key of ASCII letters for each of *names*, in their order.

    >>> keys(["GTV-1", "gtv_1", "GTV-1", "Läsion links", "肝臓"])
    ('gtv-1', 'gtv_1', 'gtv-1_2', 'lasion_links', 'structure_5')
    """
    made: list[str] = []
    taken: Counter[str] = Counter()
    for number, name in enumerate(names, start=1):
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        stem = _NOT_IN_KEYS.sub("_", plain).strip("_.") or f"structure_{number}"
        key = stem
        while key in made:
            taken[stem] += 1
            key = f"{stem}_{taken[stem] + 1}"
        made.append(key)
    return tuple(made)
