"""Ask whether mask and images lie on one grid, and whether its spacing can be true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from medreg.model import Converted
    from medreg.volume import Volume

SAME = 1e-3  # mm between corners, of what is written as one grid
SPACING = (0.05, 50.0)  # mm; beyond it, the unit is not the millimeter or the header is empty
LONGEST = 2500.0  # mm; nobody is taller


class Geometry:
    """Fails a mask that lies elsewhere than its image, and spacings that no scanner makes."""

    name = "geometry"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Compare every volume with the grid channel."""
        grid = case.images[case.grid]
        if case.mask is not None and (problem := _apart(case.mask, grid)):
            message = f"{case.mask_file} {problem} the grid of {case.grid}"
            yield Finding(self.name, Severity.FAIL, message)
        for channel, image in case.images.items():
            if channel != case.grid and (problem := _apart(image, grid)):
                message = f"{channel} {problem} the grid of {case.grid}"
                yield Finding(self.name, Severity.WARN, message)
            for message in _implausible(image):
                yield Finding(self.name, Severity.FAIL, f"{channel}: {message}")


def _apart(volume: Volume, grid: Volume) -> str:
    if volume.shape != grid.shape:
        return f"has {_by(volume.shape)} voxels, not the {_by(grid.shape)} of"
    error = volume.corner_error(grid)
    return f"lies {error:.3g} mm off" if error > SAME else ""


def _implausible(volume: Volume) -> Iterator[str]:
    low, high = SPACING
    if not all(low <= step <= high for step in volume.spacing):
        yield f"spacing of {_by(f'{s:g}' for s in volume.spacing)} mm is not that of a scan"
    length = max(n * step for n, step in zip(volume.shape, volume.spacing, strict=True))
    if length > LONGEST:
        yield f"it is {length:.0f} mm long"


def _by(numbers: Iterable[object]) -> str:
    return " x ".join(map(str, numbers))
