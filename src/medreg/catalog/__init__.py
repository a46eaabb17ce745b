"""Finding, choosing and planning: every dataset as a line of facts, and what follows from them.

Nothing here fetches, converts or decides a byte, and nothing is an opinion: each answer is a
query over what plugins declare, and says by which rule it was found. `entries` are the facts;
`find` and `guide` choose, `plan` weighs against a budget, `card` tells all of one; `idc/` is the
index of IDC.
"""

from medreg.catalog.card import card, family_card
from medreg.catalog.entries import Entry, entries, entry_in
from medreg.catalog.find import Facts, Filters, select, sort
from medreg.catalog.guide import GUIDES, Guide, find_guide
from medreg.catalog.names import Names
from medreg.catalog.plan import Plan, Want, plan
from medreg.catalog.quality import Star, stars
from medreg.catalog.shared import Shared, shared
from medreg.catalog.tools import TOOLS
from medreg.catalog.totals import totals

__all__ = [
    "GUIDES",
    "TOOLS",
    "Entry",
    "Facts",
    "Filters",
    "Guide",
    "Names",
    "Plan",
    "Shared",
    "Star",
    "Want",
    "card",
    "entries",
    "entry_in",
    "family_card",
    "find_guide",
    "plan",
    "select",
    "shared",
    "sort",
    "stars",
    "totals",
]
