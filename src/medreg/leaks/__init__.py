"""Does a training list show a scan or patient of the test side? From declarations, offline."""

from medreg.leaks.audit import Audit, Leak, Unmapped, audit, repeats
from medreg.leaks.bound import Bound, bound, pools
from medreg.leaks.lists import Side, folds, read_list
from medreg.leaks.names import Recognizer

__all__ = [
    "Audit",
    "Bound",
    "Leak",
    "Recognizer",
    "Side",
    "Unmapped",
    "audit",
    "bound",
    "folds",
    "pools",
    "read_list",
    "repeats",
]
