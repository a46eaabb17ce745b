"""medreg: a registry of medical imaging datasets, kept in git and DVC.

What a plugin needs is importable from here.
"""

from medreg.fixes import CopyGeometry, DropCase, FlipAxis
from medreg.hooks import hookimpl
from medreg.layouts import (
    Decathlon,
    DicomSeg,
    DicomSeries,
    LidcXml,
    Pairs,
    PerLabel,
    PetCt,
    PngStack,
    RtStruct,
)
from medreg.model import CT, IGNORED, MR, PT, Case, Check, Claim, Dataset, Finding, Severity
from medreg.sources import Http, Local, Manual, Synthetic

__version__ = "0.1.0"

__all__ = [
    "CT",
    "IGNORED",
    "MR",
    "PT",
    "Case",
    "Check",
    "Claim",
    "CopyGeometry",
    "Dataset",
    "Decathlon",
    "DicomSeg",
    "DicomSeries",
    "DropCase",
    "Finding",
    "FlipAxis",
    "Http",
    "LidcXml",
    "Local",
    "Manual",
    "Pairs",
    "PerLabel",
    "PetCt",
    "PngStack",
    "RtStruct",
    "Severity",
    "Synthetic",
    "hookimpl",
]
