"""Ask whether the mask holds only listed values, and anything at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.checks.survey import survey
from medreg.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Converted


class Labels:
    """Fails a raw value that nobody declared; warns of a mask that shows nothing."""

    name = "labels"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Compare the mask's values with `Dataset.raw_labels`."""
        if case.mask is None:
            return
        listed = case.dataset.raw_labels
        counts = survey(case).counts
        for value, count in counts.items():
            if value not in listed:
                message = (
                    f"{case.mask_file} holds the raw value {value} in {count} voxels; "
                    f"{case.dataset.name} lists {', '.join(map(str, listed)) or 'none'}"
                )
                yield Finding(self.name, Severity.FAIL, message)
        if not counts:
            yield Finding(self.name, Severity.WARN, f"{case.mask_file} is empty")
