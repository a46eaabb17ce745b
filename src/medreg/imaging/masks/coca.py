"""COCA: calcium that was outlined in OsiriX, as an XML property list (Stanford AIMI, 2022).

Each image lists its ROIs: a name (the artery), corners in pixels (``Point_px``) and in LPS mm
(``Point_mm``). ``ImageIndex`` is never used: it counts slices from whichever end OsiriX showed
first. A corner's mm say where its slice lies; its pixels must agree with them, to a pixel.
"""

from __future__ import annotations

import plistlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.dicom import read_bytes
from medreg.imaging.geometry import FARTHEST
from medreg.imaging.guard import refusing
from medreg.imaging.masks.contours import Contour, Roi
from medreg.imaging.masks.oriented import oriented
from medreg.imaging.masks.rtstruct import filled
from medreg.imaging.masks.structures import on_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medreg.imaging.masks.oriented import Oriented
    from medreg.imaging.masks.structures import Drawing
    from medreg.model import Tree
    from medreg.volume import Volume

ARTERIES = (  # numbered from 1
    "Left Anterior Descending Artery",
    "Left Circumflex Artery",
    "Right Coronary Artery",
    "Left Coronary Artery",
)
LARGEST = 2**26  # bytes of one file
CORNERS = 3  # that enclose an area
BESIDE = 0.1  # slices that an outline may lie beside its own
APART = 1.0  # pixels between Point_px and Point_mm: readers of both differ by half a pixel


def read_coca(tree: Tree, path: str, onto: Volume) -> Drawing:
    """Read the outlines in *path* as voxels of *onto*, a structure per artery.

    Filled as `masks.rtstruct` does. ROIs without an area are left out, and noted. Raises
    `Refused` naming *path* for another file, and for outlines that do not lie on slices of *onto*.
    """
    data = read_bytes(tree, path)
    if len(data) > LARGEST:
        raise Refused(f"{path} has {len(data):,} bytes; no list of outlines is that large")
    with refusing(path, "a COCA property list"):
        images = plistlib.loads(data, fmt=plistlib.FMT_XML)["Images"]
        grid = oriented(onto.shape, onto.affine)
        found: defaultdict[str, list[Contour]] = defaultdict(list)
        empty = 0
        for image in images:
            for roi in image["ROIs"]:
                corners = [_numbers(point) for point in roi["Point_px"]]
                if not float(roi["Area"]) > 0 or len(corners) < CORNERS:
                    empty += 1
                    continue
                where = f"{path}, image {image.get('ImageIndex')}, {roi['Name']}"
                points = _points([_numbers(point) for point in roi["Point_mm"]], where)
                _refuse_elsewhere(points, corners, grid, where)
                found[str(roi["Name"])].append(Contour("CLOSED_PLANAR", points, ()))
    rois = [
        Roi(number, name, tuple(found[name]), {}, {})
        for number, name in enumerate([*ARTERIES, *sorted({*found} - {*ARTERIES})], start=1)
        if name in found
    ]
    structures, notes = filled(rois, onto, path, "a COCA property list")
    left_out = [f"left out {empty} ROIs without an area"] if empty else []
    return on_grid(structures, onto, [*left_out, *notes])


def is_coca(start: bytes) -> bool:
    """Tell whether a file that begins with *start* is a property list."""
    return b"<plist" in start or b"<!DOCTYPE plist" in start


def _numbers(point: str) -> tuple[float, ...]:
    """Read ``"(12.5, -3)"``."""
    return tuple(float(part) for part in point.strip().strip("()").split(","))


def _points(read: Sequence[tuple[float, ...]], where: str) -> NDArray[np.float64]:
    points = np.array(read, np.float64)
    if points.ndim != 2 or points.shape[1] != 3 or not (np.abs(points) < FARTHEST).all():  # noqa: PLR2004 - rows of x, y, z
        raise Refused(f"{where}: its corners are no places in mm")
    return points


def _refuse_elsewhere(
    points: NDArray[np.float64], corners: Sequence[Any], grid: Oriented, where: str
) -> None:
    """Raise `Refused` unless the outline lies in one slice of *grid*, where its pixels say."""
    places = grid.places(points)
    pixels = np.array(corners, np.float64)
    if pixels.shape != (len(points), 2):
        raise Refused(f"{where}: it has {len(points)} corners in mm, {len(pixels)} in pixels")
    height = places[:, 2]
    plane = round(float(height.mean()))
    if not 0 <= plane < grid.shape[2] or np.abs(height - plane).max() > BESIDE:
        raise Refused(
            f"{where}: z = {points[0, 2]:g} mm is no slice of the image",
            hint="is it the series that was outlined? its folder may hold another",
        )
    apart = np.abs(places[:, :2] - pixels).max()
    if apart > APART:
        raise Refused(f"{where}: its corners in mm and in pixels are {apart:.1f} pixels apart")
