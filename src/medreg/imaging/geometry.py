"""Affines: from DICOM's patient axes to NIfTI's, right angles, and what a NIfTI header can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
RIGHT = 5e-7  # cosine between axes that float32 rounding alone explains
STRAIGHTENED = 0.1  # mm that a corner may move when axes are made perpendicular
FARTHEST = 1e6  # mm: no scanner is a kilometer wide
THINNEST = 1e-6  # mm between voxels
FLATTEST = 1e-3  # determinant of unit axes that still span space
SAME_WAY = 0.5  # cosine of 60 degrees
FAR_TURN = 0.1  # four times the squared scalar part of a quaternion: below it digits are lost


def from_dicom(
    orientation: Sequence[float], spacing: Sequence[float], position: Sequence[float], gap: float
) -> Matrix:
    """Return the RAS+ affine of a stack whose array axes are column, row, slice.

    *orientation* is ImageOrientationPatient, *spacing* PixelSpacing (between rows, then between
    columns), *position* ImagePositionPatient of the first slice, *gap* millimeters from slice to
    slice along the normal (PS3.3 C.7.6.2.1.1).
    """
    along_row, along_column, normal = axes(orientation)
    affine = np.eye(4)
    affine[:3, 0] = along_row * spacing[1]
    affine[:3, 1] = along_column * spacing[0]
    affine[:3, 2] = normal * gap
    affine[:3, 3] = position
    return LPS_TO_RAS @ affine


def axes(orientation: Sequence[float]) -> tuple[Matrix, Matrix, Matrix]:
    """Return the unit vectors along a row, along a column and along their normal, in LPS."""
    row = unit(np.array(orientation[:3], dtype=np.float64))
    column = np.array(orientation[3:], dtype=np.float64)
    column = unit(column - row * (row * column).sum())
    return row, column, np.cross(row, column)


def unit(vector: Matrix) -> Matrix:
    """Return *vector* with length 1."""
    length: np.float64 = np.sqrt((vector * vector).sum())
    return vector / length


def check_affine(affine: Matrix, name: str) -> None:
    """Raise `Refused` when *affine* is not finite, or does not span space."""
    if not np.isfinite(affine).all() or np.abs(affine).max() > FARTHEST:
        raise Refused(f"{name}: its affine is no geometry: {affine[:3].tolist()}")
    lengths = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    if lengths.min() < THINNEST or abs(np.linalg.det(affine[:3, :3] / lengths)) < FLATTEST:
        raise Refused(f"{name}: its axes do not span space: {affine[:3, :3].tolist()}")


def skew(affine: Matrix) -> float:
    """Return by how many degrees two axes miss the right angle, at worst."""
    return float(np.degrees(np.arcsin(min(1.0, _cosine(affine)))))


def _cosine(affine: Matrix) -> float:
    x, y, z = (unit(affine[:3, axis]) for axis in range(3))
    return float(max(abs((a * b).sum()) for a, b in ((x, y), (x, z), (y, z))))


def straight(affine: Matrix, shape: Sequence[int]) -> tuple[Matrix, float]:
    """Return *affine* with perpendicular axes, as float32 holds it, and how far corners moved.

    The center of a volume of *shape* stays where it is. Raises `Refused` when a corner would move
    more than 0.1 mm: a qform cannot say a shear, and a reader that ignores it misplaces voxels.
    """
    made = as_stored(affine)
    if _cosine(made) > RIGHT:
        made = as_stored(_perpendicular(affine, (np.array(shape) - 1) / 2))
    moved = apart(made, affine, shape)
    if moved > STRAIGHTENED:
        raise Refused(
            f"its axes are sheared by {skew(affine):.2f} degrees (gantry tilt?), "
            f"which moves corners by {moved:.1f} mm"
        )
    return made, moved


def as_stored(affine: Matrix) -> Matrix:
    """Return *affine* as float32 holds it, without minus zeros."""
    return affine.astype(np.float32).astype(np.float64) + 0.0


def _perpendicular(affine: Matrix, center: NDArray[Any]) -> Matrix:
    first, second, third = (affine[:3, axis] for axis in range(3))
    x = unit(first)
    y = unit(second - x * (x * second).sum())
    z = np.cross(x, y)
    z = z * np.sign((z * third).sum())
    made = affine.copy()
    for axis, (direction, old) in enumerate(zip((x, y, z), (first, second, third), strict=True)):
        made[:3, axis] = direction * np.sqrt((old * old).sum())
    made[:3, 3] += ((affine - made)[:3, :3] * center).sum(axis=1)
    return made


def same_way(one: Matrix, other: Matrix) -> bool:
    """Tell whether each axis of both points the same way, to 60 degrees."""
    return all((unit(one[:3, i]) * unit(other[:3, i])).sum() > SAME_WAY for i in range(3))


def apart(one: Matrix, other: Matrix, shape: Sequence[int]) -> float:
    """Return by how many millimeters two affines disagree about a corner, at worst."""
    ends = [(0, length - 1) for length in shape]
    corners = np.array([(i, j, k, 1) for i in ends[0] for j in ends[1] for k in ends[2]])
    apart = (corners[:, None, :] * (one - other)[None, :3, :]).sum(axis=2)
    return float(np.sqrt((apart**2).sum(axis=1)).max())


def quaternion(affine: Matrix) -> tuple[float, float, float]:
    """Return NIfTI's quatern_b, c, d of an *affine* with perpendicular axes (nifti1.h, method 2).

    Where axes are left-handed, the third is turned around first, as a negative qfac says. RAS+
    axes are within 63 degrees of the patient's: the scalar part is large, and the plain formula
    exact enough.
    """
    r = np.column_stack([unit(affine[:3, axis]) for axis in range(3)])
    if left_handed(affine):
        r[:, 2] = -r[:, 2]
    square = 1 + r[0, 0] + r[1, 1] + r[2, 2]
    if square < FAR_TURN:
        from nibabel.quaternions import mat2quat

        _, x, y, z = mat2quat(r).tolist()
        return x, y, z
    a = 0.5 * float(np.sqrt(square))
    b, c, d = r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]
    return float(b / (4 * a)), float(c / (4 * a)), float(d / (4 * a))


def left_handed(affine: Matrix) -> bool:
    """Tell whether *affine* mirrors: its qfac is -1."""
    return bool(np.linalg.det(affine[:3, :3]) < 0)
