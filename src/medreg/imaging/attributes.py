"""The attributes that conversion reads of a DICOM header, as plain Python values.

Both readers give this form: pydicom (`of_dataset`) and the scan of plain headers
(`medreg.imaging.scan`). Numbers are tuples of floats, text is a tuple of stripped strings,
unsigned shorts are ints. An attribute that is absent or empty is not in the mapping.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydicom import Dataset

    Attributes = Mapping[str, Any]

Kind = Literal["text", "number", "whole", "short", "double", "float", "there"]

WANTED: dict[int, tuple[str, Kind]] = {  # PS3.6; the only attributes that are ever looked at
    0x00041220: ("DirectoryRecordSequence", "there"),
    0x00080008: ("ImageType", "text"),
    0x00080016: ("SOPClassUID", "text"),
    0x00080018: ("SOPInstanceUID", "text"),
    0x00080022: ("AcquisitionDate", "text"),
    0x0008002A: ("AcquisitionDateTime", "text"),
    0x00080032: ("AcquisitionTime", "text"),
    0x00080060: ("Modality", "text"),
    0x00080070: ("Manufacturer", "text"),
    0x00180081: ("EchoTime", "number"),
    0x00181060: ("TriggerTime", "number"),
    0x00189087: ("DiffusionBValue", "double"),
    0x00189089: ("DiffusionGradientOrientation", "double"),
    0x0020000D: ("StudyInstanceUID", "text"),
    0x0020000E: ("SeriesInstanceUID", "text"),
    0x00200011: ("SeriesNumber", "whole"),
    0x00200012: ("AcquisitionNumber", "whole"),
    0x00200032: ("ImagePositionPatient", "number"),
    0x00200037: ("ImageOrientationPatient", "number"),
    0x00200052: ("FrameOfReferenceUID", "text"),
    0x00200100: ("TemporalPositionIdentifier", "whole"),
    0x00280002: ("SamplesPerPixel", "short"),
    0x00280004: ("PhotometricInterpretation", "text"),
    0x00280008: ("NumberOfFrames", "whole"),
    0x00280010: ("Rows", "short"),
    0x00280011: ("Columns", "short"),
    0x00280030: ("PixelSpacing", "number"),
    0x00280100: ("BitsAllocated", "short"),
    0x00280101: ("BitsStored", "short"),
    0x00280102: ("HighBit", "short"),
    0x00280103: ("PixelRepresentation", "short"),
    0x00281052: ("RescaleIntercept", "number"),
    0x00281053: ("RescaleSlope", "number"),
    0x00281054: ("RescaleType", "text"),
    0x00282110: ("LossyImageCompression", "text"),
    0x00409096: ("RealWorldValueMappingSequence", "there"),
    0x00541001: ("Units", "text"),
    0x00541006: ("SUVType", "text"),
    0x00541300: ("FrameReferenceTime", "number"),
    0x2005100E: ("PhilipsScaleSlope", "float"),  # private: "MR Imaging DD 001", Scale Slope
}
OPTIONAL = frozenset(  # these only name, or tell apart: a value that is no number is as if absent
    {
        *("EchoTime", "TriggerTime", "FrameReferenceTime", "SeriesNumber", "AcquisitionNumber"),
        *("TemporalPositionIdentifier", "DiffusionBValue", "DiffusionGradientOrientation"),
    }
)
SYNTAX = "TransferSyntaxUID"  # as if it stood in the data set
MEDIA_CLASS = "MediaStorageSOPClassUID"
PADDING = " \0"


def of_dataset(dataset: Dataset, wanted: Mapping[int, tuple[str, Kind]]) -> dict[str, Any]:
    """Return what *wanted* names of *dataset*; raises whatever pydicom raises on bad values."""
    found: dict[str, Any] = {}
    for tag, (name, kind) in wanted.items():
        if tag in dataset:
            try:
                value = _plain(dataset[tag].value, kind)
            except (ValueError, TypeError, OverflowError):
                if name not in OPTIONAL:
                    raise
                continue
            if value not in (None, ()):
                found[name] = value
    meta = getattr(dataset, "file_meta", {})
    for name in (SYNTAX, MEDIA_CLASS):
        if meta.get(name):
            found[name] = (str(meta.get(name)),)
    return found


def _plain(value: Any, kind: Kind) -> Any:
    if kind == "there":
        return True
    if value is None or (isinstance(value, str | bytes) and not value):
        return None
    if kind == "short":
        return int(value)
    if kind == "float" and isinstance(value, bytes):  # of unknown VR
        return struct.unpack("<f", value) if len(value) == struct.calcsize("<f") else None
    several = [value] if isinstance(value, str | bytes) or not hasattr(value, "__iter__") else value
    if kind == "text":
        words = tuple(str(word).strip(PADDING) for word in several)
        return words if any(words) else None
    numbers = tuple(float(number) for number in several)
    if kind == "whole" and not all(number.is_integer() for number in numbers):
        raise ValueError(f"{value} is no whole number")
    return numbers
