"""Ask of a whole dataset which organ's volume is unlike that of all others.

Volumes are compared as logarithms, by the robust z of Iglewicz and Hoaglin (1993): 0.6745 times
the distance from the median, over the median of such distances. Tumors may have any size, and
what the scan's edge cuts has no volume: neither is compared.
"""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

from medreg.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "outliers"
LEAST = 10  # cases that a distribution needs
FAR = 5.0  # robust z
ALIKE = 0.05  # of the volume: the least spread that people have


def outliers(volumes: Mapping[str, Mapping[str, float]]) -> dict[str, list[Finding]]:
    """Return the findings of each case; *volumes* are ml by label and case."""
    found: dict[str, list[Finding]] = {}
    for label, by_case in volumes.items():
        if len(by_case) < LEAST:
            continue
        logs = {case: math.log(ml) for case, ml in by_case.items()}
        middle = median(logs.values())
        spread = max(median(abs(log - middle) for log in logs.values()), math.log(1 + ALIKE))
        for case, log in logs.items():
            z = 0.6745 * (log - middle) / spread
            if abs(z) > FAR:
                message = (
                    f"{label} takes {by_case[case]:.3g} ml where the median of {len(logs)} cases "
                    f"is {math.exp(middle):.3g} (robust z {z:+.1f}, not within {FAR:g})"
                )
                found.setdefault(case, []).append(Finding(NAME, Severity.WARN, message))
    return found
