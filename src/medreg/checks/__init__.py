"""Questions asked of every converted case: one module each, one question each.

A check looks at one case as it lies in ``converted/`` and yields findings. ``FAIL`` keeps the
case out of every set unless a recipe accepts that check's failures; ``WARN`` only tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.checks.body import Body
from medreg.checks.cavities import Holes
from medreg.checks.geometry import Geometry
from medreg.checks.islands import Islands
from medreg.checks.labels import Labels
from medreg.checks.neighbors import Neighbors
from medreg.checks.outliers import NAME as OUTLIERS
from medreg.checks.privacy import Privacy
from medreg.checks.sides import Sides
from medreg.checks.size import Size
from medreg.checks.tissue import TissueRange
from medreg.checks.values import Values

if TYPE_CHECKING:
    from medreg.model import Check

__all__ = ["BUILT_IN", "OUTLIERS"]

BUILT_IN: tuple[Check, ...] = (
    Geometry(),
    Labels(),
    Values(),
    Body(),
    Sides(),
    Privacy(),
    TissueRange(),
    Size(),
    Islands(),
    Holes(),
    Neighbors(),
)
"""What is asked of one case; `medreg.checks.outliers` is asked of all cases together."""
