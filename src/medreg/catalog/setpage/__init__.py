"""The report of a set: one HTML file that holds all it shows and asks no network."""

from medreg.catalog.setpage.facts import SetFacts
from medreg.catalog.setpage.page import page

__all__ = ["SetFacts", "page"]
