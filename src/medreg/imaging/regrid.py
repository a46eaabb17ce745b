"""Slices that make no regular stack, resampled to one: only where somebody asked for it.

A tilted gantry shifts every slice within its own plane; irregular gaps leave slices at heights
of their own. Both are undone by linear interpolation, and the volume's notes say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.imaging.geometry import axes, from_dicom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medreg.imaging.geometry import Matrix
    from medreg.imaging.stack import Slice

AIR = -1024  # HU of voxels that no slice covers; in other units 0
STILL = 1e-3  # of a pixel: smaller shifts are digits of a DS


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a regular grid lies, and where the slices lie in it.

    *shifts* are pixels along columns and rows by which each slice lies beyond the grid's corner,
    *heights* each slice's place along the third axis in steps of it.
    """

    shifts: Sequence[tuple[float, float]]
    heights: Sequence[float]
    shape: tuple[int, int, int]  # columns, rows, slices of the grid
    affine: Matrix


def plan(ordered: Sequence[Slice], heights: Sequence[float], gap: float) -> Plan:
    """Return a perpendicular grid with slices *gap* mm apart that holds every slice whole."""
    lead = ordered[0]
    row, column, _ = axes(lead.orientation)
    corner = np.array(lead.position)
    aside = [np.array(one.position) - corner for one in ordered]
    across = [float((row * step).sum()) / lead.spacing[1] for step in aside]
    down = [float((column * step).sum()) / lead.spacing[0] for step in aside]
    left, right = _ends(across)
    top, bottom = _ends(down)
    corner = corner + row * left * lead.spacing[1] + column * top * lead.spacing[0]
    count = int(np.floor((heights[-1] - heights[0]) / gap + STILL)) + 1
    return Plan(
        shifts=[(x - left, y - top) for x, y in zip(across, down, strict=True)],
        heights=[(height - heights[0]) / gap for height in heights],
        shape=(lead.columns + right - left, lead.rows + bottom - top, count),
        affine=from_dicom(lead.orientation, lead.spacing, corner.tolist(), gap),
    )


def _ends(shifts: Sequence[float]) -> tuple[int, int]:
    return int(np.floor(min(shifts) + STILL)), int(np.ceil(max(shifts) - STILL))


def resampled(planes: NDArray[Any], to: Plan, unit: str) -> NDArray[Any]:
    """Return *planes*, ``(slices, rows, columns)``, on the grid of *to*, as float32."""
    fill = float(AIR if unit == "HU" else 0)
    shifted = [
        _shifted(plane, shift, to, fill) for plane, shift in zip(planes, to.shifts, strict=True)
    ]
    made = np.empty(to.shape[::-1], np.float32)
    heights = np.array(to.heights)
    for k in range(to.shape[2]):
        above = int(np.clip(np.searchsorted(heights, k), 1, len(heights) - 1))
        low, high = heights[above - 1], heights[above]
        part = np.float32(np.clip((k - low) / (high - low), 0, 1))
        made[k] = shifted[above - 1] * (1 - part) + shifted[above] * part
    return made


def _shifted(
    plane: NDArray[Any], shift: tuple[float, float], to: Plan, fill: float
) -> NDArray[np.float32]:
    import SimpleITK

    moved = [0.0 if abs(by - round(by)) < STILL else by - round(by) for by in shift]
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(plane, dtype=np.float32))
    image.SetOrigin([round(by) + rest for by, rest in zip(shift, moved, strict=True)])
    grid = SimpleITK.Image(*to.shape[:2], SimpleITK.sitkFloat32)
    made = SimpleITK.Resample(
        image, grid, SimpleITK.Transform(), SimpleITK.sitkLinear, fill, SimpleITK.sitkFloat32
    )
    array: NDArray[np.float32] = SimpleITK.GetArrayFromImage(made)
    return array
