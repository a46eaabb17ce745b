"""Ask whether a solid organ has holes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.checks.regions import holes
from medreg.checks.survey import milliliters, survey, values_of, with_parts
from medreg.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Converted

SHARE = 0.002  # of the organ, or
VOLUME = 0.5  # ml, that holes must reach together
FEW = 8  # voxels that they must have besides: a cube of two; fewer may be the grid's doing


class Holes:
    """Warns of voxels inside a solid organ that no label claims."""

    name = "holes"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Fill each label that ``tissues.csv`` calls solid, and count what is new."""
        import numpy as np

        if case.mask is None:
            return
        seen = survey(case)
        for label in values_of(case):
            if label not in case.tissues or not case.tissues[label].solid:
                continue
            values = with_parts(case, label)
            inside = case.mask.array[seen.box(values)]
            voxels = int(np.count_nonzero(holes(np.isin(inside, values)) & (inside == 0)))
            volume = milliliters(case.mask, voxels)
            if voxels < FEW or (volume < VOLUME and voxels < SHARE * seen.voxels(values)):
                continue
            message = f"{case.mask_file}: {label} has holes: {voxels:,} voxels, {volume:.2g} ml"
            yield Finding(self.name, Severity.WARN, message)
