"""Where bytes come from: one module per kind of source. Values here are light to import."""

from medreg.sources.http import Http
from medreg.sources.local import Local
from medreg.sources.manual import Manual
from medreg.sources.portal import Portal
from medreg.sources.synthetic import Synthetic

__all__ = ["Http", "Local", "Manual", "Portal", "Synthetic"]
