"""What no header can clean: names burned into pixels, documents, faces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom import Dataset

DIRECTORY = "1.2.840.10008.1.3.10"
# SOP classes (PS3.4 B.5) whose content is prose or unknown: reports, documents, raw data
DOCUMENTS = ("1.2.840.10008.5.1.4.1.1.88.", "1.2.840.10008.5.1.4.1.1.104.")
RAW = "1.2.840.10008.5.1.4.1.1.66"
# as in CTP's filter of burned-in annotation; a low-dose scan for screening is none
KINDS = re.compile(r"SAVE|SCREEN|DOSE")
SERIES = re.compile(
    r"SCREEN ?(?:SAVE|SHOT|CAPTURE)|SAVE ?SCREEN|DOSE ?(?:REPORT|INFO|RECORD|SUMMARY|SHEET)"
)
CAPTURED = (0x00181012, 0x00181016, 0x00181018, 0x00181019)  # secondary capture device
PICTURES = ("US", "SC", "XA", "ES", "GM", "XC", "OP", "OT")
COLOR = ("RGB", "YBR", "PALETTE")
HEADS = re.compile(
    r"(?<![A-Z])(?:HEAD|BRAIN|SKULL|FACE|NECK|SINUS|ORBIT|CRAN|CEREBR|WHOLE.?BODY|MPRAGE)"
)
OVERLAYS = range(0x6000, 0x6020, 2)


def is_directory(dataset: Dataset) -> bool:
    """Tell whether the file is a DICOMDIR: it lists others, and would list their old names."""
    return "DirectoryRecordSequence" in dataset or _text(dataset, "SOPClassUID") == DIRECTORY


def refusal(dataset: Dataset) -> str:
    """Return why the file cannot be de-identified here, or an empty string."""
    sop_class = _text(dataset, "SOPClassUID")
    if sop_class.startswith(DOCUMENTS) or sop_class == RAW:
        return "it is a document, a report or raw data: no list of attributes covers its content"
    if _text(dataset, "BurnedInAnnotation") == "YES":
        return "BurnedInAnnotation is YES: its pixels show who the patient is"
    positions = (dataset.get((group, 0x0102)) for group in OVERLAYS)  # OverlayBitPosition
    if any(position is not None and position.value for position in positions):
        return "an overlay is hidden in the bits of its pixels"
    if _text(dataset, "BurnedInAnnotation") == "NO":
        return ""
    sign = _burned(dataset)
    return f"{sign}: its pixels may show who the patient is" if sign else ""


def _burned(dataset: Dataset) -> str:
    """Return a sign that text was burned in, where nobody says that none was."""
    modality = _text(dataset, "Modality")
    if modality in PICTURES:
        return f"Modality {modality}"
    for name, sign in (("ImageType", KINDS), ("SeriesDescription", SERIES)):
        if found := sign.search(_text(dataset, name)):
            return f"{found[0]} in {name}"
    if any(tag in dataset for tag in CAPTURED):
        return "captured from a screen"
    photometric = _text(dataset, "PhotometricInterpretation")
    return f"colors ({photometric})" if photometric.startswith(COLOR) else ""


def face(dataset: Dataset) -> bool:
    """Tell whether a face could be rebuilt from the voxels, without evidence of defacing."""
    if _text(dataset, "Modality") not in ("CT", "MR", "PT"):
        return False
    if _text(dataset, "RecognizableVisualFeatures") == "NO":
        return False
    codes: Any = dataset.get("DeidentificationMethodCodeSequence") or []
    if any(_text(code, "CodeValue") == "113102" for code in codes):
        return False
    named = ("BodyPartExamined", "SeriesDescription", "StudyDescription", "ProtocolName")
    words = " ".join(_text(dataset, name) for name in (*named, "SeriesType"))
    return bool(HEADS.search(words))


def _text(dataset: Dataset, name: str) -> str:
    value: Any = dataset.get(name) or ""
    words = value if not isinstance(value, str) and hasattr(value, "__iter__") else [value]
    return " ".join(str(word) for word in words).strip("\0 ").upper()
