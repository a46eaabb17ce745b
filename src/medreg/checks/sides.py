"""Ask whether left is on the left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.checks.survey import survey, values_of
from medreg.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Converted

UNPAIRED = {"spleen": "liver"}  # the first lies to the left of the second


class Sides:
    """Warns when a left organ lies to the right of its partner: a flip, or a rare patient."""

    name = "sides"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Compare centroids along the left-right axis; indices grow towards the right."""
        if case.mask is None:
            return
        seen = survey(case)
        centers = {label: seen.center(values, 0) for label, values in values_of(case).items()}
        partners = {label: _partner(label) for label in sorted(centers) if "_left" in label}
        for left, right in (*partners.items(), *UNPAIRED.items()):
            if left in centers and right in centers and centers[left] >= centers[right]:
                message = f"{case.mask_file}: {left} lies to the right of {right}"
                yield Finding(self.name, Severity.WARN, message)


def _partner(label: str) -> str:
    return label.replace("_left", "_right")
