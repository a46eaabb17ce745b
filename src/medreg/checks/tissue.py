"""Ask whether what a label covers has the density of that tissue (F070)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.checks.survey import survey, values_of
from medreg.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Converted

FEW = 50  # voxels: fewer are mostly edge, where tissues mix


class TissueRange:
    """Warns of a label of a CT whose median is not that of its tissue, by ``tissues.csv``."""

    name = "tissue"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Compare the median of each label with the row of its tissue."""
        if case.mask is None or case.mask.shape != case.images[case.grid].shape:
            return
        seen = survey(case)
        for label, values in values_of(case).items():
            tissue, median = case.tissues.get(label), seen.median(values)
            if tissue is None or median is None or seen.voxels(values) < FEW:
                continue
            if not tissue.low <= median <= tissue.high:
                message = f"{case.mask_file}: {label} has a median of {median} HU, not "
                message += f"{tissue.low} to {tissue.high}"
                yield Finding(self.name, Severity.WARN, message)
