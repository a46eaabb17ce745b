"""What licenses permit, alone and together, and what follows from contradicting claims."""

from medreg.terms.adaptation import Adaptation, adaptation, may_go_under
from medreg.terms.table import License, parse
from medreg.terms.verdicts import Verdict, answers, combined, of_claim, together, verdict
from medreg.terms.words import USES, Outcome, Permission, Use

__all__ = [
    "USES",
    "Adaptation",
    "License",
    "Outcome",
    "Permission",
    "Use",
    "Verdict",
    "adaptation",
    "answers",
    "combined",
    "may_go_under",
    "of_claim",
    "parse",
    "together",
    "verdict",
]
