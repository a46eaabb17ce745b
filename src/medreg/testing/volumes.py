"""Write volumes as NIfTI, MetaImage, NRRD or Analyze, by the ending of their path."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Misuse
from medreg.testing.attributes import to_lps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from medreg.volume import Volume

LEVEL = 2  # of isal: the same bytes on every x86 CPU tried
META = {"i1": "MET_CHAR", "u1": "MET_UCHAR", "i2": "MET_SHORT", "u2": "MET_USHORT"}
META |= {"i4": "MET_INT", "u4": "MET_UINT", "f4": "MET_FLOAT", "f8": "MET_DOUBLE"}
NRRD = {"i1": "int8", "u1": "uint8", "i2": "int16", "u2": "uint16"}
NRRD |= {"i4": "int32", "u4": "uint32", "f4": "float", "f8": "double"}


def files(members: Sequence[str], volumes: Sequence[Volume]) -> Mapping[str, bytes]:
    """Return the contents of *members*, a file or a header and its data, that show *volumes*.

    Several volumes of one grid are one 4-D NIfTI. Raises `Misuse` for another ending.
    """
    path = members[0].lower()
    if path.endswith((".nii", ".nii.gz")):
        return {members[0]: nifti(volumes, gzipped=path.endswith(".gz"))}
    if len(volumes) > 1 or len(members) > 2:  # noqa: PLR2004 - a header and its data
        raise Misuse(f"a miniature cannot write several volumes to {members[0]}")
    pixels = to_lps(volumes[0])
    beside = members[1] if len(members) > 1 else ""
    if path.endswith((".mha", ".mhd")):
        head, data = _meta(pixels, beside)
    elif path.endswith((".nrrd", ".nhdr")):
        head, data = _nrrd(pixels, beside)
    elif path.endswith(".hdr") and beside:
        head, data = _pair(pixels)
        data = gzip.compress(data, mtime=0) if beside.endswith(".gz") else data
    else:
        raise Misuse(f"a miniature cannot write {members[0]}")
    return {members[0]: head, beside: data} if beside else {members[0]: head + data}


def nifti(volumes: Sequence[Volume], *, gzipped: bool) -> bytes:
    """Write *volumes* of one grid as a NIfTI file in LPS order, 4-D if there are several."""
    import nibabel as nib
    from isal import igzip

    stored = [to_lps(volume) for volume in volumes]
    array = stored[0].array if len(stored) == 1 else np.stack([s.array for s in stored], axis=-1)
    data: bytes = _image(nib.Nifti1Image, array, stored[0]).to_bytes()
    return igzip.compress(data, LEVEL, mtime=0) if gzipped else data


def _pair(pixels: Volume) -> tuple[bytes, bytes]:
    """Return a NIfTI header and its voxels as two files, as Analyze has them."""
    import nibabel as nib
    from nibabel.fileholders import FileHolder

    parts = {name: io.BytesIO() for name in ("header", "image")}
    holders = {name: FileHolder(fileobj=part) for name, part in parts.items()}
    _image(nib.Nifti1Pair, pixels.array, pixels).to_file_map(holders)
    return parts["header"].getvalue(), parts["image"].getvalue()


def _image(kind: Any, array: NDArray[Any], grid: Volume) -> Any:
    image = kind(np.asfortranarray(array), grid.affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(grid.affine, code=1)
    image.set_qform(grid.affine, code=1)
    return image


def _meta(pixels: Volume, beside: str) -> tuple[bytes, bytes]:
    data = _raw(pixels)
    packed = beside.endswith(".zraw")
    data = zlib.compress(data) if packed else data
    directions, origin = _lps(pixels)
    lines = [
        "ObjectType = Image",
        "NDims = 3",
        "BinaryData = True",
        "BinaryDataByteOrderMSB = False",
        f"CompressedData = {packed}",
        *([f"CompressedDataSize = {len(data)}"] if packed else []),
        f"TransformMatrix = {_numbers(directions.T.ravel())}",
        f"Offset = {_numbers(origin)}",
        f"ElementSpacing = {_numbers(np.array(pixels.spacing))}",
        f"DimSize = {_numbers(np.array(pixels.shape))}",
        f"ElementType = {META[_kind(pixels)]}",
        f"ElementDataFile = {beside.rpartition('/')[2] or 'LOCAL'}",
    ]
    return "".join(f"{line}\n" for line in lines).encode(), data


def _nrrd(pixels: Volume, beside: str) -> tuple[bytes, bytes]:
    directions, origin = _lps(pixels)
    steps = (directions * np.array(pixels.spacing)).T
    vectors = " ".join(f"({_numbers(step, ',')})" for step in steps)
    lines = [
        "NRRD0004",
        f"type: {NRRD[_kind(pixels)]}",
        "dimension: 3",
        "space: left-posterior-superior",
        f"sizes: {_numbers(np.array(pixels.shape))}",
        f"space directions: {vectors}",
        "kinds: domain domain domain",
        "endian: little",
        f"encoding: {'gzip' if beside.endswith('.gz') else 'raw'}",
        f"space origin: ({_numbers(origin, ',')})",
        *([f"data file: {beside.rpartition('/')[2]}"] if beside else []),
    ]
    data = _raw(pixels)
    data = gzip.compress(data, mtime=0) if beside.endswith(".gz") else data
    return "".join(f"{line}\n" for line in [*lines, ""]).encode(), data


def _lps(pixels: Volume) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return direction cosines as columns, and the first voxel's place, in LPS."""
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ pixels.affine
    return affine[:3, :3] / np.array(pixels.spacing) + 0.0, affine[:3, 3] + 0.0


def _kind(pixels: Volume) -> str:
    return pixels.array.dtype.str[1:]


def _raw(pixels: Volume) -> bytes:
    little = pixels.array.dtype.newbyteorder("<")
    return pixels.array.astype(little, copy=False).tobytes(order="F")


def _numbers(values: NDArray[Any], between: str = " ") -> str:
    return between.join(f"{value:.12g}" for value in values.tolist())
