"""Slices to a volume: order, geometry, values.

A `Slice` may be a file of a series or a frame of a multi-frame file: nothing here knows.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from medreg.errors import Refused
from medreg.imaging.geometry import STRAIGHTENED, axes, from_dicom
from medreg.imaging.guard import processors, refuse_huge
from medreg.imaging.regrid import AIR, Plan, plan, resampled
from medreg.imaging.scaling import is_whole, scaled, used
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from medreg.imaging.geometry import Matrix

Form = tuple[str, tuple[int, int, int]]
Resample = Literal["tilt", "spacing"]  # what may be corrected by interpolation, when asked

TILT = 0.1  # degrees between the normal and the line through the slices
SAME_PLACE = 0.01  # mm: closer slices lie in one place
UNEVEN = 0.01  # of the median gap: more is noted,
IRREGULAR = 0.10  # and more than this is refused
PARALLEL = 1e-3  # direction cosines of slices of one stack agree to this
LISTED = 3  # places named in a refusal; the rest is counted
SQUARE = 1e-4  # and their pixel spacing, relative, to this


@dataclass(frozen=True, slots=True)
class Slice:
    """One plane of pixels; *pixels* reads its stored values, ``(rows, columns)``.

    *position*, *orientation* and *spacing* are as in DICOM's Image Plane module, in mm; *encoded*
    planes are read by several threads at once. Uncompressed ones have a *form*, the type of their
    values and which bits count, and *fill* reads them into a plane that is there.
    """

    name: str
    position: tuple[float, ...]
    orientation: tuple[float, ...]
    spacing: tuple[float, ...]
    rows: int
    columns: int
    slope: float
    intercept: float
    pixels: Callable[[], NDArray[Any]]
    encoded: bool = False
    form: Form | None = None
    fill: Callable[[NDArray[Any]], None] | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """Slices in ascending position along their normal, and where they lie (RAS+)."""

    slices: Sequence[Slice]
    affine: Matrix
    notes: tuple[str, ...]
    plan: Plan | None = None  # how slices are resampled to that affine, where they are

    @property
    def shape(self) -> tuple[int, int, int]:
        """Columns, rows, slices: the axes of the array."""
        if self.plan:
            return self.plan.shape
        return self.slices[0].columns, self.slices[0].rows, len(self.slices)


def arrange(slices: Sequence[Slice], resample: Collection[Resample] = ()) -> Grid:
    """Order *slices* by position along the normal, and say where the volume lies.

    The result does not depend on names or on the order given. Raises `Refused`, naming slices,
    when they are fewer than two, not parallel, in one place, missing, uneven by more than 10 %
    of the median gap, or stacked at more than 0.1 degrees to the normal (gantry tilt). What
    *resample* names, ``"tilt"`` or ``"spacing"`` (missing slices included), is noted instead, and
    corrected by linear interpolation when the pixels are read.
    """
    if len(slices) < 2:  # noqa: PLR2004 - two positions make a distance
        raise Refused(f"{slices[0].name} is the only slice: a volume needs two")
    lead = min(slices, key=lambda s: (s.orientation, s.spacing, s.position))
    for other in slices:
        _refuse_other_plane(lead, other)
    normal = axes(lead.orientation)[2]
    along = {id(s): float((normal * np.array(s.position)).sum()) for s in slices}
    ordered = sorted(slices, key=lambda s: (along[id(s)], s.position, s.name))
    heights = [along[id(s)] for s in ordered]
    refuse_huge(ordered[0].name, lead.columns, lead.rows, len(ordered))
    notes, uneven = _gaps(heights, [s.name for s in ordered])
    tilt = _tilt(ordered, normal)
    for problem, kind in ((uneven, "spacing"), (tilt, "tilt")):
        if problem and kind not in resample:
            raise Refused(problem)
    gap = (heights[-1] - heights[0]) / (len(heights) - 1)
    if not uneven and not tilt:
        affine = from_dicom(lead.orientation, lead.spacing, ordered[0].position, gap)
        return Grid(ordered, affine, notes)
    to = plan(ordered, heights, min(b - a for a, b in pairwise(heights)) if uneven else gap)
    refuse_huge(ordered[0].name, *to.shape)
    size = " x ".join(str(length) for length in to.shape)
    how = f"resampled by linear interpolation to {size}; outside {AIR} HU, or 0 in other units"
    corrected = tuple(f"corrected: {problem}" for problem in (uneven, tilt) if problem)
    return Grid(ordered, to.affine, (*notes, *corrected, how), to)


def stack(grid: Grid, unit: str) -> Volume:
    """Read the pixels of every slice and rescale each by its own slope and intercept.

    The array has axes column, row, slice. Values are integers, exactly, when every slope and
    intercept is whole; float32 otherwise (float64 for stored values of more than 16 bits).
    """
    if planes := _at_once(grid.slices):
        return _volume(grid, planes[0], unit)
    return _volume(grid, _one_by_one(grid.slices), unit)


def _volume(grid: Grid, planes: NDArray[Any], unit: str) -> Volume:
    if grid.plan:
        planes = resampled(planes, grid.plan, unit)
    return Volume(planes.transpose(2, 1, 0), grid.affine, unit, grid.notes)


def _at_once(slices: Sequence[Slice]) -> tuple[NDArray[Any]] | None:
    """Return the planes of uncompressed slices of one form, slope 1 and one whole intercept.

    They are what `_one_by_one` would give: the range of all decides the type, as the widest of
    the slices' ranges does.
    """
    lead = slices[0]
    same = {(one.form, one.slope, one.intercept) for one in slices}
    if len(same) > 1 or not lead.form or lead.slope != 1 or not is_whole(1, lead.intercept):
        return None
    kind, bits = lead.form
    planes = np.empty((len(slices), lead.rows, lead.columns), kind)

    def fill(index: int) -> None:
        one = slices[index]
        if one.fill:
            one.fill(planes[index])

    with ThreadPoolExecutor(processors()) as pool:
        for _ in pool.map(fill, range(len(slices))):
            pass
    native = planes.astype(planes.dtype.newbyteorder("="), copy=False)
    return (scaled(used(native, *bits), 1, lead.intercept, into=native),)


def _one_by_one(slices: Sequence[Slice]) -> NDArray[Any]:
    whole = all(is_whole(s.slope, s.intercept) for s in slices)
    planes: NDArray[Any] | None = None
    for index, (one, stored) in enumerate(zip(slices, _read(slices), strict=True)):
        values = scaled(stored, one.slope, one.intercept)
        if not whole:
            wide = stored.dtype.itemsize > np.dtype(np.uint16).itemsize
            with np.errstate(over="ignore"):
                values = values.astype(np.float64 if wide else np.float32)
        planes = _holding(planes, values, len(slices))
        planes[index] = values
    if planes is None:
        raise Refused("no slices")
    return planes


def _read(slices: Sequence[Slice]) -> Iterator[NDArray[Any]]:
    """Yield the stored values of *slices* in their order."""
    if not any(one.encoded for one in slices):
        yield from (one.pixels() for one in slices)
        return
    with ThreadPoolExecutor(processors()) as pool:
        try:
            yield from pool.map(lambda one: one.pixels(), slices)
        finally:
            pool.shutdown(cancel_futures=True)


def _holding(planes: NDArray[Any] | None, values: NDArray[Any], count: int) -> NDArray[Any]:
    """Return *planes*, of a type wide enough for *values* as well."""
    if planes is None:
        return np.empty((count, *values.shape), values.dtype)
    return planes.astype(np.result_type(planes, values), copy=False)


def _refuse_other_plane(lead: Slice, other: Slice) -> None:
    turned = max(abs(a - b) for a, b in zip(lead.orientation, other.orientation, strict=True))
    if turned > PARALLEL:
        raise Refused(
            f"mixed series: {lead.name} and {other.name} are not parallel: "
            f"ImageOrientationPatient is {lead.orientation} and {other.orientation}"
        )
    stretched = max(abs(a / b - 1) for a, b in zip(lead.spacing, other.spacing, strict=True))
    if stretched > SQUARE or (lead.rows, lead.columns) != (other.rows, other.columns):
        raise Refused(
            f"mixed series: PixelSpacing is {lead.spacing} in {lead.name}, "
            f"{other.spacing} in {other.name}"
        )


def _gaps(heights: Sequence[float], names: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return notes on gaps that vary by 1 to 10 %, and what is wrong with worse ones, if any.

    Raises `Refused` for slices in one place.
    """
    steps = [
        (one, other, after - before)
        for (one, other), (before, after) in zip(pairwise(names), pairwise(heights), strict=True)
    ]
    for one, other, gap in steps:
        if gap < SAME_PLACE:
            raise Refused(f"duplicate position: {one} and {other} lie in one place")
    usual = median(gap for *_, gap in steps)
    one, other, worst = max(steps, key=lambda step: abs(step[2] / usual - 1))
    uneven = abs(worst / usual - 1)
    if uneven <= UNEVEN:
        return (), ""
    if uneven <= IRREGULAR:
        low, high = min(gap for *_, gap in steps), max(gap for *_, gap in steps)
        return (f"slice gaps run from {low:.3f} to {high:.3f} mm ({uneven:.1%} uneven)",), ""
    holes = [
        f"{round(gap / usual) - 1} between {at:.2f} mm ({one}) and {at + gap:.2f} mm ({other})"
        for at, (one, other, gap) in zip(heights, steps, strict=False)
        if round(gap / usual) > 1 and abs(gap / usual - round(gap / usual)) <= IRREGULAR
    ]
    if holes:
        more = f"; and {len(holes) - LISTED} more" if len(holes) > LISTED else ""
        return (), f"slices are missing along the normal: {'; '.join(holes[:LISTED])}{more}"
    return (), (
        f"slices are irregular: {worst:.3f} mm between {one} and {other}, {usual:.3f} mm elsewhere"
    )


def _tilt(ordered: Sequence[Slice], normal: Matrix) -> str:
    """Return how slices miss being stacked along their normal, as geometry tells it.

    Gantry/Detector Tilt (0018,1120) is nominal, and often absent.
    """
    first = np.array(ordered[0].position)
    for other in ordered[:0:-1]:  # the farthest first: it tells the angle best
        apart = np.array(other.position) - first
        height = float((apart * normal).sum())
        aside = float(np.sqrt(((apart - normal * height) ** 2).sum()))
        angle = math.degrees(math.atan2(aside, height))
        if angle > TILT and aside > STRAIGHTENED:
            return (
                f"slices are not stacked along their normal but at {angle:.2f} degrees to it "
                f"(gantry tilt?): {ordered[0].name} to {other.name}"
            )
    return ""
