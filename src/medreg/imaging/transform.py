"""Change a volume because somebody asked for it: crop, resample, clip, cast, turn its axes.

Every function returns the very volume that it was given where nothing is to be done. Resampling
is SimpleITK's, on one thread, so that bytes do not depend on the number of cores.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from medreg.errors import Refused
from medreg.imaging.geometry import as_stored
from medreg.imaging.guard import refuse_huge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medreg.volume import Volume

    Box = tuple[tuple[int, int], ...]  # start and stop along each axis
    Grid = tuple[list[int], list[float], list[float]]  # shape, mm, first voxel in mm of the old

SAME = 1e-5  # mm between two spacings that are one
AIR = -500.0  # HU; the air around a patient is below it
SPECK = 1000.0  # mm3; what is smaller is no part of a body
SUPPORT = 4  # voxels that a cubic B-spline needs along an axis
EXACT = 24  # bits that float32 keeps


# --- crop --------------------------------------------------------------------------------------


def body_box(image: Volume, mask: NDArray[np.bool_], margin: float) -> Box:
    """Return the planes that hold body or *mask*, and *margin* mm around them.

    Body is what is denser than air in CT, and above Otsu's threshold elsewhere, in pieces of at
    least a milliliter. All planes are returned where there is none.
    """
    held = _body(image) | mask
    box = []
    for axis, (length, mm) in enumerate(zip(held.shape, image.spacing, strict=True)):
        others = tuple(other for other in range(3) if other != axis)
        (planes,) = np.nonzero(held.any(axis=others))
        if not planes.size:
            return tuple((0, n) for n in held.shape)
        more = int(np.ceil(margin / mm - SAME))
        box.append((max(0, int(planes[0]) - more), min(length, int(planes[-1]) + 1 + more)))
    return tuple(box)


def _body(image: Volume) -> NDArray[np.bool_]:
    import SimpleITK

    values = _itk(image.array, (1.0, 1.0, 1.0))
    if image.unit == "HU":
        dense = SimpleITK.GreaterEqual(values, AIR)
    else:
        dense = SimpleITK.OtsuThreshold(values, 0, 1)
    least = max(1, int(np.ceil(SPECK / np.prod(image.spacing))))
    pieces = SimpleITK.RelabelComponent(SimpleITK.ConnectedComponent(dense), least)
    return np.asarray(SimpleITK.GetArrayFromImage(pieces)).T > 0


def cropped(volume: Volume, box: Box) -> Volume:
    """Return the voxels of *volume* in *box*; none moves in the patient."""
    if box == tuple((0, length) for length in volume.shape):
        return volume
    affine = volume.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ np.array([start for start, _ in box], dtype=np.float64)
    part = volume.array[tuple(slice(start, stop) for start, stop in box)]
    return replace(volume, array=part, affine=as_stored(affine))


# --- resample ----------------------------------------------------------------------------------


def resampled(
    volume: Volume, spacing: Sequence[float], how: Literal["linear", "bspline"]
) -> Volume:
    """Return *volume* with *spacing* mm along its axes, in the same type.

    The grid keeps its center and, to half a voxel, its extent; integers are rounded and held
    within their type. Raises `Refused` where an axis is too short for B-splines.
    """
    import SimpleITK

    wanted = _grid(volume, spacing)
    if wanted is None:
        return volume
    if how == "bspline" and min(volume.shape) < SUPPORT:
        raise Refused(
            f"B-splines need {SUPPORT} voxels along each axis, and the shape is {volume.shape}",
            hint="take images: linear",
        )
    methods = {"linear": SimpleITK.sitkLinear, "bspline": SimpleITK.sitkBSpline}
    kind = volume.array.dtype
    wide = kind.itemsize * 8 > EXACT and kind != np.float32
    values = volume.array.astype(np.float64 if wide else np.float32)
    made = _resample(values, volume.spacing, wanted, methods[how])
    return replace(volume, array=_held(made, kind), affine=_affine(volume, *wanted))


def resampled_mask(
    mask: Volume, spacing: Sequence[float], how: Literal["nearest", "linear"]
) -> Volume:
    """Return *mask* on the grid that `resampled` gives an image of its geometry.

    ``nearest`` takes the nearest voxel's label; ``linear`` interpolates each label by itself and
    takes the largest. No value appears that was not there.
    """
    import SimpleITK

    wanted = _grid(mask, spacing)
    if wanted is None:
        return mask
    nearest = how == "nearest"
    method = SimpleITK.sitkNearestNeighbor if nearest else SimpleITK.sitkLabelLinear
    made = _resample(mask.array, mask.spacing, wanted, method)
    return replace(mask, array=made, affine=_affine(mask, *wanted))


def _grid(volume: Volume, spacing: Sequence[float]) -> Grid | None:
    """Return the grid to resample to; None where nothing changes."""
    shape, steps, first = [], [], []
    for length, mm, asked in zip(volume.shape, volume.spacing, spacing, strict=True):
        step = mm if abs(mm - asked) < SAME else float(asked)
        count = max(1, int(np.floor(length * mm / step + 0.5)))
        shape.append(count)
        steps.append(step)
        first.append(((length - 1) * mm - (count - 1) * step) / 2)
    if steps == list(volume.spacing):
        return None
    refuse_huge("resampled", *shape, 1)
    return shape, steps, first


def _affine(
    volume: Volume, _shape: Sequence[int], steps: Sequence[float], first: Sequence[float]
) -> NDArray[np.float64]:
    units = volume.affine[:3, :3] / np.array(volume.spacing)
    affine = np.eye(4)
    affine[:3, :3] = units * np.array(steps)
    affine[:3, 3] = volume.affine[:3, 3] + units @ np.array(first)
    return as_stored(affine)


def _resample(
    array: NDArray[Any],
    spacing: Sequence[float],
    wanted: Grid,
    method: int,
) -> NDArray[Any]:
    """Interpolate along the axes of *array* alone: both grids lie in the patient alike."""
    import SimpleITK

    shape, steps, first = wanted
    ask: Any = SimpleITK.ResampleImageFilter()
    ask.SetNumberOfThreads(1)
    ask.SetInterpolator(method)
    ask.SetSize(shape)
    ask.SetOutputSpacing(steps)
    ask.SetOutputOrigin(first)
    made: NDArray[Any] = SimpleITK.GetArrayFromImage(ask.Execute(_itk(array, spacing)))
    return made.T


def _itk(array: NDArray[Any], spacing: Sequence[float]) -> Any:
    import SimpleITK

    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(array.T))
    image.SetSpacing([float(mm) for mm in spacing])
    return image


def _held(values: NDArray[Any], kind: np.dtype[Any]) -> NDArray[Any]:
    if kind.kind == "f":
        return values.astype(kind, copy=False)
    limits = np.iinfo(kind)
    held: NDArray[Any] = np.clip(np.rint(values), limits.min, limits.max).astype(kind)
    return held


# --- values and axes ---------------------------------------------------------------------------


def clipped(volume: Volume, low: float, high: float) -> tuple[Volume, int]:
    """Return *volume* with its values held within *low* and *high*, and how many were beyond.

    Limits of integers are the whole numbers between *low* and *high*.
    """
    array: NDArray[Any] = volume.array
    if array.dtype.kind != "f":
        limits = np.iinfo(array.dtype)
        low, high = max(np.ceil(low), limits.min), min(np.floor(high), limits.max)
        if low > high:
            raise Refused(f"no {array.dtype} lies within the range that values are clipped to")
    beyond = int(np.count_nonzero((array < low) | (array > high)))
    if not beyond:
        return volume, 0
    held = np.clip(array, array.dtype.type(low), array.dtype.type(high))
    return replace(volume, array=held), beyond


def cast(volume: Volume, kind: str) -> Volume:
    """Return *volume* as *kind*, rounded to whole numbers where that holds no others.

    Raises `Refused` for a value that does not fit.
    """
    wanted = np.dtype(kind)
    array: NDArray[Any] = volume.array
    if array.dtype == wanted:
        return volume
    if wanted.kind != "f":
        limits = np.iinfo(wanted)
        whole = np.rint(array) if array.dtype.kind == "f" else array
        low, high = float(whole.min()), float(whole.max())
        if not (limits.min <= low and high <= limits.max):  # nor where one is not a number
            raise Refused(
                f"values from {low:g} to {high:g} do not fit {kind}",
                hint=f"clip to a range within {limits.min}..{limits.max} before",
            )
        array = whole
    return replace(volume, array=array.astype(wanted))


def turned(volume: Volume, code: str) -> Volume:
    """Return *volume* with axes that point to *code*, such as ``"LPS"``; nothing is resampled."""
    if volume.axes == code:
        return volume
    from nibabel.orientations import (
        apply_orientation,
        axcodes2ornt,
        inv_ornt_aff,
        io_orientation,
        ornt_transform,
    )

    turn = ornt_transform(io_orientation(volume.affine), axcodes2ornt(tuple(code)))
    affine = as_stored(volume.affine @ inv_ornt_aff(turn, volume.shape))
    return replace(volume, array=apply_orientation(volume.array, turn), affine=affine)
