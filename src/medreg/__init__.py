"""medreg: a registry of medical imaging datasets, kept in git and DVC.

What a plugin needs is importable from here.
"""

from medreg.hooks import hookimpl
from medreg.model import CT, IGNORED, MR, PT, Case, Check, Claim, Dataset, Finding, Severity

__version__ = "0.1.0"

__all__ = [
    "CT",
    "IGNORED",
    "MR",
    "PT",
    "Case",
    "Check",
    "Claim",
    "Dataset",
    "Finding",
    "Severity",
    "hookimpl",
]
