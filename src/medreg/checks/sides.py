"""Ask whether left is on the left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.checks.counts import columns_of
from medreg.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medreg.model import Converted

UNPAIRED = {"spleen": "liver"}  # the first lies to the left of the second


class Sides:
    """Warns when a left organ lies to the right of its partner: a flip, or a rare patient."""

    name = "sides"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Compare centroids along the left-right axis."""
        centers = _centers(case)
        partners = {
            label: f"{label.removesuffix('_left')}_right"
            for label in sorted(centers)
            if label.endswith("_left")
        }
        for left, right in (*partners.items(), *UNPAIRED.items()):
            if left in centers and right in centers and centers[left] >= centers[right]:
                message = f"{case.mask_file}: {left} lies to the right of {right}"
                yield Finding(self.name, Severity.WARN, message)


def _centers(case: Converted) -> Mapping[str, float]:
    """Return the mean first index of each label; it grows towards the patient's right."""
    totals: dict[str, tuple[int, int]] = {}
    labels = case.dataset.raw_labels
    for value, (voxels, columns) in columns_of(case.mask).items() if case.mask else ():
        label = labels.get(value, "")
        before = totals.get(label, (0, 0))
        totals[label] = (before[0] + voxels, before[1] + columns)
    return {label: columns / voxels for label, (voxels, columns) in totals.items()}
