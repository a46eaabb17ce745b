"""A grid seen as radiologists look at it, so that its array order does not decide borders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from nibabel.orientations import io_orientation

from medreg.imaging.geometry import LPS_TO_RAS
from medreg.imaging.masks.structures import Region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medreg.imaging.geometry import Matrix

SNAP = 6  # decimals of a voxel: what is less is floating point, and must not decide ties


@dataclass(frozen=True, slots=True, eq=False)
class Oriented:
    """A grid whose axes were put in the order left, posterior, inferior, growing that way.

    *axes* are those of the array that they are, *flipped* tells which of them were turned.
    """

    shape: tuple[int, int, int]
    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]
    to_voxel: Matrix  # LPS mm to indices of the array

    def places(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return *points* (LPS mm, shape ``(n, 3)``) in voxels along these axes."""
        voxels = points @ self.to_voxel[:3, :3].T + self.to_voxel[:3, 3]
        turned = [
            self.shape[at] - 1 - voxels[:, axis] if flip else voxels[:, axis]
            for at, (axis, flip) in enumerate(zip(self.axes, self.flipped, strict=True))
        ]
        return np.array(np.round(np.stack(turned, axis=1), SNAP), np.float64)

    def region(self, start: Sequence[int], array: NDArray[np.bool_]) -> Region:
        """Return the region of the array's own grid that a box along these axes is."""
        begin, turned = [0, 0, 0], [0, 0, 0]
        for at, (axis, flip) in enumerate(zip(self.axes, self.flipped, strict=True)):
            size = self.shape[at] - start[at] - array.shape[at]
            begin[axis] = size if flip else start[at]
            turned[axis] = at
        kept = tuple(slice(None, None, -1 if flip else 1) for flip in self.flipped)
        i, j, k = begin
        return Region((i, j, k), array[kept].transpose(turned))


def oriented(shape: Sequence[int], affine: Matrix) -> Oriented:
    """Return the grid of *shape* and RAS+ *affine*, seen from the feet with left to the right."""
    nearest = io_orientation(affine)
    x, y, z = (int(np.flatnonzero(nearest[:, 0] == way)[0]) for way in range(3))
    right = [bool(nearest[axis, 1] > 0) for axis in (x, y, z)]
    to_voxel = np.array(np.linalg.inv(affine) @ LPS_TO_RAS, np.float64)
    return Oriented(
        (shape[x], shape[y], shape[z]),
        (x, y, z),
        (right[0], right[1], right[2]),
        to_voxel,
    )
