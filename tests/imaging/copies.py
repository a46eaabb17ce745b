"""Copies of a scan, as they turn up in other datasets: one per way in which people change it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray


def numbers(scan: Volume) -> NDArray[np.integer | np.floating]:
    """Return the voxels of an image: real numbers, of whatever type they are stored in."""
    return cast("NDArray[np.integer | np.floating]", scan.array)


def with_values(scan: Volume, array: np.ndarray) -> Volume:
    return replace(scan, array=array)


def turned(scan: Volume) -> Volume:
    """Store the same voxels along other axes, and say so in the header."""
    order = np.array(
        [[0, -1, 0, scan.shape[0] - 1], [1, 0, 0, 0], [0, 0, -1, scan.shape[2] - 1], [0, 0, 0, 1]],
        dtype=np.float64,
    )
    array = scan.array[::-1, :, ::-1].transpose(1, 0, 2)
    return Volume(array, scan.affine @ order, scan.unit)


def mirrored(scan: Volume) -> Volume:
    """Lose the header, and with it left and right."""
    return with_values(scan, scan.array[::-1])


def upside_down(scan: Volume) -> Volume:
    return with_values(scan, scan.array[:, ::-1, ::-1].transpose(2, 0, 1))


def header_lost(scan: Volume) -> Volume:
    return replace(scan, affine=np.eye(4))


def other_type(scan: Volume) -> Volume:
    return with_values(scan, scan.array.astype(np.float32))


def shifted(scan: Volume) -> Volume:
    return with_values(scan, scan.array.astype(np.int32) + 1024)


def clipped(scan: Volume) -> Volume:
    return with_values(scan, np.clip(scan.array, -1000, 1000))


def cropped_in_z(scan: Volume) -> Volume:
    k = scan.shape[2]
    return with_values(scan, scan.array[:, :, k // 5 : k // 5 + k * 7 // 10])


def cropped(scan: Volume) -> Volume:
    part = tuple(slice(n // 10, n // 10 + n * 8 // 10) for n in scan.shape)
    return with_values(scan, scan.array[part])


def cropped_to_half(scan: Volume) -> Volume:
    part = tuple(slice(n // 4, n // 4 + n // 2) for n in scan.shape)
    return with_values(scan, scan.array[part])


def resampled(scan: Volume) -> Volume:
    """Resample linearly to voxels 1.3 times as large."""
    array = scan.array.astype(np.float64)
    for axis, length in enumerate(array.shape):
        places = np.arange(0, length - 1, 1.3)
        low = places.astype(int)
        part = (places - low).reshape([-1 if a == axis else 1 for a in range(3)])
        array = np.take(array, low, axis) * (1 - part) + np.take(array, low + 1, axis) * part
    return with_values(scan, np.rint(array).astype(np.int16))


def noisy(scan: Volume) -> Volume:
    noise = np.random.default_rng(5).normal(0, 5, scan.shape)
    return with_values(scan, np.rint(numbers(scan) + noise).astype(np.int16))


def smoothed(scan: Volume) -> Volume:
    """Reconstruct with a softer kernel, as far as averaging neighbors does."""
    array = scan.array.astype(np.float64)
    for axis in (0, 1):
        array = (np.roll(array, 1, axis) + 2 * array + np.roll(array, -1, axis)) / 4
    return with_values(scan, np.rint(array).astype(np.int16))


def thick(scan: Volume) -> Volume:
    """Average every two slices."""
    k = scan.shape[2] // 2 * 2
    values = numbers(scan)
    array = (values[:, :, 0:k:2].astype(np.float64) + values[:, :, 1:k:2]) / 2
    return with_values(scan, np.rint(array).astype(np.int16))


SAME_SCAN: Mapping[str, Callable[[Volume], Volume]] = {
    "other axes": turned,
    "mirrored": mirrored,
    "axes permuted and flipped": upside_down,
    "header and spacing lost": header_lost,
    "other type": other_type,
    "offset of 1024": shifted,
    "clipped to 1000": clipped,
    "cropped in z to 70 %": cropped_in_z,
    "cropped to 80 %": cropped,
    "cropped to 50 %": cropped_to_half,
}
SAME_PATIENT: Mapping[str, Callable[[Volume], Volume]] = {
    "resampled": resampled,
    "noise of 5": noisy,
    "softer kernel": smoothed,
    "slices twice as thick": thick,
}
