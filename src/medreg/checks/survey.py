"""Look at every voxel of a mask once, for all checks together.

What is counted, for each value of the mask: its voxels in each plane across each axis (so its
volume, its box, its center and whether the scan's edge cuts it), and its Hounsfield units.
One slice along the last axis at a time: files hold them so, and an index takes 8 bytes per voxel.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.checks.counts import voxels_of
from medreg.model import CT, IGNORED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from medreg.model import Converted
    from medreg.volume import Volume

    Counts = NDArray[np.int64]
    Box = tuple[slice, slice, slice]

MOST = 1000  # values that are looked at; a mask with more holds no labels
LOW, HIGH = -1024, 3071  # HU; what lies beyond is counted at the end


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What a mask's values hold; *counts* are voxels by value, 0 left out.

    *rows* says where a value stands in the arrays: *planes* has one for each axis, of shape
    (values, planes across it), *hounsfield* is one of shape (values, HU from `LOW` to `HIGH`).
    """

    counts: Mapping[int, int]
    rows: Mapping[int, int]
    planes: tuple[Counts, Counts, Counts]
    hounsfield: Counts | None

    def voxels(self, values: Sequence[int]) -> int:
        """Return how many voxels hold any of *values*."""
        return sum(self.counts.get(value, 0) for value in values)

    def box(self, values: Sequence[int]) -> Box:
        """Return where *values* lie; they must occur."""
        rows = self._rows(values)
        spans = []
        for counts in self.planes:
            found = counts[rows].sum(axis=0).nonzero()[0]
            spans.append(slice(int(found[0]), int(found[-1]) + 1))
        return spans[0], spans[1], spans[2]

    def cut(self, values: Sequence[int]) -> bool:
        """Tell whether *values* reach the first or last plane of the scan along any axis."""
        rows = self._rows(values)
        ends = (counts[rows][:, [0, -1]] for counts in self.planes)
        return any(bool(end.any()) for end in ends)

    def center(self, values: Sequence[int], axis: int) -> float:
        """Return the mean index of *values* along *axis*; they must occur."""
        counts = self.planes[axis][self._rows(values)].sum(axis=0)
        return float((counts * range(counts.size)).sum() / counts.sum())

    def median(self, values: Sequence[int]) -> int | None:
        """Return the median of *values* in HU: the lower one of two; None if there is no CT."""
        if self.hounsfield is None:
            return None
        running = self.hounsfield[self._rows(values)].sum(axis=0).cumsum()
        return LOW + int(running.searchsorted((running[-1] + 1) // 2))

    def _rows(self, values: Sequence[int]) -> list[int]:
        return [self.rows[value] for value in values if value in self.rows]


def survey(case: Converted) -> Survey:
    """Return what the mask of *case* holds; the last case's answer is kept for the next check."""
    mask, image = case.mask, case.images[case.grid]
    if mask is None:
        raise ValueError(f"{case.case} has no mask")
    arrays = (mask.array, image.array)
    for known, found in _last:
        if all(ref() is array for ref, array in zip(known, arrays, strict=True)):
            return found
    is_ct = case.dataset.modalities.get(case.grid) == CT and image.array.dtype == "int16"
    taken = _taken(mask, image if is_ct and image.shape == mask.shape else None)
    _last[:] = [(tuple(map(weakref.ref, arrays)), taken)]
    return taken


_last: list[tuple[tuple[weakref.ref[NDArray[np.generic]], ...], Survey]] = []


def values_of(case: Converted) -> dict[str, tuple[int, ...]]:
    """Return the values of each label that the mask shows, in the order of the dataset's."""
    found: dict[str, tuple[int, ...]] = {}
    shown = survey(case).rows if case.mask else ()
    for value, label in case.dataset.raw_labels.items():
        if value in shown and label != IGNORED:
            found[label] = (*found.get(label, ()), value)
    return found


def with_parts(case: Converted, label: str) -> tuple[int, ...]:
    """Return the values of *label* and of all that is part of it: a liver with its tumors."""
    return tuple(
        value
        for name, values in values_of(case).items()
        if name == label or label in case.wholes.get(name, ())
        for value in values
    )


def milliliters(volume: Volume, voxels: int) -> float:
    """Return the volume of *voxels* of a grid."""
    i, j, k = volume.spacing
    return voxels * i * j * k / 1000


def _taken(mask: Volume, image: Volume | None) -> Survey:
    import numpy as np

    counts = voxels_of(mask)
    known = {value: row for row, value in enumerate(list(counts)[:MOST])}
    rows = np.full(int(mask.array.max(initial=0)) + 1, -1, dtype=np.intp)
    rows[list(known)] = list(known.values())
    total, (wide, deep, high) = len(known), mask.shape
    bins = HIGH - LOW + 1
    across = [np.zeros((total, n), dtype=np.int64) for n in (wide, deep, high)]
    units = None if image is None else np.zeros((total, bins), dtype=np.int64)
    for k in range(high):
        plane = mask.array[..., k]
        i, j = plane.nonzero()
        row = rows[plane[i, j]]
        if (row < 0).any():
            i, j, row = i[row >= 0], j[row >= 0], row[row >= 0]
        if not row.size:
            continue
        across[0] += np.bincount(row * wide + i, minlength=total * wide).reshape(total, wide)
        across[1] += np.bincount(row * deep + j, minlength=total * deep).reshape(total, deep)
        across[2][:, k] = np.bincount(row, minlength=total)
        if image is not None and units is not None:
            hu = np.clip(image.array[..., k][i, j].astype(np.intp), LOW, HIGH) - LOW
            units += np.bincount(row * bins + hu, minlength=total * bins).reshape(total, bins)
    return Survey(counts, known, (across[0], across[1], across[2]), units)
