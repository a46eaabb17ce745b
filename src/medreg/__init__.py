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
from medreg.model import (
    CT,
    IGNORED,
    MR,
    PT,
    About,
    Case,
    Check,
    Claim,
    Dataset,
    Finding,
    Gate,
    Modality,
    Severity,
)
from medreg.sources import Http, Local, Manual, Portal, Synthetic

__version__ = "0.1.0"

__all__ = [
    "CT",
    "IGNORED",
    "MR",
    "PT",
    "About",
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
    "Gate",
    "Http",
    "LidcXml",
    "Local",
    "Manual",
    "Modality",
    "Pairs",
    "PerLabel",
    "PetCt",
    "PngStack",
    "Portal",
    "RtStruct",
    "Severity",
    "Synthetic",
    "hookimpl",
]
