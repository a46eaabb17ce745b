"""Fill polygons: which pixels have their center inside.

The rule is even-odd with half-open borders: walking along a row towards higher columns, each edge
crossed at or before a pixel's center turns inside to outside and back; an edge spans the rows from
its upper end, included, to its lower end, excluded. So a center on a left or upper border is
inside, one on a right or lower border is not, and polygons that share an edge share no pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medreg.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_CROSSINGS = 2**25  # of rows by the edges of one polygon
MOST_POLYGONS = 4096  # of one structure in one plane


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Some pixels of a plane: true ones of *array* (x, y), whose first pixel is *start*."""

    start: tuple[int, int]
    array: NDArray[np.bool_]

    @property
    def area(self) -> int:
        """How many pixels it has."""
        return int(np.count_nonzero(self.array))

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The first pixel along x and y, and the one behind the last."""
        (x, y), (width, height) = self.start, self.array.shape
        return x, y, x + width, y + height


NOTHING = Patch((0, 0), np.zeros((0, 0), np.bool_))


def fill(points: NDArray[np.float64], size: Sequence[int]) -> Patch:
    """Return the pixels of a plane of *size* (along x, y) that lie in a polygon, even-odd.

    *points* are its corners, shape ``(n, 2)``, in pixels, where whole numbers are centers. The
    last is joined to the first. What lies outside the plane is cut off.
    Raises `Refused` for a polygon of more edges than anybody drew.
    """
    following = np.roll(points, -1, axis=0)
    down = (points[:, 1] <= following[:, 1])[:, None]
    upper, lower = np.where(down, points, following), np.where(down, following, points)
    first = np.clip(np.ceil(upper[:, 1]), 0, size[1]).astype(np.intp)
    behind = np.clip(np.ceil(lower[:, 1]), 0, size[1]).astype(np.intp)
    count = behind - first
    total = int(count.sum())
    if total > MOST_CROSSINGS:
        raise Refused(f"a contour of {len(points):,} points crosses {total:,} rows")
    if not total:
        return NOTHING
    edge = np.repeat(np.arange(len(count)), count)
    row = np.arange(total) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    a, b = upper[edge], lower[edge]
    crossing = a[:, 0] + (row - a[:, 1]) * ((b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1]))
    column = np.clip(np.ceil(crossing), 0, size[0]).astype(np.intp)
    left, top = int(column.min()), int(row.min())
    width, height = int(column.max()) - left, int(row.max()) - top + 1
    if not width:
        return NOTHING
    turns = np.bincount(
        (row - top) * (width + 1) + column - left, minlength=height * (width + 1)
    ).reshape(height, width + 1)
    inside = (np.cumsum(turns, axis=1) & 1).astype(np.bool_)[:, :width]
    return _tight(inside.T, left, top)


def _tight(array: NDArray[np.bool_], x: int, y: int) -> Patch:
    """Return the patch of *array*, which begins at *x*, *y*, without its empty margins."""
    columns, rows = np.flatnonzero(array.any(axis=1)), np.flatnonzero(array.any(axis=0))
    if not columns.size:
        return NOTHING
    inner = array[columns[0] : columns[-1] + 1, rows[0] : rows[-1] + 1]
    return Patch((x + int(columns[0]), y + int(rows[0])), inner)


# --- several polygons of one structure ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Combined:
    """The pixels of a structure in one plane, and how its contours came together."""

    patch: Patch
    holes: int = 0
    twice: int = 0  # contours that enclose the same pixels as another
    shared: int = 0  # pixels of contours that overlap in part


def exclusive(patches: Sequence[Patch]) -> Combined:
    """Return the pixels that lie in an odd number of *patches* (CLOSEDPLANAR_XOR)."""
    canvas, start = _canvas(patches)
    for patch in patches:
        _part(canvas, start, patch)[patch.array] ^= True
    return Combined(Patch(start, canvas))


def nested(patches: Sequence[Patch]) -> Combined:
    """Return what *patches* make where one within another is a hole, and a third an island.

    Within means that all its pixels are the other's, too, and fewer. Patches with the same pixels
    count once. Of patches that overlap in part, or not at all, the union is taken.
    """
    if len(patches) > MOST_POLYGONS:
        raise Refused(f"{len(patches):,} contours of one structure in one plane")
    different: list[Patch] = []
    for patch in sorted(patches, key=lambda p: (-p.area, p.start)):
        if patch.area and not any(_equal(patch, other) for other in different):
            different.append(patch)
    empty = sum(not patch.area for patch in patches)
    canvas, start = _canvas(different)
    holes = shared = 0
    for place, patch in enumerate(different):
        around = [other for other in different[:place] if _within(patch, other)]
        there = _part(canvas, start, patch)
        hole = len(around) % 2 == 1
        if not hole and not around:
            shared += int(np.count_nonzero(there & patch.array))
        there[patch.array] = not hole
        holes += hole
    return Combined(Patch(start, canvas), holes, len(patches) - len(different) - empty, shared)


def _canvas(patches: Sequence[Patch]) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    drawn = [patch.box for patch in patches if patch.array.size]
    if not drawn:
        return np.zeros((0, 0), np.bool_), (0, 0)
    x, y = min(box[0] for box in drawn), min(box[1] for box in drawn)
    width, height = max(box[2] for box in drawn) - x, max(box[3] for box in drawn) - y
    return np.zeros((width, height), np.bool_), (x, y)


def _part(canvas: NDArray[np.bool_], start: tuple[int, int], patch: Patch) -> NDArray[np.bool_]:
    """Return the view of *canvas* (which begins at *start*) that *patch* covers."""
    if not patch.array.size:
        return np.zeros((0, 0), np.bool_)
    x, y = patch.start[0] - start[0], patch.start[1] - start[1]
    width, height = patch.array.shape
    return canvas[x : x + width, y : y + height]


def _within(patch: Patch, other: Patch) -> bool:
    (a, b, c, d), (e, f, g, h) = patch.box, other.box
    if a < e or b < f or c > g or d > h or patch.area >= other.area:
        return False
    return bool(_part(other.array, other.start, patch)[patch.array].all())


def _equal(patch: Patch, other: Patch) -> bool:
    return patch.box == other.box and bool(np.array_equal(patch.array, other.array))
