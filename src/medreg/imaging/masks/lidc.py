"""LIDC-IDRI: from what up to four readers outlined to nodules, and to their consensus.

Readers name nodules as they like, so outlines are grouped by distance: two belong together when
some of their points are at most one slice apart. While that puts more than four outlines into one
group, the distance shrinks by a tenth (as pylidc does, Hancock and Magnan 2016). A voxel belongs
to the nodule when at least half of the readers *who outlined it* included it: of two readers,
either. Pixels of an outline lie outside; what an exclusion outlines is subtracted, its pixels too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.masks.identity import UNKNOWN, Identity
from medreg.imaging.masks.oriented import Oriented, oriented
from medreg.imaging.masks.outlines import read_xml
from medreg.imaging.masks.rules import CONSENSUS
from medreg.imaging.masks.structures import EMPTY, Structure, on_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medreg.imaging.masks.outlines import Nodule, Reading
    from medreg.imaging.masks.polygon import Patch
    from medreg.imaging.masks.rules import Consensus
    from medreg.imaging.masks.structures import Drawing, Region
    from medreg.model import Tree
    from medreg.volume import Volume

NAME = "nodule"
READERS = 4  # that looked at each scan
CLOSER = 0.9  # by which the distance shrinks
CLOSEST = 0.1  # mm at which it stops to
STRAIGHT = 1e-3  # cosine between a slice's normal and the patient's axis


def read_lidc(  # noqa: PLR0913 - what an annotation is read with
    tree: Tree,
    path: str,
    onto: Volume,
    image: Identity = UNKNOWN,
    rule: Consensus = CONSENSUS,
    *,
    allow_other_image: bool = False,
) -> Drawing:
    """Read an LIDC XML file as nodules (3 mm or more) on the grid of *onto*, each a structure.

    Facts of each are the readers' voxels, diameters (mm), volumes (mm3) and characteristics.
    Raises `Refused` naming *path* for another series than *image*, and outlines outside of it.
    """
    reading = read_xml(tree, path)
    if image.series and reading.series and reading.series not in image.series:
        problem = f"{path} was drawn on series {reading.series}, not {min(image.series)}"
        if not allow_other_image:
            raise Refused(problem, hint="--allow-other-image, if you know that they fit together")
    grid = _slices(onto, path, as_stored=image != UNKNOWN)
    gap = abs(float(grid.to_mm[2, 2]))
    pixel = float(np.abs(grid.to_mm[:2, :2]).max())
    structures: list[Structure] = []
    fewer = 0
    for group in groups(reading, pixel, rule.apart or gap):
        if len({nodule.reader for nodule in group}) < rule.readers:
            fewer += 1
            continue
        structures.append(
            Structure(
                name=NAME,
                number=len(structures) + 1,
                region=_consensus(group, rule.agree, grid, path),
                facts=_facts(group, pixel, gap),
            )
        )
    return on_grid(structures, onto, _notes(reading, rule, fewer))


def _notes(reading: Reading, rule: Consensus, fewer: int) -> list[str]:
    share = f"at least {rule.agree:.0%} of those who outlined the nodule included"
    notes = [f"consensus of {reading.sessions} reading sessions: voxels that {share}"]
    if fewer:
        notes.append(f"left out {fewer} nodules that fewer than {rule.readers} readers outlined")
    if reading.small or reading.others:
        notes.append(
            f"not drawn: {reading.small} marks of nodules below 3 mm, {reading.others} non-nodules"
        )
    return notes


# --- which outlines are one nodule --------------------------------------------------------------


def groups(reading: Reading, pixel: float, apart: float) -> list[tuple[Nodule, ...]]:
    """Group the outlines of *reading*, in the file's order, by distance in mm.

    *pixel* is the distance between pixels, *apart* the largest between outlines of one nodule.
    """
    count = len(reading.nodules)
    between = np.zeros((count, count))
    clouds = [_points(nodule, pixel) for nodule in reading.nodules]
    for a in range(count):
        for b in range(a + 1, count):
            between[a, b] = between[b, a] = _distance(clouds[a], clouds[b])
    while True:
        found = _connected(between <= apart)
        if apart < CLOSEST or max(map(len, found), default=0) <= READERS:
            return [tuple(reading.nodules[at] for at in group) for group in found]
        apart *= CLOSER


def _points(nodule: Nodule, pixel: float) -> NDArray[np.float64]:
    return np.concatenate(
        [
            np.column_stack([one.points * pixel, np.full(len(one.points), one.z)])
            for one in nodule.outlines
        ]
    )


def _distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the least distance between two clouds of points."""
    low = np.maximum(one.min(axis=0), other.min(axis=0))
    high = np.minimum(one.max(axis=0), other.max(axis=0))
    beside = np.maximum(low - high, 0.0)  # between their boxes
    far = float(np.sqrt((beside * beside).sum()))
    if far > READERS * 10:  # no need to look closer: slices are less than that apart
        return far
    return min(float(np.sqrt(((other - point) ** 2).sum(axis=1).min())) for point in one)


