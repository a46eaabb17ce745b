"""Ask whether an organ is in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.checks.regions import pieces
from medreg.checks.survey import milliliters, survey, values_of, with_parts
from medreg.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from medreg.model import Converted

SHARE = 0.005  # of the label, or
VOLUME = 1.0  # ml, that stray pieces must reach together
FEW = 8  # voxels that they must have besides: a cube of two; fewer may be the grid's doing


class Islands:
    """Warns of pieces beside the largest ones; what the scan's edge cuts may lie apart."""

    name = "islands"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Count the pieces of each label that ``tissues.csv`` expects to have so many."""
        if case.mask is None:
            return
        seen = survey(case)
        for label in values_of(case):
            most = case.tissues[label].pieces if label in case.tissues else 0
            if not most:
                continue
            values = with_parts(case, label)
            stray = _stray(case.mask.array, seen.box(values), values, most)
            voxels = sum(stray)
            volume = milliliters(case.mask, voxels)
            if voxels < FEW or (volume < VOLUME and voxels < SHARE * seen.voxels(values)):
                continue
            message = (
                f"{case.mask_file}: {label} has {len(stray)} island{'s' * (len(stray) > 1)} beside "
                f"{'its largest piece' if most == 1 else f'its {most} largest pieces'}: "
                f"{voxels:,} voxels, {volume:.2g} ml"
            )
            yield Finding(self.name, Severity.WARN, message)


def _stray(
    mask: NDArray[np.generic], box: tuple[slice, ...], values: tuple[int, ...], most: int
) -> list[int]:
    """Return the voxels of each piece beside the *most* largest, those at the edge left out."""
    import numpy as np

    numbered = pieces(np.isin(mask[box], values))
    sizes = np.bincount(numbered.ravel(order="K"))[1:]
    if sizes.size <= most:
        return []
    stray = set((np.argsort(-sizes, kind="stable")[most:] + 1).tolist())
    for axis, (part, length) in enumerate(zip(box, mask.shape, strict=True)):
        for edge, at in ((0, 0), (length - 1, -1)):
            if part.start <= edge < part.stop:
                stray -= set(np.unique(numbered.take(at, axis)).tolist())
    return sorted((int(sizes[one - 1]) for one in stray), reverse=True)
