"""What people decided about single cases, and drew of them anew: beside a dataset's tables.

A machine's findings come and go with every check; what a person decided stays until a person
decides anew. A decision is about the bytes that were looked at:

- ``accept`` waives the findings of the checks that had found something, and no later one
- ``fix`` keeps the case out of sets until it was converted from another mask
- ``reject`` keeps it out, whatever it becomes
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from medreg.tables import CaseRow

FILE = "reviews.csv"
ANNOTATIONS = "annotations.csv"
DRAWN = "annotations"  # the folder of the masks themselves
GATE = 0.90  # Dice that a second rater should reach (F064)
DECISIONS = ("accept", "fix", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A row of ``annotations.csv``: *rater* drew a mask of *case* and handed it in on *date*.

    The mask is ``annotations/<case>/<rater>.nii.gz``, in the values of the dataset. *agreement*
    is the Dice of each label with the mask that the case had, which *used* tells to replace.
    """

    case: str
    rater: str
    date: str  # ISO 8601
    minutes: str  # that it took; empty: not told
    tool: str  # slicer | itksnap; empty: not told
    used: str  # yes | no
    agreement: str  # "liver=0.9712 liver_tumor=0.81"
    sha256: str  # of the file

    KEY: ClassVar[tuple[str, ...]] = ("case", "rater")

    @property
    def path(self) -> str:
        """Where its mask lies, from the dataset's folder."""
        return f"{DRAWN}/{self.case}/{self.rater}.nii.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A row of ``reviews.csv``: *person* looked at *case* on *date* and decided, *because*."""

    case: str
    decision: str  # accept | fix | reject
    person: str
    date: str  # ISO 8601
    because: str
    checks: str  # those that had found something, separated by spaces
    files: str  # as in `CaseRow.files`: the bytes that were looked at

    KEY: ClassVar[tuple[str, ...]] = ("case",)

    @property
    def who(self) -> str:
        """Who decided, when and why, in one line."""
        return f"{self.person}, {self.date}: {self.because}"

    def stands(self, row: CaseRow) -> bool:
        """Tell whether it speaks of the case as it is now; a rejection always does."""
        return self.decision == "reject" or self.files == row.files

    def waives(self, check: str, row: CaseRow) -> bool:
        """Tell whether a finding of *check* was seen and accepted."""
        return self.decision == "accept" and self.stands(row) and check in self.checks.split()
