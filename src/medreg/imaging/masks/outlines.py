"""The reading sessions of an LIDC-IDRI XML file: who outlined which nodule, in which slices.

The format is that of the LIDC's ``LidcReadMessage`` (namespace http://www.nih.gov): pixels are
counted from 0, and an outline is made of the first pixels *outside* the nodule. A nodule of 3 mm
or more has characteristics and an outline; a smaller one is a single point; a non-nodule is, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np

from medreg.errors import Refused
from medreg.imaging.dicom import read_bytes
from medreg.imaging.guard import refusing
from medreg.imaging.masks.polygon import NOTHING, Patch, fill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from medreg.model import Tree

MESSAGE = "LidcReadMessage"
LARGEST = 2**26  # bytes of one file; the largest of LIDC-IDRI has less than a megabyte
FARTHEST = 2**14  # pixels: no CT slice is wider


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """One closed chain of pixels (column, row), shape ``(n, 2)``, at *z* mm; or one to subtract."""

    z: float
    points: NDArray[np.int64]
    included: bool
    instance: str


@dataclass(frozen=True, slots=True, eq=False)
class Nodule:
    """One nodule of 3 mm or more, as one reader outlined it."""

    reader: int  # the reading session, counted from 1: readers are anonymous
    name: str  # noduleID, which means nothing to another reader
    traits: Mapping[str, int]
    outlines: tuple[Outline, ...]

    def planes(self) -> dict[float, Patch]:
        """Return the pixels of the nodule in each slice, by z."""
        found: dict[float, Patch] = {}
        for z in sorted({one.z for one in self.outlines}):
            here = [one for one in self.outlines if one.z == z]
            patch = _united([inner(one.points) for one in here if one.included])
            for hole in (outer(one.points) for one in here if not one.included):
                patch = _without(patch, hole)
            found[z] = patch
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One file: nodules of 3 mm or more, and how many marks were only points."""

    series: str
    sessions: int
    nodules: tuple[Nodule, ...]
    small: int
    others: int  # non-nodules


def read_xml(tree: Tree, path: str) -> Reading:
    """Read an LIDC XML file; raises `Refused` naming *path* for anything else."""
    data = read_bytes(tree, path)
    if len(data) > LARGEST:
        raise Refused(f"{path} has {len(data):,} bytes; no LIDC file is that large")
    if b"<!" in data.replace(b"<!--", b""):
        raise Refused(f"{path} declares a document type or entities; an LIDC file has none")
    with refusing(path, "LIDC XML"):
        root = ET.fromstring(data)  # noqa: S314 - entities were refused above
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        if root.tag != MESSAGE:
            raise Refused(f"{path} is {root.tag}, not the LIDC's {MESSAGE}")
        return _reading(root, path)


def _reading(root: ET.Element, path: str) -> Reading:
    sessions = root.findall("readingSession")
    nodules: list[Nodule] = []
    small = 0
    for reader, session in enumerate(sessions, start=1):
        for item in session.findall("unblindedReadNodule"):
            nodule = _nodule(item, reader, path)
            if nodule.traits and any(len(one.points) > 1 for one in nodule.outlines):
                nodules.append(nodule)
            else:
                small += 1
    header = {
        element.tag.lower(): (element.text or "").strip()
        for element in root.findall("ResponseHeader/*")
    }
    others = sum(len(session.findall("nonNodule")) for session in sessions)
    return Reading(
        header.get("seriesinstanceuid", ""), len(sessions), tuple(nodules), small, others
    )


def _nodule(item: ET.Element, reader: int, path: str) -> Nodule:
    name = (item.findtext("noduleID") or "").strip()
    where = f"{path}, reader {reader}, nodule {name or '(no id)'}"
    with refusing(where, "LIDC XML"):
        traits = {
            trait.tag: int(trait.text) for trait in item.findall("characteristics/*") if trait.text
        }
        outlines = tuple(_outline(roi, where) for roi in item.findall("roi"))
    return Nodule(reader, name, traits, outlines)


def _outline(roi: ET.Element, where: str) -> Outline:
    points = np.array(
        [
            (int(edge.findtext("xCoord") or ""), int(edge.findtext("yCoord") or ""))
            for edge in roi.findall("edgeMap")
        ],
        np.int64,
    ).reshape(-1, 2)
    z = float(roi.findtext("imageZposition") or "nan")
    if not np.isfinite(z) or (np.abs(points) > FARTHEST).any():
        raise Refused(f"{where} has an outline that lies nowhere")
    said = (roi.findtext("inclusion") or "").strip().upper()
    if said not in ("TRUE", "FALSE"):
        raise Refused(f"{where}: inclusion is {said!r}, not TRUE or FALSE")
    return Outline(z, points, said == "TRUE", (roi.findtext("imageSOP_UID") or "").strip())


# --- pixels of an outline -----------------------------------------------------------------------


def inner(points: NDArray[np.int64]) -> Patch:
    """Return the pixels within an outline, without the outline's own."""
    whole, start = _filled(points)
    if whole.size:
        for x, y in _border(points):
            whole[x - start[0], y - start[1]] = False
    return Patch(start, whole)


def outer(points: NDArray[np.int64]) -> Patch:
    """Return the pixels within an outline, and the outline's own."""
    whole, start = _filled(points)
    for x, y in _border(points):
        whole[x - start[0], y - start[1]] = True
    return Patch(start, whole)


def _filled(points: NDArray[np.int64]) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    """Return the box around an outline, with what `fill` takes for inside."""
    if not len(points):
        return np.zeros((0, 0), np.bool_), (0, 0)
    (x, y), (right, below) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    whole = np.zeros((right - x + 1, below - y + 1), np.bool_)
    patch = fill((points - (x, y)).astype(np.float64), whole.shape)
    a, b, c, d = patch.box
    whole[a:c, b:d] = patch.array
    return whole, (x, y)


def _border(points: NDArray[np.int64]) -> set[tuple[int, int]]:
    """Return every pixel whose center lies on the outline, corners and between them."""
    found: set[tuple[int, int]] = set()
    for (x, y), (across, down) in zip(
        points.tolist(), (np.roll(points, -1, axis=0) - points).tolist(), strict=True
    ):
        steps = int(np.gcd(across, down)) or 1
        found.update(
            (x + across * step // steps, y + down * step // steps) for step in range(steps + 1)
        )
    return found


def _united(patches: Sequence[Patch]) -> Patch:
    drawn = [patch for patch in patches if patch.array.size]
    if not drawn:
        return NOTHING
    boxes = np.array([patch.box for patch in drawn])
    (x, y), (right, below) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
    whole = np.zeros((right - x, below - y), np.bool_)
    for patch in drawn:
        a, b, c, d = patch.box
        whole[a - x : c - x, b - y : d - y] |= patch.array
    return Patch((x, y), whole)


def _without(patch: Patch, hole: Patch) -> Patch:
    """Return *patch* without the pixels of *hole*."""
    (a, b, c, d), (e, f, g, h) = patch.box, hole.box
    low, high = (max(a, e), max(b, f)), (min(c, g), min(d, h))
    if low[0] >= high[0] or low[1] >= high[1]:
        return patch
    left = patch.array.copy()
    left[low[0] - a : high[0] - a, low[1] - b : high[1] - b] &= ~hole.array[
        low[0] - e : high[0] - e, low[1] - f : high[1] - f
    ]
    return Patch(patch.start, left)
