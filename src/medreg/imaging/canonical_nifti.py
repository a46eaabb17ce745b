"""The bytes of canonical NIfTI-1: every header field is decided here (nifti1.h)."""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging import gzipped
from medreg.imaging.geometry import RIGHT, left_handed, quaternion, skew

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from medreg.volume import Volume

HEADER = struct.Struct("<i 36x 8h 12x 2x hh 2x 8f 3f 3x B 24x 80x 24x hh 3f 3f 12f 16x 4s")
DATATYPES = {  # code and bits of what canonical volumes hold
    "u1": (2, 8),
    "u2": (512, 16),
    "i2": (4, 16),
    "i4": (8, 32),
    "f4": (16, 32),
    "f8": (64, 64),
}


def canonical_chunks(volume: Volume, name: str) -> list[Callable[[], memoryview]]:
    """Return what gives the uncompressed file of *volume*, its axes as they are, piece by piece.

    Raises `Refused` calling the file *name* when axes are not perpendicular, or NIfTI-1 has no
    room for the shape or type.
    """
    kind = volume.array.dtype.newbyteorder("=").str[1:]
    if kind not in DATATYPES:
        raise Refused(f"{name}: no canonical NIfTI of {volume.array.dtype}")
    if skew(volume.affine) > np.degrees(RIGHT) * 4:
        raise Refused(f"{name}: axes miss the right angle by {skew(volume.affine):.3f} degrees")
    if max(volume.shape) > np.iinfo(np.int16).max:
        raise Refused(f"{name}: NIfTI-1 holds at most 32,767 voxels along an axis: {volume.shape}")
    plane = volume.array[..., 0].size * volume.array.dtype.itemsize
    header = _header_bytes(volume, kind) + bytes(4)  # no extension
    runs = gzipped.grouped([plane] * volume.shape[2])
    return [
        partial(_slices, volume.array[..., run.start : run.stop], kind, header if first else b"")
        for first, run in zip((True, *[False] * len(runs)), runs, strict=False)
    ]


def _slices(array: NDArray[Any], kind: str, before: bytes) -> memoryview:
    planes = np.ascontiguousarray(array.T, "<" + kind).data.cast("B")
    return memoryview(before + planes) if before else planes


def _header_bytes(volume: Volume, kind: str) -> bytes:
    """Return the 348 bytes of a NIfTI-1 header in the order of nifti1.h."""
    code, bits = DATATYPES[kind]
    x, y, z = volume.affine[:3].tolist()
    qfac = -1 if left_handed(volume.affine) else 1
    return HEADER.pack(
        HEADER.size,
        *(3, *volume.shape, 1, 1, 1, 1),  # dim
        *(code, bits),
        *(qfac, *volume.spacing, 1, 1, 1, 1),  # pixdim
        *(HEADER.size + 4, 1, 0),  # vox_offset, scl_slope, scl_inter
        *(2, 1, 1),  # xyzt_units: mm; qform_code and sform_code: scanner
        *quaternion(volume.affine),
        *(x[3], y[3], z[3]),
        *(*x, *y, *z),
        b"n+1",
    )
