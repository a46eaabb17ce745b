"""How far two masks of one scan agree: Dice, surface Dice and Hausdorff distance, per label.

The border of a region are its voxels with a neighbor outside it among the six that share a face;
what lies beyond the scan counts as outside. Distances run in millimeters from voxel center to
voxel center, from each border voxel of one mask to the nearest border voxel of the other.

- Dice: 2 |A and B| / (|A| + |B|)
- surface Dice at a tolerance: of both borders together, the share that lies within it of the other
  (normalized surface distance, every border voxel counted once)
- Hausdorff 95: the larger of the two 95th percentiles, one for each direction, interpolated
  linearly between ranks

So do Metrics Reloaded (doi:10.1038/s41592-023-02151-z) and MONAI. DeepMind's surface-distance
weighs borders by their area instead, which differs where voxels are oblong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from medreg.volume import Volume

    Mask = NDArray[np.bool_]

TOLERANCE = 2.0  # mm between borders that are the same border
PERCENTILE = 95.0
SLACK = 1e-4  # a single-precision distance is that near to the true one, relative and in mm


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two masks agree about one label; *a* and *b* are its voxels in each.

    Where only one of them shows it, both shares are 0 and the distance is infinite; where neither
    does, they agree: 1, 1 and 0.
    """

    label: str
    a: int
    b: int
    dice: float
    surface_dice: float
    hausdorff95: float  # mm


def agreements(
    a: Volume, b: Volume, labels: Mapping[str, Sequence[int]], tolerance: float = TOLERANCE
) -> list[Agreement]:
    """Compare two masks of one grid about each of *labels*, which maps names to mask values.

    Raises `Refused` when they lie on different grids.
    """
    if a.shape != b.shape:
        raise Refused(f"the masks have {_by(a.shape)} and {_by(b.shape)} voxels: no common grid")
    if (error := a.corner_error(b)) > SAME:
        raise Refused(f"the masks lie {error:.3g} mm apart: no common grid")
    return [
        agreement(name, _region(a, values), _region(b, values), a.spacing, tolerance)
        for name, values in labels.items()
    ]


SAME = 1e-3  # mm between corners of one grid


def agreement(
    label: str, a: Mask, b: Mask, spacing: Sequence[float], tolerance: float = TOLERANCE
) -> Agreement:
    """Compare two regions of one grid, whose voxels are *spacing* mm apart."""
    one, other = int(np.count_nonzero(a)), int(np.count_nonzero(b))
    if not one or not other:
        same = float(one == other)
        return Agreement(label, one, other, same, same, 0.0 if same else float("inf"))
    box = _box(a | b)
    a, b = a[box], b[box]
    dice = 2 * int(np.count_nonzero(a & b)) / (one + other)
    there, back = distances(a, b, spacing), distances(b, a, spacing)
    near = sum(int(np.count_nonzero(found <= tolerance + 1e-9)) for found in (there, back))
    surface = near / (there.size + back.size)
    far = max(float(np.percentile(found, PERCENTILE)) for found in (there, back))
    return Agreement(label, one, other, dice, surface, far)


def distances(a: Mask, b: Mask, spacing: Sequence[float]) -> NDArray[np.float64]:
    """Return the distance in mm of each border voxel of *a* from the nearest one of *b*."""
    from_, to = border(a), border(b)
    if np.array_equal(from_, to):
        return np.zeros(int(np.count_nonzero(from_)))
    at = from_.nonzero()
    bound = _farthest(to, at, spacing)
    flat = _along_first(to, spacing[0])
    plane = _along_second(flat, spacing[1], bound)
    return np.sqrt(_along_third(plane, at, spacing[2]))


def border(region: Mask) -> Mask:
    """Return the voxels of *region* with a neighbor outside it; beyond the array is outside."""
    padded = np.pad(region, 1)
    core = region.copy()
    for axis in range(3):
        for start in (0, 2):
            cut = [slice(1, -1)] * 3
            cut[axis] = slice(start, start + region.shape[axis])
            core &= padded[tuple(cut)]
    return np.asarray(region & ~core)


# --- squared distances, axis by axis: the nearest along one, then over the next ------------------


def _farthest(to: Mask, at: tuple[NDArray[np.intp], ...], spacing: Sequence[float]) -> float:
    """Return a bound in mm on the distance of every voxel *at* from *to*.

    ITK's map is exact but for its single precision.
    """
    import SimpleITK

    itk: Any = SimpleITK  # without types
    image = itk.GetImageFromArray(to.T.astype(np.uint8))
    image.SetSpacing([float(mm) for mm in spacing])
    found = itk.SignedMaurerDistanceMap(image, False, False, True)
    away = np.abs(itk.GetArrayViewFromImage(found)).T[at]
    return float(away.max()) * (1 + SLACK) + SLACK


def _along_first(to: Mask, step: float) -> NDArray[np.float64]:
    """Return the squared distance from *to* within each line of the first axis."""
    index = np.arange(to.shape[0], dtype=np.float64)[:, None, None]
    before = np.maximum.accumulate(np.where(to, index, -np.inf), axis=0)
    after = np.minimum.accumulate(np.where(to, index, np.inf)[::-1], axis=0)[::-1]
    return np.asarray((np.minimum(index - before, after - index) * step) ** 2)


def _along_second(squared: NDArray[np.float64], step: float, bound: float) -> NDArray[np.float64]:
    """Return the least of *squared* plus the squared distance along the second axis.

    What is farther than *bound* mm need not be right.
    """
    best = squared.copy()
    for shift in range(1, min(squared.shape[1], int(bound / step) + 2)):
        more = (shift * step) ** 2
        np.minimum(best[:, shift:], squared[:, :-shift] + more, out=best[:, shift:])
        np.minimum(best[:, :-shift], squared[:, shift:] + more, out=best[:, :-shift])
    return best


def _along_third(
    squared: NDArray[np.float64], at: tuple[NDArray[np.intp], ...], step: float
) -> NDArray[np.float64]:
    """Return the least of *squared* plus the squared distance along the last axis, *at* voxels."""
    i, j, k = at
    best = np.full(i.size, np.inf)
    for other in range(squared.shape[2]):
        np.minimum(best, squared[i, j, other] + ((k - other) * step) ** 2, out=best)
    return best


def _region(mask: Volume, values: Sequence[int]) -> Mask:
    return np.isin(mask.array, list(values))


def _box(region: Mask) -> tuple[slice, ...]:
    spans = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        found = np.flatnonzero(region.any(axis=others))
        spans.append(slice(int(found[0]), int(found[-1]) + 1))
    return tuple(spans)


def _by(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))
