"""Statistics of a series' real values, from the exact histogram of a few slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.readiness.facts import Values

if TYPE_CHECKING:
    from numpy.typing import NDArray

AIR = (-1100.0, -900.0)
SOFT = (-100.0, 100.0)
LOWEST = -1100.0  # below lies no tissue: the circle around the field of view, implants' artifacts
HALF_WAY = -500.0
WIDE = 2  # bytes: wider stored values are sorted, not counted by place
STEPS = 2**16
BIN = 10.0  # HU that are counted together to find a peak
FILLED = 20  # a fill value may be so many times as frequent as real air


class Histogram:
    """Counts of stored values, for each rescale that slices were stored with."""

    def __init__(self) -> None:
        self._counts: dict[tuple[float, float], NDArray[np.int64]] = {}
        self._wide: list[NDArray[np.float64]] = []
        self.slices = 0

    def add(
        self, stored: NDArray[Any], slope: float, intercept: float, padding: int | None
    ) -> None:
        """Count the *stored* values of one slice; *padding* marks pixels that show nothing."""
        self.slices += 1
        if stored.dtype.itemsize > WIDE:
            kept = stored if padding is None else stored[stored != padding]
            self._wide.append(kept.astype(np.float64).ravel() * slope + intercept)
            return
        shifted = stored.astype(np.int32).ravel() + STEPS // 2
        counts = np.bincount(shifted, minlength=2 * STEPS)
        if padding is not None and -STEPS // 2 <= padding < STEPS:
            counts[padding + STEPS // 2] = 0
        known = self._counts.get((slope, intercept))
        self._counts[slope, intercept] = counts if known is None else known + counts

    def values(self) -> Values | None:
        """Return the statistics; None where nothing was counted."""
        at, counts = self._joined()
        total = int(counts.sum())
        tissue = at >= LOWEST
        shown = int(counts[tissue].sum())
        if not total:
            return None
        if shown:
            at, counts = at[tissue], counts[tissue]
        summed = np.cumsum(counts)
        return Values(
            slices=self.slices,
            voxels=total,
            low=float(at[0]),
            high=float(at[-1]),
            top=float(at[int(np.searchsorted(summed, 0.999 * summed[-1]))]),
            lost=1 - shown / total,
            air=_share(at, counts, *AIR),
            soft=_share(at, counts, *SOFT),
            below_500=_share(at, counts, LOWEST, HALF_WAY),
            peak=_peak(at, counts),
        )

    def _joined(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return real values in ascending order and how often each occurs."""
        at: list[NDArray[np.float64]] = []
        counts: list[NDArray[np.int64]] = []
        for (slope, intercept), found in sorted(self._counts.items()):
            (stored,) = np.nonzero(found)
            at.append((stored - STEPS // 2).astype(np.float64) * slope + intercept)
            counts.append(found[stored])
        for wide in self._wide:
            real, times = np.unique(wide, return_counts=True)
            at.append(real.astype(np.float64))
            counts.append(times.astype(np.int64))
        if not at:
            return np.empty(0), np.empty(0, np.int64)
        values, places = np.unique(np.concatenate(at), return_inverse=True)
        return values, np.bincount(places, np.concatenate(counts)).astype(np.int64)


def _share(at: NDArray[np.float64], counts: NDArray[np.int64], low: float, high: float) -> float:
    return float(counts[(at >= low) & (at <= high)].sum() / counts.sum())


def _peak(at: NDArray[np.float64], counts: NDArray[np.int64]) -> float | None:
    """Return where air is most frequent, to 10 HU.

    The lowest value does not count where it is a lone spike: many scanners fill with it.
    """
    air = (at >= AIR[0]) & (at <= AIR[1])
    if not counts[air].sum():
        return None
    places = np.floor(at[air] / BIN).astype(np.int64)
    lowest = places.min()
    heights = np.bincount(places - lowest, counts[air])
    if len(heights) > 1 and at[air][0] == at[0] and heights[1:].max() > counts[air][0] / FILLED:
        heights[0] -= counts[air][0]
    return float((int(heights.argmax()) + lowest + 0.5) * BIN)
