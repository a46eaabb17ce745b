"""Ask whether what a label covers is large enough to be the organ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.checks.survey import milliliters, survey, values_of, with_parts
from medreg.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Converted

BODY = 200.0  # mm along each axis: a smaller scan may show part of any organ
EMPTY = 10  # voxels: a whole mask of fewer is a slip of the mouse


class Size:
    """Warns of an organ that is smaller than any, in a scan whose edge does not cut it."""

    name = "size"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Compare each label's volume with the least of ``tissues.csv``."""
        if case.mask is None:
            return
        seen, shown = survey(case), values_of(case)
        total = seen.voxels([value for values in shown.values() for value in values])
        expected = [label for label in shown if label in case.tissues]
        if 0 < total < EMPTY and expected:
            message = f"{case.mask_file} shows {total} voxels in all, fewer than {EMPTY}"
            yield Finding(self.name, Severity.WARN, message)
            return
        lengths = zip(case.mask.shape, case.mask.spacing, strict=True)
        if min(n * mm for n, mm in lengths) < BODY:
            return
        for label in expected:
            values, least = with_parts(case, label), case.tissues[label].least
            volume = milliliters(case.mask, seen.voxels(values))
            if volume < least and not seen.cut(values):
                message = f"{case.mask_file}: {label} takes {volume:.2g} ml, less than {least:g}"
                yield Finding(self.name, Severity.WARN, message)
