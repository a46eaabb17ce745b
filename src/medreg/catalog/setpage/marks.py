"""Small plots that are cells of tables: bars, strips of ticks, ranges.

Each is static SVG beside the numbers that it shows, so that one table is the picture and its text.
"""

from __future__ import annotations

from math import log10
from statistics import median
from typing import TYPE_CHECKING

from medreg.catalog.setpage.markup import Html

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDE, HIGH = 200, 20  # of a strip, in its own units; it is stretched to its cell


def bar(share: float, kind: str = "") -> Html:
    """Return a bar of *share* (0 to 1) of its cell."""
    width = f"{WIDE * min(max(share, 0.0), 1.0):.1f}"
    return _svg(f'<rect class="{kind or "bar"}" x="0" y="4" width="{width}" height="12"/>')


class Scale:
    """Where values lie from 0 to 200 between the least and the greatest; *log* for volumes."""

    def __init__(self, values: Sequence[float], *, log: bool = False) -> None:
        self._log = log
        self.least, self.greatest = (min(values), max(values)) if values else (0.0, 1.0)

    def at(self, value: float) -> float:
        """Return the place of *value*, to a half."""
        low, high, here = (self._of(one) for one in (self.least, self.greatest, value))
        return round(2 * (3 + (WIDE - 6) * ((here - low) / ((high - low) or 1)))) / 2

    def _of(self, value: float) -> float:
        return log10(value) if self._log else value

    def strip(self, values: Sequence[float], color: str = "") -> Html:
        """Return a tick per value, and a longer one at the median."""
        places = sorted({self.at(value) for value in values})
        ticks = "".join(f"M{x:g} 5v10" for x in places)
        middle = f"M{self.at(median(values)):g} 0v20" if values else ""
        own = f' stroke="{color}"' if color else ""
        return _svg(f'<path class="tick"{own} d="{ticks}"/><path class="middle" d="{middle}"/>')

    def span(self, low: float, middle: float, high: float, color: str = "") -> Html:
        """Return a line from *low* to *high* with a mark at *middle*."""
        own = f' stroke="{color}"' if color else ""
        line = f"M{self.at(low):g} 10H{self.at(high):g}"
        mark = f"M{self.at(middle):g} 0v20"
        return _svg(f'<path class="span"{own} d="{line}"/><path class="middle" d="{mark}"/>')

    def told(self, unit: str) -> str:
        """Say what the ends of the scale are."""
        kind = ", logarithmic" if self._log else ""
        if self.least == self.greatest:
            return f"{self.least:.4g} {unit}"
        return f"{self.least:.4g} to {self.greatest:.4g} {unit}{kind}"


def spread(values: Sequence[float]) -> str:
    """Return ``median (least to greatest)``."""
    if not values:
        return "none"
    low, high = min(values), max(values)
    if low == high:
        return f"{low:.4g}"
    return f"{median(values):.4g} ({low:.4g} to {high:.4g})"


def swatch(color: str) -> Html:
    """Return a small square of a label's color."""
    return Html(
        '<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">'
        f'<rect width="10" height="10" rx="2" fill="{color}"/></svg>'
    )


def _svg(inner: str) -> Html:
    return Html(
        f'<svg class="strip" viewBox="0 0 {WIDE} {HIGH}" preserveAspectRatio="none" '
        f'aria-hidden="true">{inner}</svg>'
    )
