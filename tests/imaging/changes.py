"""One change each that people make to a scan before they publish it again, as a random draw."""

from __future__ import annotations

import gzip
import io
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medreg.imaging import nifti
from medreg.volume import Volume
from tests.imaging import copies
from tests.imaging.planted import gridded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Random = np.random.Generator
    Change = Callable[[Volume, Random], Volume]

WINDOWS = ((-1000, 1000), (-1024, 1024), (-1024, 2000), (-1000, 400), (-200, 300))


def oriented(scan: Volume, rng: Random) -> Volume:
    """Store the voxels along other axes; the header says so, or no longer does."""
    order = rng.permutation(3)
    flips = rng.choice([-1, 1], 3)
    array = scan.array.transpose(order)[tuple(slice(None, None, sign) for sign in flips)]
    if rng.random() < 0.5:
        return replace(scan, array=array)
    turn = np.zeros((4, 4))
    turn[3, 3] = 1
    for new, old in enumerate(order):
        turn[old, new] = flips[new]
        turn[old, 3] = 0 if flips[new] > 0 else scan.shape[old] - 1
    return replace(scan, array=array, affine=scan.affine @ turn)


def headless(scan: Volume, rng: Random) -> Volume:
    """Lose the header of a scan that was stored from left to right, or from right to left."""
    array = scan.array[::-1, ::-1] if rng.random() < 0.5 else scan.array
    return Volume(array, np.eye(4), scan.unit)


def typed(scan: Volume, rng: Random) -> Volume:
    kinds = ("i4", "f4", "f8", "i2") if scan.unit == "HU" else ("u2", "i4", "f4", "f8")
    return replace(scan, array=scan.array.astype(kinds[rng.integers(len(kinds))]))


def offset(scan: Volume, rng: Random) -> Volume:
    kind = ("i2", "i4", "f4")[rng.integers(3)]
    return replace(scan, array=(scan.array.astype(np.int32) + 1024).astype(kind))


def clipped(scan: Volume, rng: Random) -> Volume:
    return replace(scan, array=np.clip(scan.array, *WINDOWS[rng.integers(len(WINDOWS))]))


def cropped(axes: tuple[int, ...], least: float) -> Change:
    """Cut away up to 1 - *least* along *axes*."""

    def change(scan: Volume, rng: Random) -> Volume:
        cut = [slice(None)] * 3
        for axis in axes:
            length = scan.shape[axis]
            size = round(length * rng.uniform(least, 0.9))
            first = int(rng.integers(0, length - size + 1))
            cut[axis] = slice(first, first + size)
        affine = scan.affine.copy()
        affine[:3, 3] = (scan.affine @ [*(one.start or 0 for one in cut), 1])[:3]
        return replace(scan, array=scan.array[tuple(cut)], affine=affine)

    return change


def regzipped(scan: Volume, rng: Random) -> Volume:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scan.nii.gz"
        nifti.write(scan, path)
        plain = gzip.decompress(path.read_bytes())
        path.write_bytes(gzip.compress(plain, int(rng.integers(1, 10))))
        return nifti.load(path, scan.unit)


def relabeled(scan: Volume, rng: Random) -> Volume:
    return scan


def resampled(scan: Volume, rng: Random) -> Volume:
    """Resample to cubes of 1 to 3 mm, as three common tools place the new grid."""
    mm = rng.uniform(1, 3)
    how = rng.integers(3)
    axes, steps, starts = [], [], []
    for length, step in zip(scan.shape, scan.spacing, strict=True):
        count = max(2, round(length * step / mm))
        if how == 0:  # the first voxel stays where it is
            ratio, first = mm / step, 0.0
            count = int((length - 1) / ratio) + 1
        elif how == 1:  # the edges stay
            ratio = length / count
            first = (ratio - 1) / 2
        else:  # the first and the last voxel stay
            ratio, first = (length - 1) / (count - 1), 0.0
        axes.append(first + ratio * np.arange(count, dtype=np.float64))
        steps.append(ratio)
        starts.append(first)
    values = scan.array.astype(np.float32)
    for axis, ratio in enumerate(steps):  # against aliasing, as resamplers that know it do
        for _ in range(round(ratio) - 1 if rng.random() < 0.5 else 0):
            side = np.swapaxes(values, 0, axis)
            padded = np.concatenate([side[:1], side, side[-1:]])
            values = np.swapaxes((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4, 0, axis)
    made = gridded(values, axes)
    affine = scan.affine @ np.diag([*steps, 1.0])
    affine[:3, 3] = (scan.affine @ [*starts, 1])[:3]
    return Volume(np.rint(made).astype(np.int16), affine, scan.unit)


def noisy(scan: Volume, rng: Random) -> Volume:
    """Add noise of 2 to 8 HU, or of as many thousandths of an MR's range."""
    values = copies.numbers(scan)
    sd = rng.uniform(2, 8) * (1 if scan.unit == "HU" else np.quantile(values, 0.99) / 1000)
    made = values + rng.normal(0, sd, scan.shape)
    return replace(scan, array=np.rint(made).astype(np.int16))


def lossy(scan: Volume, rng: Random) -> Volume:
    """Store each slice as JPEG (8 bits over 2000 HU or the range), or as JPEG 2000 with 12 bits."""
    from PIL import Image

    low, high = (-1000.0, 1000.0) if scan.unit == "HU" else (0.0, float(scan.array.max()))
    jpeg, quality = rng.random() < 0.5, int(rng.integers(75, 96))
    levels = 255 if jpeg else 4095
    gray = np.clip((copies.numbers(scan) - low) * levels / (high - low), 0, levels)
    planes = []
    for k in range(scan.shape[2]):
        stream = io.BytesIO()
        if jpeg:
            plane = Image.fromarray(gray[:, :, k].astype(np.uint8))
            plane.save(stream, format="jpeg", quality=quality)
        else:
            plane = Image.fromarray(gray[:, :, k].astype(np.uint16))
            plane.save(stream, format="jpeg2000", irreversible=True, quality_layers=[10])
        planes.append(np.asarray(Image.open(stream), np.float32))
    made = np.stack(planes, axis=2) * (high - low) / levels + low
    return replace(scan, array=np.rint(made).astype(np.int16))


CHANGES: Mapping[str, Change] = {
    "re-orientation": oriented,
    "header and spacing reset": headless,
    "dtype": typed,
    "offset of 1024": offset,
    "clipping at HU limits": clipped,
    "crop in z": cropped((2,), 0.5),
    "crop in plane": cropped((0, 1), 0.6),
    "crop in z and plane": cropped((0, 1, 2), 0.6),
    "gzip level": regzipped,
    "label only": relabeled,
    "resampling to 1-3 mm": resampled,
    "mild noise": noisy,
    "lossy compression": lossy,
    "softer kernel": lambda scan, _: copies.smoothed(scan),
    "slices twice as thick": lambda scan, _: copies.thick(scan),
}
ONLY_HU = ("offset of 1024", "clipping at HU limits")
