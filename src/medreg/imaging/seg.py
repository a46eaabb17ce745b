"""DICOM Segmentation: binary frames onto the grid of the image that they were drawn on.

Attributes are those of PS3.3 A.51 and C.8.20.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.dicom import read_dataset
from medreg.imaging.geometry import check_affine, from_dicom
from medreg.imaging.guard import MAX_PIXELS, refuse_huge, refusing
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pydicom import Dataset

    from medreg.imaging.geometry import Matrix
    from medreg.model import Tree

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
ON_GRID = 0.05  # voxels that a frame's pixel may lie beside the image's


@dataclass(frozen=True, slots=True)
class _Frame:
    number: int  # counted from 1, as in DICOM
    segment: int
    affine: Matrix  # pixel (column, row, 0) to RAS+ mm


def read_seg(tree: Tree, path: str, onto: Volume) -> Volume:
    """Read a binary, uncompressed SEG as segment numbers on the grid of *onto*.

    Each frame is put where its own position says; frames that were left out are empty. Type is
    uint8, or uint16 where a segment number exceeds 255. Raises `Refused` for another kind of
    segmentation, pixels that lie between or outside the image's voxels, and segments that overlap.
    """
    dataset = read_dataset(tree, path)
    with refusing(path, "DICOM SEG"):
        _refuse_other_kinds(dataset, path)
        frames = _frames(dataset, path)
        planes = _planes(dataset, path, len(frames))
    largest = max(frame.segment for frame in frames)
    labels = np.zeros(onto.shape, np.uint8 if largest <= np.iinfo(np.uint8).max else np.uint16)
    to_voxel = np.linalg.inv(onto.affine)
    for frame, plane in zip(frames, planes, strict=True):
        _paint(labels, plane, to_voxel @ frame.affine, frame, path)
    return Volume(labels, onto.affine, "label")


def _refuse_other_kinds(dataset: Dataset, path: str) -> None:
    if dataset.SOPClassUID != SEGMENTATION:
        raise Refused(f"{path} is {dataset.SOPClassUID.name}, not a DICOM Segmentation")
    if dataset.SegmentationType != "BINARY" or dataset.BitsAllocated != 1:
        raise Refused(f"{path} is a {dataset.SegmentationType} segmentation; only BINARY is read")
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax.is_encapsulated:
        raise Refused(f"{path} is compressed ({syntax.name}); only plain binary SEG is read")


def _frames(dataset: Dataset, path: str) -> list[_Frame]:
    declared = {int(segment.SegmentNumber) for segment in dataset.SegmentSequence}
    groups = dataset.PerFrameFunctionalGroupsSequence
    if len(groups) != int(dataset.NumberOfFrames) or not groups:
        raise Refused(f"{path} describes {len(groups)} of its {dataset.NumberOfFrames} frames")
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [{}])[0]
    frames = [_frame(group, shared, number) for number, group in enumerate(groups, 1)]
    for frame in frames:
        check_affine(frame.affine, f"{path}, frame {frame.number}")
        if frame.segment not in declared or not 0 < frame.segment <= np.iinfo(np.uint16).max:
            raise Refused(f"{path}, frame {frame.number}: no segment {frame.segment} is declared")
    return frames


def _frame(group: Dataset, shared: Any, number: int) -> _Frame:
    """Return where a frame lies; what it does not say itself, all frames share (C.7.6.16)."""

    def first(name: str) -> Any:
        return (group.get(name) or shared.get(name) or [{}])[0]

    return _Frame(
        number,
        int(first("SegmentIdentificationSequence").ReferencedSegmentNumber),
        from_dicom(
            [float(x) for x in first("PlaneOrientationSequence").ImageOrientationPatient],
            [float(x) for x in first("PixelMeasuresSequence").PixelSpacing],
            [float(x) for x in first("PlanePositionSequence").ImagePositionPatient],
            1.0,
        ),
    )


def _planes(dataset: Dataset, path: str, frames: int) -> Iterator[NDArray[np.bool_]]:
    """Return each frame's bits, ``(rows, columns)``; no padding is between them (PS3.5 8.1.1)."""
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    refuse_huge(path, columns, rows)
    pixels, packed = rows * columns, np.frombuffer(dataset.PixelData, np.uint8)
    if pixels > MAX_PIXELS or packed.size * 8 < pixels * frames:
        raise Refused(
            f"{path} is truncated: {packed.size:,} bytes for {frames} frames of {columns} x {rows}"
        )
    return (_unpacked(packed, at * pixels, pixels).reshape(rows, columns) for at in range(frames))


def _unpacked(packed: NDArray[np.uint8], start: int, count: int) -> NDArray[np.bool_]:
    whole = packed[start // 8 : (start + count + 7) // 8]
    bits = np.unpackbits(whole, bitorder="little")[start % 8 : start % 8 + count]
    return bits.astype(np.bool_)


def _paint(
    labels: NDArray[Any], plane: NDArray[np.bool_], to_voxel: Matrix, frame: _Frame, path: str
) -> None:
    """Set the voxels that the pixels of *plane* fall on."""
    row, column = np.nonzero(plane)
    if not row.size:
        return
    exact = [to_voxel[i, 0] * column + to_voxel[i, 1] * row + to_voxel[i, 3] for i in range(3)]
    voxel = [np.rint(where).astype(np.intp) for where in exact]
    where = f"{path}, frame {frame.number} (segment {frame.segment})"
    steps = np.abs(np.rint(to_voxel[:3, :2])).sum(axis=0).tolist()
    beside = max(np.abs(near - at).max() for near, at in zip(exact, voxel, strict=True))
    if steps != [1, 1] or beside > ON_GRID:  # a step of 2 would leave holes
        raise Refused(f"{where} does not lie on the image's voxels")
    if any(at.min() < 0 or at.max() >= n for at, n in zip(voxel, labels.shape, strict=True)):
        raise Refused(f"{where} lies outside the image")
    there = labels[tuple(voxel)]
    other = there[(there != 0) & (there != frame.segment)]
    if other.size:
        raise Refused(f"{where} overlaps segment {other[0]} in {other.size:,} voxels")
    labels[tuple(voxel)] = frame.segment
