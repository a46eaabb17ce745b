"""A low-resolution signature: what survives resampling, another kernel and thickness, and noise.

The body's box is averaged to 32 x 32 x 32, and the signs of its 8 x 8 x 8 lowest cosine
coefficients (without the mean) are 511 bits, as perceptual hashes of photographs do it
(Zauner 2010). It needs canonical axes, and a crop changes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

SIDE = 32
LOWEST = 8
BITS = LOWEST**3 - 1
FINEST = 128  # voxels per axis that are read; averages of fewer than 4 are blurred anyway
BODY = -300.0  # HU between air or lung and tissue
FILLED = 0.02  # of a plane is body where the box begins
LIMITS = (-1000.0, 1000.0)  # HU


def perceptual(array: NDArray[Any], unit: str) -> NDArray[np.uint8]:
    """Return 511 bits, packed to 64 bytes, of *array* in RAS+ order; *unit* as in `Volume`."""
    coarse = array[tuple(slice(None, None, max(1, length // FINEST)) for length in array.shape)]
    values = np.nan_to_num(coarse.astype(np.float32))
    if unit == "HU":
        values = np.clip(values, *LIMITS)
    else:
        values = np.minimum(values, np.quantile(values, 0.999))
    boxed = _box(values, BODY if unit == "HU" else float(values.mean()))
    small = _averaged(boxed)
    cosines = np.cos(np.pi * np.outer(np.arange(LOWEST), np.arange(SIDE) + 0.5) / SIDE)
    spectrum = np.einsum("abc,ia,jb,kc->ijk", small, cosines, cosines, cosines, optimize=True)
    return np.packbits(spectrum.ravel()[1:] > 0)


def agreement(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the share of bits that agree; two unrelated scans have about 0.5."""
    return 1 - int(np.bitwise_count(one ^ other).sum()) / BITS


def _box(values: NDArray[np.float32], threshold: float) -> NDArray[np.float32]:
    """Cut *values* to the planes that hold body; all of it where none does."""
    body = values > threshold
    cut = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        (planes,) = np.nonzero(body.mean(axis=others) > FILLED)
        cut.append(slice(planes[0], planes[-1] + 1) if len(planes) else slice(None))
    return values[tuple(cut)]


def _averaged(values: NDArray[np.float32]) -> Matrix:
    """Average *values* to 32 x 32 x 32 boxes of equal size; short axes repeat voxels."""
    made = values.astype(np.float64)
    for axis in range(3):
        made = np.moveaxis(np.tensordot(_weights(made.shape[axis]), made, (1, axis)), 0, axis)
    return made


def _weights(length: int) -> Matrix:
    """Return how much of each of *length* voxels lies in each of 32 boxes; rows sum to 1."""
    edges = np.linspace(0, length, SIDE + 1)
    voxels = np.arange(length)
    overlap = np.minimum(edges[1:, None], voxels + 1) - np.maximum(edges[:-1, None], voxels)
    shares: Matrix = np.clip(overlap, 0, None) * (SIDE / length)
    return shares
