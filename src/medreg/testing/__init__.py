"""Fabricate what publishers offer, so that everything can be tried with no network or patient.

`listing` reads the real paths, `miniature` makes their files with what stands beside it, one
module per kind; `trial` asks a plugin what is asked of every bundled one, in a `house` of its
own.
"""

from medreg.testing.listing import listing
from medreg.testing.miniature import miniature

__all__ = ["listing", "miniature"]
