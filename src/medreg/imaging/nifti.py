"""NIfTI: read any, write one kind.

What is written is NIfTI-1, RAS+, gzipped, with every header field decided here, so that the same
volume gives the same bytes. Fields are those of nifti1.h and nifti2.h (nifti.nimh.nih.gov).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from medreg.errors import Refused
from medreg.files.atomic import whole_file
from medreg.imaging import gzipped
from medreg.imaging.canonical_nifti import canonical_chunks
from medreg.imaging.geometry import apart, check_affine, same_way
from medreg.imaging.guard import refuse_huge, refusing
from medreg.imaging.scaling import scaled
from medreg.imaging.stream import inflated, skip, take
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medreg.imaging.geometry import Matrix

MILLIMETERS = {1: 1000.0, 2: 1.0, 3: 0.001}  # xyzt_units; others do not say, which means mm
AGREE = 0.1  # mm between a corner by sform and by qform that needs no note


@dataclass(frozen=True, slots=True)
class _Header:
    shape: tuple[int, int, int]
    channels: int
    kind: np.dtype[Any]  # as stored, byte order included
    offset: int  # bytes from the end of the header block to the voxels
    slope: float
    intercept: float
    affine: Matrix
    notes: tuple[str, ...]


def read(stream: BinaryIO, name: str, *, channel: int | None = None, unit: str = "") -> Volume:
    """Read a ``.nii`` or ``.nii.gz``; *name* is what errors call it.

    The scale is applied exactly (`scaling.scaled`); axes stay as stored. A 4-D file is refused
    unless it holds one volume or *channel* (counted from 0) says which.
    Raises `Refused` for anything that is not one whole volume of real numbers in known space.
    """
    with inflated(stream, name) as source:
        return _volume(source, _header(source, name), name, channel, unit)


def read_pair(
    header: BinaryIO, voxels: BinaryIO, name: str, *, channel: int | None = None, unit: str = ""
) -> Volume:
    """Read a ``.hdr`` and its ``.img`` as `read` does: NIfTI, or Analyze 7.5.

    Analyze does not say how a volume lies: it is taken as SPM takes it, and a note says so.
    """
    with inflated(header, name) as source:
        found = _header(source, name, pair=True)
    with inflated(voxels, name) as source:
        return _volume(source, found, name, channel, unit)


def _volume(source: BinaryIO, header: _Header, name: str, channel: int | None, unit: str) -> Volume:
    chosen = _chosen(header, channel, name)
    size = prod(header.shape) * header.kind.itemsize
    skip(source, header.offset + chosen * size, name)
    voxels = take(source, size, name)
    skip(source, (header.channels - 1 - chosen) * size, name)
    if source.read(1 << 16) and source.read(1):  # read to the end: it holds the checksum
        raise Refused(f"{name} holds more voxels than its header declares")
    stored = np.frombuffer(voxels, header.kind).reshape(header.shape, order="F")
    native = stored.astype(header.kind.newbyteorder("="), copy=False)
    values = scaled(native, header.slope, header.intercept)
    return Volume(values, header.affine, unit, header.notes)


def channels(stream: BinaryIO, name: str) -> int:
    """Return how many volumes a file holds: 1 for 3-D. Raises `Refused` as `read` does."""
    with inflated(stream, name) as source:
        return _header(source, name).channels


def load(path: Path, unit: str = "") -> Volume:
    """Read the file at *path*."""
    with path.open("rb") as stream:
        return read(stream, str(path), unit=unit)


def write(volume: Volume, target: Path, *, durable: bool = True, turn: bool = True) -> None:
    """Write *volume* as canonical ``.nii.gz``, whole or not at all; see `files.atomic.whole_file`.

    Its axes stay as they are unless they *turn* to RAS+, as everything canonical does.
    Raises `Refused` when they are not perpendicular, or NIfTI-1 has no room for its shape.
    """
    chunks = canonical_chunks(volume.to_ras() if turn else volume, target.name)
    with whole_file(target, durable=durable) as part, part.open("wb") as stream:
        gzipped.write(chunks, stream)


# --- reading -----------------------------------------------------------------------------------


def _header(source: BinaryIO, name: str, *, pair: bool = False) -> _Header:
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header
    from nibabel.spm2analyze import Spm2AnalyzeHeader

    start = bytes(take(source, 4, name))
    sizes = {struct.unpack(order + "i", start)[0] for order in "<>"}
    kinds: dict[int, Any] = {348: Nifti1Header, 540: Nifti2Header}  # by sizeof_hdr
    length = next(iter(sizes & kinds.keys()), 0)
    if not length:
        raise Refused(f"{name} is not NIfTI: it starts with {start.hex(' ')}")
    block = start + take(source, length - len(start), name)
    with refusing(name, "NIfTI"):
        fields = kinds[length](block, check=False)
        magic = bytes(fields["magic"].item())
        if magic.startswith((b"n+1", b"n+2")) == pair:
            alone = "a whole file" if pair else "half of a pair of files"
            raise Refused(f"{name} is {alone} (magic {magic!r})")
        if pair and not magic.startswith((b"ni1", b"ni2")):
            fields = Spm2AnalyzeHeader(block, check=False)
        shape, volumes = _shape(fields["dim"].tolist(), name)
        return _Header(
            shape,
            volumes,
            _dtype(fields, name),
            max(0, int(fields["vox_offset"]) - (0 if pair else length)),
            *_scale(fields, name),
            *_affine(fields, shape, name),
        )


def _shape(dim: list[int], name: str) -> tuple[tuple[int, int, int], int]:
    if dim[0] not in range(2, 8):
        raise Refused(f"{name} has {dim[0]} dimensions")
    i, j, k, volumes, *more = (*dim[1 : dim[0] + 1], 1, 1, 1)
    refuse_huge(name, i, j, k, volumes)
    if any(length > 1 for length in more):
        raise Refused(f"{name} has vectors for voxels: dim is {dim[1 : dim[0] + 1]}")
    return (i, j, k), volumes


def _dtype(fields: Any, name: str) -> np.dtype[Any]:
    kind: np.dtype[Any] = np.dtype(fields.get_data_dtype())
    if kind.kind not in "iuf" or kind.itemsize > np.dtype("f8").itemsize:
        raise Refused(f"{name} holds {kind} (datatype {fields['datatype']}), not real numbers")
    return kind


def _scale(fields: Any, name: str) -> tuple[float, float]:
    slope, intercept = float(fields["scl_slope"]), float(fields["scl_inter"])
    if slope == 0 or not np.isfinite(slope):  # nifti1.h: 0 means that values are as stored
        return 1.0, 0.0
    if not np.isfinite(intercept):
        raise Refused(f"{name}: scl_slope is {slope} but scl_inter is {intercept}")
    return slope, intercept


def _affine(fields: Any, shape: Sequence[int], name: str) -> tuple[Matrix, tuple[str, ...]]:
    """Return the sform, else the qform, in millimeters; refuse a file that does not say.

    Each speaks only where its code is set: real files leave rubbish in the other one.
    """
    if "qform_code" not in fields:
        affine = np.array(fields.get_origin_affine(), dtype=np.float64)
        check_affine(affine, name)
        return affine, ("Analyze: left, right and origin are not in the file; taken as SPM does",)
    fields["pixdim"][1:4] = np.abs(fields["pixdim"][1:4])
    fields["pixdim"][0] = -1 if fields["pixdim"][0] < 0 else 1
    found = []
    if fields["sform_code"] > 0:
        found.append(np.array(fields.get_sform(), dtype=np.float64))
    if fields["qform_code"] > 0:
        found.append(np.array(fields.get_qform(), dtype=np.float64))
    if not found:
        raise Refused(
            f"{name} does not say how it lies in the patient: qform_code and sform_code are 0",
            hint="left and right cannot be told from this file",
        )
    for affine in found:
        affine[:3] *= MILLIMETERS.get(int(fields["xyzt_units"]) & 7, 1.0)
        check_affine(affine, name)
    sform, qform = found[0], found[-1]
    if not same_way(sform, qform):
        said = [np.round(affine[:3, :3], 3).tolist() for affine in found]
        raise Refused(f"{name} contradicts itself: axes are {said[0]} by sform, {said[1]} by qform")
    distance = apart(sform, qform, shape)
    if distance > AGREE:
        return sform, (f"sform and qform are {distance:.1f} mm apart; the sform was taken",)
    return sform, ()


def _chosen(header: _Header, channel: int | None, name: str) -> int:
    if channel is None and header.channels > 1:
        raise Refused(f"{name} holds {header.channels} volumes; name one channel")
    if channel is not None and not 0 <= channel < header.channels:
        raise Refused(f"{name} has no channel {channel}: it holds {header.channels}")
    return channel or 0
