"""The nouns: what a dataset is, what a case is, and what a source, layout and check promise.

Everything here is a frozen value that costs nothing to build: no plugin runs code to be listed.
"""

from medreg.model.about import About, Gate
from medreg.model.cases import Case, Fix, ImageRef, Layout, NamedRef, OneLabelRef, PackedRef
from medreg.model.checks import Check, Converted, Finding, Severity, Tissue
from medreg.model.clinical import Clinical, Column
from medreg.model.datasets import Dataset
from medreg.model.pictures import Picture
from medreg.model.raw import FetchJob, FileRecord, Offer, Source, Tree
from medreg.model.sets import Divided, Exporter, SetCase, SetContent
from medreg.model.words import ANY, CT, IGNORED, LONE, MR, PT, Claim, Modality, Rank, channel_name

__all__ = [
    "ANY",
    "CT",
    "IGNORED",
    "LONE",
    "MR",
    "PT",
    "About",
    "Case",
    "Check",
    "Claim",
    "Clinical",
    "Column",
    "Converted",
    "Dataset",
    "Divided",
    "Exporter",
    "FetchJob",
    "FileRecord",
    "Finding",
    "Fix",
    "Gate",
    "ImageRef",
    "Layout",
    "Modality",
    "NamedRef",
    "Offer",
    "OneLabelRef",
    "PackedRef",
    "Picture",
    "Rank",
    "SetCase",
    "SetContent",
    "Severity",
    "Source",
    "Tissue",
    "Tree",
    "channel_name",
]
