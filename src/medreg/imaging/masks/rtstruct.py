"""RT Structure Sets: contours to voxels. Attributes are those of PS3.3 C.8.8.5 and C.8.8.6.

The rules, where the standard leaves any:

* A voxel belongs to a contour whose polygon holds its center, by `polygon.fill`.
* ``CLOSEDPLANAR_XOR`` is XOR (C.8.8.6.3). ``CLOSED_PLANAR`` is even-odd by itself, so keyholes come
  out right; one within another of its structure is a hole, as vendors write them; of those that
  overlap in part the union is taken (`polygon.nested`). All three are noted.
* A contour lies in the plane of voxels that is nearest to it, at most half the spacing away. Of
  contours at several heights within one plane, those nearest to it count.
* Points, open contours, contours that are not parallel to the image's planes and those outside
  the image are left out, and noted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.dicom import read_dataset
from medreg.imaging.guard import refusing
from medreg.imaging.masks.contours import Roi, rois
from medreg.imaging.masks.identity import UNKNOWN, Identity
from medreg.imaging.masks.oriented import oriented
from medreg.imaging.masks.polygon import Combined, exclusive, fill, nested
from medreg.imaging.masks.structures import EMPTY, Structure, on_grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from pydicom import Dataset

    from medreg.imaging.masks.contours import Contour
    from medreg.imaging.masks.oriented import Oriented
    from medreg.imaging.masks.polygon import Patch
    from medreg.imaging.masks.structures import Drawing, Region
    from medreg.model import Tree
    from medreg.volume import Volume

STORAGE = "1.2.840.10008.5.1.4.1.1.481.3"
CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
FLAT = 0.5  # voxels that a point may lie beside its contour's plane
SAME_HEIGHT = 0.1  # voxels between contours that were drawn in one plane

_Placed = dict[int, list[tuple[float, "Patch", str]]]  # by plane: height, pixels, type


def read_rtstruct(
    tree: Tree,
    path: str,
    onto: Volume,
    image: Identity = UNKNOWN,
    *,
    allow_other_image: bool = False,
) -> Drawing:
    """Read the structure set *path* as voxels of *onto*; every ROI is a structure.

    *image* is what the DICOM image says it is. An RTSTRUCT that was drawn on another series, in
    another frame of reference (where it names no series), or on slices that *image* lacks is
    refused unless *allow_other_image*. Raises `Refused` naming *path* for what is no structure
    set, and for contours that are cut or are no numbers.
    """
    dataset = read_dataset(tree, path)
    with refusing(path, "RTSTRUCT"):
        if dataset.get("SOPClassUID") != STORAGE:
            name = getattr(dataset.get("SOPClassUID"), "name", "of no SOP class")
            raise Refused(f"{path} is {name}, not an RT Structure Set")
        found = rois(dataset, path)
        notes = _of_another_image(dataset, found, image, path, allowed=allow_other_image)
    structures, remarks = filled(found, onto, path)
    return on_grid(structures, onto, [*notes, *remarks])


def filled(
    found: Sequence[Roi], onto: Volume, path: str, kind: str = "RTSTRUCT"
) -> tuple[list[Structure], list[str]]:
    """Return the voxels of *onto* that the contours of each ROI enclose, and remarks on them."""
    grid = oriented(onto.shape, onto.affine)
    notes: list[str] = []
    with refusing(path, kind):
        places = {
            id(contour): grid.places(contour.points) for roi in found for contour in _closed(roi)
        }
        across = _across(places.values())
        structures = []
        for roi in found:
            region, remarks = _drawn(roi, places, grid, across)
            notes += [f"{roi.name!r}: {remark}" for remark in remarks]
            structures.append(
                Structure(
                    name=roi.name,
                    number=roi.number,
                    region=region,
                    codes=roi.codes,
                    facts=roi.facts,
                )
            )
    return structures, notes


def _closed(roi: Roi) -> Iterable[Contour]:
    return (one for one in roi.contours if one.kind in CLOSED and len(one.points) > 2)  # noqa: PLR2004 - a polygon


def _across(places: Iterable[NDArray[np.float64]]) -> int:
    """Return the axis that contours lie across: the one along which they extend least."""
    extents = [points.max(axis=0) - points.min(axis=0) for points in places]
    if not extents:
        return 2
    return 2 - int(np.median(extents, axis=0).round(1)[::-1].argmin())  # of equals the last


def _drawn(
    roi: Roi, places: dict[int, NDArray[np.float64]], grid: Oriented, across: int
) -> tuple[Region, list[str]]:
    """Return the voxels of *roi*, and what a person should know of them."""
    along = [axis for axis in range(3) if axis != across]
    size = [grid.shape[axis] for axis in along]
    left_out = Counter(
        f"{one.kind} contours" if one.kind not in CLOSED else "contours of fewer than 3 points"
        for one in roi.contours
        if id(one) not in places
    )
    planes: _Placed = defaultdict(list)
    for contour in _closed(roi):
        points = places[id(contour)]
        height = float(points[:, across].mean())
        plane = int(np.floor(height + 0.5))
        if np.abs(points[:, across] - height).max() > FLAT:
            left_out["contours not parallel to the image's planes"] += 1
        elif not 0 <= plane < grid.shape[across]:
            left_out["contours outside the image"] += 1
        else:
            planes[plane].append((height, fill(points[:, along], size), contour.kind))
    merged: dict[int, Combined] = {}
    for plane, here in sorted(planes.items()):
        nearest = min(abs(height - plane) for height, *_ in here)
        at = min(height for height, *_ in here if abs(height - plane) == nearest)
        kept = [patch for height, patch, _ in here if abs(height - at) <= SAME_HEIGHT]
        left_out["contours between two planes that are nearer"] += len(here) - len(kept)
        by_xor = any(one.kind == "CLOSEDPLANAR_XOR" for one in roi.contours)
        merged[plane] = exclusive(kept) if by_xor else nested(kept)
    remarks = [f"left out {count} {what}" for what, count in sorted(left_out.items()) if count]
    return _stacked(merged, grid, across), remarks + _remarks(merged)


def _remarks(merged: dict[int, Combined]) -> list[str]:
    holes, twice, shared = (
        sum(getattr(plane, name) for plane in merged.values())
        for name in ("holes", "twice", "shared")
    )
    said = []
    if holes:
        said.append(f"{holes} contours within others were read as holes")
    if twice:
        said.append(f"{twice} contours enclose the same voxels as another and count once")
    if shared:
        said.append(f"contours overlap in part, in {shared:,} voxels; their union was taken")
    gaps = max(merged) - min(merged) + 1 - len(merged) if merged else 0
    if gaps:
        said.append(f"{gaps} planes between its contours have none and stay empty")
    return said


def _stacked(merged: dict[int, Combined], grid: Oriented, across: int) -> Region:
    """Put planes together to a region of the image's own grid."""
    patches = {plane: one.patch for plane, one in merged.items() if one.patch.array.size}
    if not patches:
        return EMPTY
    boxes = np.array([patch.box for patch in patches.values()])
    (x, y), (right, below) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
    first, last = min(patches), max(patches)
    array = np.zeros((last - first + 1, right - x, below - y), np.bool_)
    for plane, patch in patches.items():
        a, b, c, d = patch.box
        array[plane - first, a - x : c - x, b - y : d - y] = patch.array
    start = [x, y]
    start.insert(across, first)
    return grid.region(start, np.moveaxis(array, 0, across))


