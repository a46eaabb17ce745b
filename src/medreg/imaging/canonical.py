"""The one form in which images and masks are kept: RAS+, perpendicular axes, honest numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.geometry import apart, as_stored, check_affine, straight
from medreg.model import CT, MR
from medreg.volume import Volume

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medreg.model import Modality

CONVERTER_FORMAT = 2  # moves when the same raw bytes would give other converted bytes
EXACT = 1e-3  # HU from a whole number that only floating point explains
LABEL_EXACT = 1e-5  # the same for labels: a float32 scl_slope explains this, 0.9999 it does not
SAME_GRID = 0.01  # mm between corners of a mask and its image that headers' rounding explains
HU_RANGE = 200  # fractional values that span less were normalized: they are no HU


def canonical_image(volume: Volume, modality: Modality) -> Volume:
    """Return *volume* as images of *modality* are kept.

    CT is int16 and the stored number *is* the Hounsfield unit (slope 1, intercept 0); MR is int16
    where its values are whole and fit, else float32; PET is float32. Fractional HU are rounded,
    and a note says by how much. Raises `Refused` for values that do not fit or are not finite,
    and for axes that are not perpendicular.
    """
    placed = _placed(volume)
    _refuse_not_finite(placed.array)
    if modality == CT:
        return _hounsfield(placed)
    if modality == MR and _is_int16(placed.array):
        return replace(placed, array=placed.array.astype(np.int16))
    with np.errstate(over="ignore"):
        array = placed.array.astype(np.float32)
    _refuse_not_finite(array)
    return replace(placed, array=array)


def canonical_mask(volume: Volume, onto: Volume | None) -> Volume:
    """Return *volume* as masks are kept: uint8, or uint16 where a label exceeds 255, in RAS+.

    Where the grid is that of the canonical image *onto* to 0.01 mm, it becomes exactly that one;
    a mask that lies elsewhere keeps its own affine, for a check to find.
    Raises `Refused` for values that are not whole numbers from 0 to 65535, and for another shape
    than the image's.
    """
    placed = _placed(volume)
    array = _labels(placed.array)
    if onto is None:
        return Volume(array, placed.affine, "label", placed.notes)
    grid = onto.to_ras()
    if array.shape != grid.shape:
        raise Refused(f"the mask has {_size(array.shape)} voxels, its image {_size(grid.shape)}")
    same = apart(placed.affine, grid.affine, grid.shape) <= SAME_GRID
    return Volume(array, grid.affine if same else placed.affine, "label", placed.notes)


def _placed(volume: Volume) -> Volume:
    """Return *volume* in RAS+ with the affine that its file will hold."""
    check_affine(volume.affine, "the volume")
    if volume.array.size == 0:
        raise Refused(f"the volume is empty: {_size(volume.array.shape)} voxels")
    affine, moved = straight(volume.affine, volume.shape)
    notes = volume.notes
    if moved > EXACT:
        notes += (f"axes made perpendicular; corners moved by at most {moved:.3f} mm",)
    ras = replace(volume, affine=affine, notes=notes).to_ras()
    return replace(ras, affine=as_stored(ras.affine))


def _hounsfield(volume: Volume) -> Volume:
    low, high = (float(end) for end in _ends(volume.array))
    whole, error = _rounded(volume.array)
    limits = np.iinfo(np.int16)
    if round(low) < limits.min or round(high) > limits.max:
        raise Refused(f"values from {low:g} to {high:g} do not fit int16 Hounsfield units")
    notes = volume.notes
    if error > EXACT:
        if high - low < HU_RANGE:
            raise Refused(f"fractional values from {low:g} to {high:g} are no Hounsfield units")
        notes += (f"rounded to whole Hounsfield units, by at most {error:.3f}",)
    return Volume(whole.astype(np.int16, copy=False), volume.affine, "HU", notes)


def _labels(array: NDArray[Any]) -> NDArray[Any]:
    _refuse_not_finite(array)
    whole, error = _rounded(array)
    low, high = (int(end) for end in _ends(whole))
    if error > LABEL_EXACT:
        raise Refused(
            f"the mask holds values that are no labels: up to {error:.4g} from a whole one"
        )
    if low < 0 or high > np.iinfo(np.uint16).max:
        raise Refused(f"the mask's values run from {low} to {high}; labels are 0 to 65535")
    return whole.astype(np.uint8 if high <= np.iinfo(np.uint8).max else np.uint16)


def _ends(array: NDArray[Any]) -> tuple[Any, Any]:
    """Return the least and the greatest value, looked for in the order of memory."""
    ahead = tuple(slice(None, None, -1 if step < 0 else 1) for step in array.strides)
    plain = array[ahead].T
    return plain.min(), plain.max()


def _rounded(array: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """Return whole values, and how far the farthest one was from its own."""
    if array.dtype.kind in "iub":
        return array, 0.0
    whole = np.rint(array)
    return whole, float(np.abs(whole - array).max())


def _is_int16(array: NDArray[Any]) -> bool:
    limits = np.iinfo(np.int16)
    low, high = _ends(array)
    if low < limits.min or high > limits.max:
        return False
    return _rounded(array)[1] == 0


def _refuse_not_finite(array: NDArray[Any]) -> None:
    if array.dtype.kind not in "iufb":
        raise Refused(f"voxels are {array.dtype}, not real numbers")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        count = int(array.size - np.isfinite(array).sum())
        raise Refused(f"{count:,} of {array.size:,} voxels are not finite (NaN or infinite)")


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(str(length) for length in shape)
