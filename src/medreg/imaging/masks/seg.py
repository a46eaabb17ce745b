"""DICOM Segmentation: frames onto the grid of the image that they were drawn on.

Binary, fractional and label map segmentations (PS3.3 A.51, A.90 and C.8.20), in any transfer
syntax that can be decoded. Each frame is put where its own position says, whatever their order;
frames that were left out are empty. A fractional pixel belongs to its segment from one half of
MaximumFractionalValue on: that is our rule, and noted.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.codecs import Decoder
from medreg.imaging.dicom import read_dataset
from medreg.imaging.guard import refusing
from medreg.imaging.masks.codes import code_sequences
from medreg.imaging.masks.frames import frames, planes
from medreg.imaging.masks.identity import UNKNOWN, Identity
from medreg.imaging.masks.merge import label_map, numbered
from medreg.imaging.masks.structures import Structure, on_grid, region_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pydicom import Dataset

    from medreg.imaging.geometry import Matrix
    from medreg.imaging.masks.frames import Frame
    from medreg.imaging.masks.structures import Code, Drawing, Index
    from medreg.model import Tree
    from medreg.volume import Volume

STORAGE = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
KINDS = {"BINARY": (1,), "FRACTIONAL": (8,), "LABELMAP": (8, 16)}  # by SegmentationType
ON_GRID = 0.05  # voxels that a frame's pixel may lie beside the image's
CODED = {
    "category": "SegmentedPropertyCategoryCodeSequence",
    "type": "SegmentedPropertyTypeCodeSequence",
    "region": "AnatomicRegionSequence",
}
MODIFIERS = {
    "type": "SegmentedPropertyTypeModifierCodeSequence",
    "region": "AnatomicRegionModifierSequence",
}


def read_seg(tree: Tree, path: str, onto: Volume, *, priority: Sequence[str] = ()) -> Volume:
    """Read a SEG as segment numbers on the grid of *onto*.

    Where segments overlap, the one whose name comes first in *priority* wins. Raises `Refused` as
    `read_segments` does, and for an overlap that *priority* does not decide.
    """
    drawing = read_segments(tree, path, onto)
    volume = label_map(drawing, numbered(drawing, path), priority, path)
    return replace(volume, affine=onto.affine)


def read_segments(
    tree: Tree,
    path: str,
    onto: Volume,
    image: Identity = UNKNOWN,
    *,
    allow_other_image: bool = False,
) -> Drawing:
    """Read every segment of a SEG as voxels of *onto*; segments may overlap.

    *image* is what the DICOM image says it is; another frame of reference is refused unless
    *allow_other_image*, another series is noted, for positions tell whether the grid is the same.
    Raises `Refused` naming *path* for another kind of file, pixels that lie between or outside
    the image's voxels, and frames that are cut or cannot be decoded.
    """
    dataset = read_dataset(tree, path)
    with refusing(path, "DICOM SEG"):
        kind = _kind(dataset, path)
        notes = _of_another_image(dataset, image, path, allowed=allow_other_image)
        declared = {int(item.SegmentNumber): item for item in dataset.SegmentSequence}
        found = frames(dataset, path)
        if kind != "LABELMAP":
            _refuse_undeclared(found, declared, path)
        half = _half(dataset, path) if kind == "FRACTIONAL" else 1
    if kind == "FRACTIONAL":
        notes.append(f"fractional: voxels of at least {half} of {dataset.MaximumFractionalValue}")
    drawn: defaultdict[int, list[Index]] = defaultdict(list)
    to_voxel = np.linalg.inv(onto.affine)
    with Decoder() as decoder, refusing(path, "DICOM SEG"):
        each = planes(dataset, path, len(found), decoder)
        for frame, plane in zip(found, each, strict=True):
            matrix = to_voxel @ frame.affine
            for number, chosen in _chosen(plane, frame, declared, half, path):
                where = f"{path}, frame {frame.number} (segment {number})"
                drawn[number].append(_voxels(chosen, matrix, onto.shape, where))
        structures = [
            _structure(declared[number], region_of(drawn.pop(number, ())))
            for number in sorted(declared)
            if number  # 0 is the background of a label map
        ]
    return on_grid(structures, onto, notes)


def _kind(dataset: Dataset, path: str) -> str:
    """Return the SegmentationType, where it is one that is read, with the bits that it needs."""
    if dataset.get("SOPClassUID") not in STORAGE:
        name = getattr(dataset.get("SOPClassUID"), "name", "of no SOP class")
        raise Refused(f"{path} is {name}, not a DICOM Segmentation")
    kind, bits = str(dataset.SegmentationType), int(dataset.BitsAllocated)
    if (kind == "LABELMAP") != (dataset.SOPClassUID == STORAGE[1]) or kind not in KINDS:
        raise Refused(f"{path} is a {kind} segmentation of {dataset.SOPClassUID.name}")
    if bits not in KINDS[kind]:
        raise Refused(f"{path} is a {kind} segmentation with {bits} bits per pixel")
    return kind


def _refuse_undeclared(found: Sequence[Frame], declared: dict[int, Dataset], path: str) -> None:
    for frame in found:
        number = frame.segment or 0
        if number not in declared or not 0 < number <= np.iinfo(np.uint16).max:
            raise Refused(f"{path}, frame {frame.number}: no segment {number} is declared")


def _half(dataset: Dataset, path: str) -> int:
    """Return the smallest stored value that is at least one half (C.8.20.2.3)."""
    most = int(dataset.get("MaximumFractionalValue") or 0)
    if most < 1:
        raise Refused(f"{path} is FRACTIONAL without a MaximumFractionalValue")
    return (most + 1) // 2


def _chosen(
    plane: NDArray[Any], frame: Frame, declared: dict[int, Dataset], half: int, path: str
) -> list[tuple[int, NDArray[np.bool_]]]:
    """Return the segments that *plane* shows, each with its pixels."""
    if frame.segment is not None:
        return [(frame.segment, plane >= half)]
    numbers = np.unique(plane[plane != 0]).tolist()
    strange = [number for number in numbers if number not in declared]
    if strange:
        raise Refused(f"{path}, frame {frame.number}: no segment {strange[0]} is declared")
    return [(number, plane == number) for number in numbers]


def _voxels(plane: NDArray[np.bool_], to_voxel: Matrix, shape: Sequence[int], where: str) -> Index:
    """Return the voxels that the pixels of *plane* fall on."""
    row, column = np.nonzero(plane)
    if not row.size:
        return (row, row, row)
    exact = [to_voxel[i, 0] * column + to_voxel[i, 1] * row + to_voxel[i, 3] for i in range(3)]
    voxel = [np.rint(at).astype(np.int32) for at in exact]
    steps = np.abs(np.rint(to_voxel[:3, :2])).sum(axis=0).tolist()
    beside = max(np.abs(near - at).max() for near, at in zip(voxel, exact, strict=True))
    if steps != [1, 1] or beside > ON_GRID:  # a step of 2 would leave holes
        raise Refused(f"{where} does not lie on the image's voxels")
    if any(at.min() < 0 or at.max() >= n for at, n in zip(voxel, shape, strict=True)):
        raise Refused(f"{where} lies outside the image")
    i, j, k = voxel
    return (i, j, k)


def _structure(item: Dataset, region: Any) -> Structure:
    facts = {
        name: str(item.get(keyword))
        for name, keyword in (
            ("description", "SegmentDescription"),
            ("algorithm", "SegmentAlgorithmType"),
            ("algorithm_name", "SegmentAlgorithmName"),
        )
        if item.get(keyword)
    }
    return Structure(
        name=str(item.get("SegmentLabel") or f"segment {item.SegmentNumber}"),
        number=int(item.SegmentNumber),
        region=region,
        codes=_codes(item),
        facts=facts,
    )


def _codes(item: Dataset) -> dict[str, tuple[Code, ...]]:
    codes = code_sequences(item, CODED)
    for name, keyword in MODIFIERS.items():
        inside = (item.get(CODED[name]) or [None])[0]
        if inside is not None:
            codes |= code_sequences(inside, {f"{name}_modifier": keyword})
    return codes


def _of_another_image(dataset: Dataset, image: Identity, path: str, *, allowed: bool) -> list[str]:
    if image == UNKNOWN:
        return []
    frame = str(dataset.get("FrameOfReferenceUID") or "")
    series = referenced(dataset)
    notes = []
    if frame and image.frames_of_reference and frame not in image.frames_of_reference:
        problem = (
            f"was drawn in frame of reference {frame}, "
            f"the image is in {min(image.frames_of_reference)}"
        )
        if not allowed:
            raise Refused(
                f"{path} {problem}", hint="--allow-other-image, if you know that they fit together"
            )
        notes.append(f"allowed although it {problem}")
    if series and image.series and not series & image.series:
        notes.append(f"drawn on series {min(series)}, on the same voxels as this image")
    return notes


def referenced(dataset: Dataset) -> set[str]:
    """Return the series that a SEG says it was drawn on."""
    items = dataset.get("ReferencedSeriesSequence") or ()
    return {str(one.get("SeriesInstanceUID") or "") for one in items} - {""}
