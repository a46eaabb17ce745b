"""A volume: an array, where it lies in the patient, and what its numbers mean."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

SQUARE = 1e-6  # cosine between axes that rounding alone explains
CLEARLY = 0.01  # between an axis's largest component and its second: 0.4 degrees from the diagonal
AFFINE_DECIMALS = 4  # two affines that agree to 1e-4 mm are one geometry (DESIGN section 5)


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """Voxels in space.

    *array* has shape ``(i, j, k)``; *affine* (4x4, float64) takes voxel indices to millimeters in
    RAS+ patient space, as NIfTI does. *unit* is ``"HU"``, ``"Bq/ml"``, ``"SUV"``, ``"label"`` or
    ``""`` when the numbers have none (MR). *notes* say what was set aside or corrected on the way
    here, one sentence each: they belong in the sidecar and are no part of the identity.
    """

    array: NDArray[np.generic]
    affine: NDArray[np.float64]
    unit: str = ""
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along each axis."""
        i, j, k = self.array.shape
        return (i, j, k)

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Millimeters between voxel centers along each array axis."""
        import numpy as np

        i, j, k = np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0)).tolist()
        return (i, j, k)

    @property
    def axes(self) -> str:
        """The patient directions that the array axes point to, such as ``"LPS"``."""
        from nibabel.orientations import aff2axcodes

        if _is_ras(self.affine):
            return "RAS"
        return "".join(str(code) for code in aff2axcodes(self.affine))

    def to_ras(self) -> Volume:
        """Return the same volume with axes permuted and flipped (never resampled) to RAS+."""
        if _is_ras(self.affine):
            return self
        turn = _plain_turn(self.affine)
        if turn:
            return self._turned(*turn)
        from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation

        orientation = io_orientation(self.affine)
        affine = self.affine @ inv_ornt_aff(orientation, self.array.shape)
        return replace(self, array=apply_orientation(self.array, orientation), affine=affine)

    def _turned(self, order: Sequence[int], signs: Sequence[int]) -> Volume:
        """Return this volume with axes in *order*, each flipped where its sign is negative."""
        import numpy as np

        flips = tuple(slice(None, None, sign) for sign in signs)
        affine = np.eye(4)
        affine[:3, :3] = self.affine[:3, order] * signs
        affine[:3, 3] = self.affine[:3, 3]
        for axis, sign in zip(order, signs, strict=True):
            if sign < 0:
                affine[:3, 3] += self.affine[:3, axis] * (self.array.shape[axis] - 1)
        return replace(self, array=self.array.transpose(order)[flips], affine=affine)

    def same_grid(self, other: Volume, tolerance: float = 1e-3) -> bool:
        """Tell whether every voxel of both lies at the same place, to *tolerance* mm."""
        return self.shape == other.shape and self.corner_error(other) <= tolerance

    def corner_error(self, other: Volume) -> float:
        """Return the largest distance in mm between corresponding corner voxels of two grids."""
        import numpy as np

        i, j, k = (n - 1 for n in self.shape)
        corners = np.array(
            [[a, b, c, 1.0] for a in (0, i) for b in (0, j) for c in (0, k)], dtype=np.float64
        )
        apart = corners @ (self.affine - other.affine).T
        return float(np.sqrt((apart[:, :3] ** 2).sum(axis=1)).max())

    def digest(self) -> str:
        """Return the voxel digest: the identity of this volume, as ``sha256:<hex>``.

        It covers shape, affine (rounded to 1e-4 mm) and values in RAS+ order, first axis fastest,
        little-endian: int32 where every value is an integer that fits, float64 otherwise. So it
        does not depend on file format, stored type, compression or axis order, and changes with
        any value, side or spacing.
        """
        import numpy as np

        ras = self.to_ras()
        digest = hashlib.sha256(b"medreg voxels 1\n")
        digest.update(np.asarray(ras.shape, dtype="<i8").tobytes())
        digest.update(np.rint(ras.affine * 10**AFFINE_DECIMALS).astype("<i8").tobytes())
        update_with_values(digest, ras.array)
        return f"sha256:{digest.hexdigest()}"


def _is_ras(affine: NDArray[np.float64]) -> bool:
    """Tell whether each axis points nearest to right, front and head.

    At 45 degrees two directions are equally near, and rounding must not turn a volume again that
    was turned already: what is as near to 1e-6 counts.
    """
    import numpy as np

    steps = affine[:3, :3]
    nearest = np.abs(steps).max(axis=0)
    return bool((steps.diagonal() >= nearest - 1e-6 * nearest).all() and (nearest > 0).all())


def _plain_turn(affine: NDArray[np.float64]) -> tuple[list[int], list[int]] | None:
    """Return which axis comes first, second and third in RAS, and their signs.

    None where axes are not perpendicular, or some axis is nearly as near to a second direction:
    there nibabel decides (which takes half a second to import).
    """
    import numpy as np

    steps = affine[:3, :3]
    lengths = np.sqrt((steps**2).sum(axis=0))
    if not (lengths > 0).all():
        return None
    units = steps / lengths
    if np.abs(units.T @ units - np.eye(3)).max() > SQUARE:
        return None
    sizes = np.sort(np.abs(units), axis=0)
    nearest = np.abs(units).argmax(axis=0).tolist()
    if (sizes[2] - sizes[1]).min() < CLEARLY or sorted(nearest) != [0, 1, 2]:
        return None
    order = [nearest.index(direction) for direction in range(3)]
    return order, [1 if units[k, order[k]] > 0 else -1 for k in range(3)]


def update_with_values(digest: hashlib._Hash, array: NDArray[np.generic]) -> None:
    """Feed the real values of *array*, slice by slice along the last axis, to *digest*."""
    import numpy as np

    if array.dtype.kind not in "iufb":
        raise TypeError(f"a volume holds real numbers, not {array.dtype}")
    as_type = "<i4" if _fits_int32(array) else "<f8"
    digest.update(as_type.encode())
    for k in range(array.shape[-1]):
        values = np.asarray(array[..., k], dtype=as_type)
        if as_type == "<f8":
            values = np.where(np.isnan(values), np.nan, values + 0.0)  # one NaN, no minus zero
        digest.update(values.tobytes(order="F"))


def _fits_int32(array: NDArray[np.generic]) -> bool:
    import numpy as np

    if array.size == 0 or array.dtype in (np.bool_, np.int8, np.uint8, np.int16, np.uint16):
        return True
    low, high = array.min().item(), array.max().item()
    if not (low >= -(2**31) and high < 2**31):  # false for NaN too
        return False
    return array.dtype.kind in "iu" or bool(np.equal(np.trunc(array), array).all())