def _connected(near: NDArray[np.bool_]) -> list[list[int]]:
    """Return the connected groups of a symmetric relation, each and all in ascending order."""
    found: list[list[int]] = []
    seen: set[int] = set()
    for first in range(len(near)):
        if first in seen:
            continue
        group, waiting = {first}, [first]
        while waiting:
            new = set(near[waiting.pop()].nonzero()[0].tolist()) - group
            group |= new
            waiting += sorted(new)
        seen |= group
        found.append(sorted(group))
    return found


# --- voxels -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Slices:
    """A grid whose axes are an LIDC file's: columns, rows, slices."""

    view: Oriented
    to_mm: NDArray[np.float64]  # columns, rows, slices to RAS+ mm

    def slice_at(self, z: float, where: str) -> int:
        exact = (z - self.to_mm[2, 3]) / self.to_mm[2, 2]
        nearest = int(np.floor(exact + 0.5))
        if not 0 <= nearest < self.view.shape[2]:
            raise Refused(f"{where} has an outline at z = {z:g} mm, outside the image")
        return nearest


def _slices(onto: Volume, path: str, *, as_stored: bool) -> _Slices:
    """See *onto* as LIDC's readers did: as it is stored in DICOM, else from the feet."""
    if as_stored:
        view = Oriented(onto.shape, (0, 1, 2), (False, False, False), np.eye(4))
    else:
        view = oriented(onto.shape, onto.affine)
    turn = np.zeros((4, 4))
    turn[3, 3] = 1
    for at, (axis, flip) in enumerate(zip(view.axes, view.flipped, strict=True)):
        turn[axis, at] = -1 if flip else 1
        turn[axis, 3] = view.shape[at] - 1 if flip else 0
    to_mm = onto.affine @ turn
    if abs(to_mm[2, 2]) < (1 - STRAIGHT) * np.sqrt((to_mm[:3, 2] ** 2).sum()):
        raise Refused(f"{path} knows slices by z, but those of the image are not axial")
    return _Slices(view, to_mm)


def _consensus(group: Sequence[Nodule], agree: float, grid: _Slices, path: str) -> Region:
    """Return the voxels that at least the share *agree* of the group's readers included."""
    by_reader: defaultdict[int, list[tuple[int, Patch]]] = defaultdict(list)
    for nodule in group:
        where = f"{path}, reader {nodule.reader}, nodule {nodule.name}"
        taken = Counter[int]()
        for z, patch in nodule.planes().items():
            k = grid.slice_at(z, where)
            taken[k] += 1
            if taken[k] > 1:
                raise Refused(f"{where} has outlines at two heights in one slice of the image")
            if patch.array.any():
                by_reader[nodule.reader].append((k, _inside(patch, grid.view.shape, where)))
    parts = [part for patches in by_reader.values() for part in patches]
    if not parts:
        return EMPTY
    boxes = np.array([patch.box for _, patch in parts])
    (x, y), (right, below) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
    first, last = min(k for k, _ in parts), max(k for k, _ in parts)
    votes = np.zeros((right - x, below - y, last - first + 1), np.int32)
    for patches in by_reader.values():
        own = np.zeros(votes.shape, np.bool_)
        for k, patch in patches:
            a, b, c, d = patch.box
            own[a - x : c - x, b - y : d - y, k - first] |= patch.array
        votes += own
    needed = agree * len({nodule.reader for nodule in group})
    return grid.view.region((x, y, first), votes >= needed - 1e-9)


def _inside(patch: Patch, shape: Sequence[int], where: str) -> Patch:
    a, b, c, d = patch.box
    if min(a, b) < 0 or c > shape[0] or d > shape[1]:
        raise Refused(f"{where} lies outside the image")
    return patch


# --- what is said of a nodule -------------------------------------------------------------------


def _facts(group: Sequence[Nodule], pixel: float, gap: float) -> dict[str, Any]:
    traits = sorted({name for nodule in group for name in nodule.traits})
    return {
        "readers": [nodule.reader for nodule in group],
        "voxels": [sum(p.area for p in nodule.planes().values()) for nodule in group],
        "diameter_mm": [round(diameter(nodule, pixel), 4) for nodule in group],
        "volume_mm3": [round(volume(nodule, pixel, gap), 3) for nodule in group],
        **{name: [nodule.traits.get(name) for nodule in group] for name in traits},
    }


def diameter(nodule: Nodule, pixel: float) -> float:
    """Return the largest distance in mm between two points of one outline."""
    longest = 0.0
    for one in nodule.outlines:
        for at in range(len(one.points)):
            steps = one.points[at:] - one.points[at]
            longest = max(longest, float(np.sqrt((steps * steps).sum(axis=1).max())))
    return longest * pixel


def volume(nodule: Nodule, pixel: float, gap: float) -> float:
    """Return the volume in mm3 by outlines: their areas times half the way to both neighbors."""
    heights = sorted({one.z for one in nodule.outlines})
    around = [heights[0] - gap, *heights, heights[-1] + gap]
    total = 0.0
    for one in nodule.outlines:
        at = around.index(one.z, 1)
        x, y = (one.points * pixel).T
        area = abs(float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())) / 2
        total += (1 if one.included else -1) * area * (around[at + 1] - around[at - 1]) / 2
    return total
