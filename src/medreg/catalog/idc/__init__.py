"""Every collection of the Imaging Data Commons, from its index: a table that is a Python package.

Nobody types a collection. One that a plugin reads is shown once, as that plugin's dataset.
"""

from medreg.catalog.idc.agree import compared, readers
from medreg.catalog.idc.card import claims_of, collection_card
from medreg.catalog.idc.collections import PREFIX, collections, without
from medreg.catalog.idc.series import by_collection, series

__all__ = [
    "PREFIX",
    "by_collection",
    "claims_of",
    "collection_card",
    "collections",
    "compared",
    "readers",
    "series",
    "without",
]
