"""Ask whether these numbers can be what the image says they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.checks.counts import ZERO, histogram
from medreg.model import CT, PT, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from medreg.model import Converted
    from medreg.volume import Volume

# Hounsfield units. The shares were measured on 17 public CT series, cropped ones included.
PADDING = -1100  # what lies below it is outside the scanner's field of view
AIR = (-1100, -900)
SOFT = (-100, 100)
LEAST_SOFT, LITTLE_SOFT = 0.01, 0.05
NO_AIR = -500
OFFSET = 1024  # what scanners add to stored values
MUCH_SHIFTED = 0.2  # of a volume without air, and dense as tissue plus the offset
AIR_OFF = 50  # HU that the median of air may differ from -1000
MUCH_AIR = 0.1  # of a volume: less is mostly edges, where air and tissue mix
DENSEST = 4096  # HU that fewer than one voxel in a thousand may exceed


class Values:
    """Fails what is constant or no Hounsfield scale; warns of what is merely odd."""

    name = "values"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Judge each channel by its modality."""
        for channel, image in case.images.items():
            for severity, message in _problems(image, case.dataset.modalities.get(channel, "")):
                yield Finding(self.name, severity, f"{channel}: {message}")


def _problems(image: Volume, modality: str) -> Iterator[tuple[Severity, str]]:
    import numpy as np

    low, high = image.array.min(), image.array.max()
    if not np.isfinite([low, high]).all():
        yield Severity.FAIL, "it holds values that are no numbers"
    elif low == high:
        yield Severity.FAIL, f"every voxel is {low:g}"
    elif modality == CT and image.array.dtype == np.int16:
        yield from _hounsfield(histogram(image))
    elif modality == PT and low < 0:
        yield Severity.WARN, f"uptake is negative in places, down to {low:g}"


def _hounsfield(counts: NDArray[np.int64]) -> Iterator[tuple[Severity, str]]:
    inside = _between(counts, PADDING, ZERO - 1)
    total = max(int(inside.sum()), 1)
    least = int(counts.nonzero()[0][0]) - ZERO
    shifted = int(_between(counts, SOFT[0] + OFFSET, SOFT[1] + OFFSET).sum()) / total
    if least >= 0 or (least >= NO_AIR and shifted > MUCH_SHIFTED):
        told = f"least value {least}, {shifted:.0%} of it near {OFFSET}"
        yield Severity.FAIL, f"the Hounsfield offset is missing: {told}"
        return
    soft = int(_between(counts, *SOFT).sum()) / total
    if soft < LITTLE_SOFT:
        severity = Severity.FAIL if soft < LEAST_SOFT else Severity.WARN
        yield severity, f"{soft:.1%} of it is soft tissue ({SOFT[0]} to {SOFT[1]} HU)"
    air = _between(counts, *AIR)
    if air.sum() > MUCH_AIR * total and abs(middle := AIR[0] + _median(air) + 1000) > AIR_OFF:
        yield Severity.WARN, f"air is {middle - 1000} HU, not -1000"
    if (dense := int(_between(counts, DENSEST, ZERO - 1).sum())) > total // 1000:
        yield Severity.WARN, f"{dense} voxels exceed {DENSEST} HU"


def _between(counts: NDArray[np.int64], low: int, high: int) -> NDArray[np.int64]:
    return counts[ZERO + low : ZERO + high + 1]


def _median(counts: NDArray[np.int64]) -> int:
    import numpy as np

    running = np.cumsum(counts)
    return int(np.searchsorted(running, running[-1] / 2))