# --- whose contours -----------------------------------------------------------------------------


def _of_another_image(
    dataset: Dataset, found: Sequence[Roi], image: Identity, path: str, *, allowed: bool
) -> list[str]:
    """Say what speaks against *image* being the one that was drawn on; refuse if it counts."""
    if image == UNKNOWN:
        return ["the image has no DICOM identity: whether it was drawn on this one is not known"]
    series, frames = referenced(dataset)
    drawn_on = {uid for roi in found for one in roi.contours for uid in one.instances}
    problem = ""
    notes = []
    if series and not series & image.series:
        problem = f"was drawn on series {min(series)}, the image is {_one(image.series)}"
    elif frames and image.frames_of_reference and not frames & image.frames_of_reference:
        differs = (
            f"frame of reference {min(frames)}, the image is in {_one(image.frames_of_reference)}"
        )
        if series:
            notes.append(f"drawn on this very series, but says {differs}")
        else:
            problem = f"was drawn in {differs}"
    lacking = drawn_on - image.instances
    if not problem and lacking and drawn_on & image.instances:
        problem = (
            f"was drawn on {len(drawn_on)} slices, of which the image lacks {len(lacking)} "
            f"(such as {min(lacking)})"
        )
    if problem and not allowed:
        raise Refused(
            f"{path} {problem}", hint="--allow-other-image, if you know that they fit together"
        )
    return [*notes, *([f"allowed although it {problem}"] if problem else [])]


def _one(uids: Iterable[str]) -> str:
    return min(uids, default="unknown")


def referenced(dataset: Dataset) -> tuple[set[str], set[str]]:
    """Return the series and the frames of reference that a structure set names."""
    series, frames = set(), set()
    for frame in _items(dataset, "ReferencedFrameOfReferenceSequence"):
        frames.add(str(frame.get("FrameOfReferenceUID") or ""))
        for study in _items(frame, "RTReferencedStudySequence"):
            for one in _items(study, "RTReferencedSeriesSequence"):
                series.add(str(one.get("SeriesInstanceUID") or ""))
    return series - {""}, frames - {""}


def _items(dataset: Dataset, name: str) -> Any:
    return dataset.get(name) or ()
