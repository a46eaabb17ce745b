"""How files are arranged, and so what a case is: one class per arrangement.

A layout looks at names and returns references (`refs`, `masks`, `packed`), never voxels.
"""

from medreg.layouts.annotations import DicomSeg, LidcXml, PerLabel, RtStruct
from medreg.layouts.arrays import Arrays
from medreg.layouts.bids import Bids
from medreg.layouts.clips import Video, WholeSlide
from medreg.layouts.coca import CocaXml
from medreg.layouts.decathlon import Decathlon
from medreg.layouts.dicom import DicomSeries, PetCt, PngStack
from medreg.layouts.images2d import Images2d
from medreg.layouts.nnunet import NnunetRaw
from medreg.layouts.pairs import Pairs

__all__ = [
    "Arrays",
    "Bids",
    "CocaXml",
    "Decathlon",
    "DicomSeg",
    "DicomSeries",
    "Images2d",
    "LidcXml",
    "NnunetRaw",
    "Pairs",
    "PerLabel",
    "PetCt",
    "PngStack",
    "RtStruct",
    "Video",
    "WholeSlide",
]
