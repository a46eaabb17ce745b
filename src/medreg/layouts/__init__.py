"""How files are arranged, and so what a case is: one class per arrangement.

A layout looks at names and returns references (`medreg.layouts.refs`), never voxels.
"""

from medreg.layouts.annotations import DicomSeg, LidcXml, PerLabel, RtStruct
from medreg.layouts.decathlon import Decathlon
from medreg.layouts.dicom import DicomSeries, PetCt, PngStack
from medreg.layouts.pairs import Pairs

__all__ = [
    "Decathlon",
    "DicomSeg",
    "DicomSeries",
    "LidcXml",
    "Pairs",
    "PerLabel",
    "PetCt",
    "PngStack",
    "RtStruct",
]
