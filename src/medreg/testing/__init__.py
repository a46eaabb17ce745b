"""Fabricate what publishers offer, so that everything can be tried with no network or patient."""

from medreg.testing.listing import listing
from medreg.testing.miniature import miniature

__all__ = ["listing", "miniature"]
