"""Where the slices of a series lie: the booleans of IDC's ``volume_geometry_index``, and more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from medreg.readiness.facts import Geometry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medreg.readiness.facts import SliceFacts
    from medreg.readiness.profile import Profile

    Matrix = NDArray[np.float64]

# IDC's own parameters, in mm but for the second
SLICE_INTERVAL = 0.2
ORTHOGONAL = 0.01  # deviation of the cross product's length from 1
IN_PLANE = 0.1
SAME_PLACE = 0.01  # closer slices lie in one place; as in imaging.stack


def geometry(slices: Sequence[SliceFacts], profile: Profile) -> Geometry | None:
    """Measure how *slices* lie; None when one of them does not say, or says no two directions."""
    positions = [one.position for one in slices]
    orientations = [one.orientation for one in slices]
    if not slices or None in positions or None in orientations:
        return None
    places = np.array(positions, dtype=np.float64)
    cosines = np.array(orientations, dtype=np.float64)
    rows, columns = cosines[:, :3], cosines[:, 3:]
    lengths = np.sqrt((np.cross(rows, columns) ** 2).sum(axis=1))
    if not (
        np.isfinite(places).all() and np.isfinite(cosines).all() and lengths.min() > SAME_PLACE
    ):
        return None
    row, column = rows[0], columns[0]
    normal = np.cross(row, column)
    normal = normal / np.sqrt((normal**2).sum())
    heights = places @ normal
    order = sorted(range(len(slices)), key=lambda k: (heights[k], slices[k].path, slices[k].frame))
    sorted_heights = heights[order]
    steps = np.diff(sorted_heights)
    gaps = steps[steps >= SAME_PLACE]
    return Geometry(
        single_orientation=bool(np.ptp(cosines, axis=0).max() <= profile.parallel),
        orthogonal_orientation=bool(np.abs(lengths - 1).max() <= ORTHOGONAL),
        unique_slice_positions=len(gaps) == len(slices) - 1,
        consistent_in_plane_row=bool(np.ptp(places @ row) < IN_PLANE),
        consistent_in_plane_col=bool(np.ptp(places @ column) < IN_PLANE),
        consistent_pixel_spacing=_alike([one.spacing for one in slices], profile.same),
        consistent_image_dimensions=len({(one.rows, one.columns) for one in slices}) == 1,
        uniform_slice_spacing=_uniform(sorted_heights, steps),
        obliquity_degrees=_obliquity(normal),
        tilt=_tilt(places, heights, normal),
        unique=len(gaps) + 1,
        order=tuple(order),
        heights=tuple(sorted_heights.tolist()),
        gaps=tuple(gaps.tolist()),
        gap=float(np.median(gaps)) if len(gaps) else 0.0,
    )


def _alike(spacings: Sequence[tuple[float, ...] | None], tolerance: float) -> bool:
    if None in spacings:
        return False
    values = np.array(spacings, dtype=np.float64)
    low, high = values.min(axis=0), values.max(axis=0)
    return bool((high - low <= tolerance * np.abs(high)).all())


def _uniform(heights: Matrix, steps: Matrix) -> bool:
    """Compare every step with the span's mean step, as IDC does."""
    if not len(steps):
        return False
    expected = (heights[-1] - heights[0]) / len(steps)
    return bool(np.abs(steps - expected).max() < SLICE_INTERVAL)


def _obliquity(normal: Matrix) -> float:
    """Return the angle between *normal* and the nearest axis of the patient."""
    return math.degrees(math.acos(min(1.0, float(np.abs(normal).max()))))


def _tilt(places: Matrix, heights: Matrix, normal: Matrix) -> float:
    """Return the angle between *normal* and the line from the lowest to the highest slice.

    Less than 0.1 mm aside is rounding, whatever the angle.
    """
    low, high = int(heights.argmin()), int(heights.argmax())
    apart = places[high] - places[low]
    height = float((apart * normal).sum())
    aside = float(np.sqrt(((apart - normal * height) ** 2).sum()))
    return math.degrees(math.atan2(aside, height)) if aside > IN_PLANE and height > 0 else 0.0
