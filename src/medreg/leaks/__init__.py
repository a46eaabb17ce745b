"""Does a training list show a scan or patient of the test side? From declarations and tables.

`lists` reads splits in the forms that trainers write, `names` finds whose cases they are, `audit`
tells which cases leak, and `bound` counts how many must where nobody says which.
"""

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
