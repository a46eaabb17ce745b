"""One DICOM file to facts: a slice, the frames of a multi-frame image, or the reason it is none.

Attributes are those of PS3.3: Image Plane (C.7.6.2), Image Pixel (C.7.6.3), CT Image (C.8.2.1),
Multi-frame Functional Groups (C.7.6.16).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.readiness.facts import SliceFacts
from medreg.readiness.raw import get

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import Dataset

DIRECTORY = "1.2.840.10008.1.3.10"
SECONDARY = "1.2.840.10008.5.1.4.1.1.7"  # Secondary Capture, and its multi-frame kinds
SHOWN = {  # words of ImageType: what is an image, but no slice of a volume
    "LOCALIZER": "a localizer",
    "SCOUT": "a localizer",
    "SURVIEW": "a localizer",
    "TOPOGRAM": "a localizer",
    "DOSE": "a dose sheet",
    "SCREEN SAVE": "a screen save",
    "SCREENSAVE": "a screen save",
}
MAX_FRAMES = 2**16


def not_a_slice(dataset: Dataset) -> str:
    """Return why *dataset* is no slice to judge, or an empty text."""
    if "DirectoryRecordSequence" in dataset or sop_class(dataset) == DIRECTORY:
        return "a DICOM directory"
    for word in _words(dataset, "ImageType"):
        for sign, reason in SHOWN.items():
            if sign in word.upper():
                return reason
    if "Rows" not in dataset or _text(dataset, "Modality") in ("SEG", "RTDOSE", "SR", "PR", "KO"):
        return f"no image but {_text(dataset, 'Modality') or 'an object without pixels'}"
    return ""


def sop_class(dataset: Dataset) -> str:
    """Return the SOP Class UID, from the file's meta information where the data set lacks it."""
    meta = getattr(dataset, "file_meta", {})
    return str(get(dataset, "SOPClassUID") or meta.get("MediaStorageSOPClassUID") or "")


def slices(dataset: Dataset, path: str) -> Iterator[SliceFacts]:
    """Yield the slice that *dataset* is, or every frame of it; raises what a bad value raises."""
    frames = int(dataset.get("NumberOfFrames") or 1)
    groups = dataset.get("PerFrameFunctionalGroupsSequence")
    damage = _damage(dataset, frames)
    if not groups:
        yield _slice(dataset, [dataset], path, 0, damage)
        return
    shared = [
        m for item in dataset.get("SharedFunctionalGroupsSequence") or () for m in _macros(item)
    ]
    for frame, group in enumerate(groups[:MAX_FRAMES]):
        places = [*_macros(group), *shared, dataset]
        yield _slice(dataset, places, path, frame, damage)


def _macros(group: Dataset) -> Iterator[Dataset]:
    """Yield the first item of every functional group macro."""
    for element in group:
        if element.VR == "SQ" and element.value:
            yield element.value[0]


def _slice(
    dataset: Dataset, places: list[Dataset], path: str, frame: int, damage: str
) -> SliceFacts:
    """Return the facts of a frame; its own attributes stand in *places*, nearest first."""

    def found(name: str) -> Any:
        return next((value for place in places if (value := _value(place, name)) is not None), None)

    multi = len(places) > 1
    return SliceFacts(
        path=path,
        frame=frame,
        sop_class=sop_class(dataset),
        modality=_text(dataset, "Modality"),
        patient=_text(dataset, "PatientID"),
        study=_text(dataset, "StudyInstanceUID"),
        series=_text(dataset, "SeriesInstanceUID"),
        instance=_text(dataset, "SOPInstanceUID"),
        frame_of_reference=_text(dataset, "FrameOfReferenceUID"),
        image_type=tuple(_words(dataset, "ImageType")),
        view=_text(dataset, "ViewPosition"),
        number=frame + 1 if multi else _whole(dataset, "InstanceNumber"),
        rows=_whole(dataset, "Rows") or 0,
        columns=_whole(dataset, "Columns") or 0,
        samples=_whole(dataset, "SamplesPerPixel") or 1,
        photometric=_text(dataset, "PhotometricInterpretation"),
        bits=(
            _whole(dataset, "BitsAllocated") or 0,
            _whole(dataset, "BitsStored") or 0,
            (_whole(dataset, "HighBit") or 0),
        ),
        signed=_whole(dataset, "PixelRepresentation"),
        slope=_number(found("RescaleSlope")),
        intercept=_number(found("RescaleIntercept")),
        rescale_type=str(found("RescaleType") or "").strip(),
        padding=_whole(dataset, "PixelPaddingValue"),
        spacing=_numbers(found("PixelSpacing"), 2),
        thickness=_number(found("SliceThickness")),
        position=_numbers(found("ImagePositionPatient"), 3),
        orientation=_numbers(found("ImageOrientationPatient"), 6),
        kernel=_joined(found("ConvolutionKernel")),
        syntax=str(dataset.file_meta.get("TransferSyntaxUID") or ""),
        lossy=_text(dataset, "LossyImageCompression") == "01",
        damage=damage,
    )


def _damage(dataset: Dataset, frames: int) -> str:
    """Return why the pixels cannot be all there, as far as their length tells."""
    if "PixelData" not in dataset:
        return "no pixel data: the file is cut short, or holds floating point"
    found = len(dataset.get_item("PixelData").value or b"")
    if dataset.file_meta.get("TransferSyntaxUID", "") and _compressed(dataset):
        return "" if found else "no pixel data"
    bits = frames * _product(dataset, "Rows", "Columns", "SamplesPerPixel", "BitsAllocated")
    if _text(dataset, "PhotometricInterpretation") == "YBR_FULL_422":
        bits = bits * 2 // 3
    expected = (bits + 7) // 8
    return f"{found:,} of {expected:,} bytes of pixels" if found < expected else ""


def _compressed(dataset: Dataset) -> bool:
    syntax = dataset.file_meta.TransferSyntaxUID
    return bool(syntax.is_transfer_syntax and syntax.is_encapsulated)


def _product(dataset: Dataset, *names: str) -> int:
    product = 1
    for name in names:
        product *= _whole(dataset, name) or (1 if name == "SamplesPerPixel" else 0)
    return product


def _value(dataset: Dataset, name: str) -> Any:
    value = get(dataset, name)
    return None if value is None or value == "" else value


def _text(dataset: Dataset, name: str) -> str:
    return _joined(get(dataset, name))


def _joined(value: Any) -> str:
    if value is None:
        return ""
    return (value if isinstance(value, str) else str(value)).strip()


def _words(dataset: Dataset, name: str) -> list[str]:
    value: Any = get(dataset, name) or []
    return [value] if isinstance(value, str) else [str(word) for word in value]


def _whole(dataset: Dataset, name: str) -> int | None:
    value = _value(dataset, name)
    return None if value is None else int(value)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _numbers(value: Any, count: int) -> tuple[float, ...] | None:
    """Return *count* numbers; None where there are more or fewer."""
    numbers = () if value is None or isinstance(value, str) else tuple(float(n) for n in value)
    return numbers if len(numbers) == count else None
