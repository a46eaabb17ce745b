"""What the headers of a DICOM series say, before any pixel is read.

Attributes are those of PS3.3: Image Plane (C.7.6.2), Image Pixel (C.7.6.3), CT Image (C.8.2.1),
PET Image (C.8.9.4).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medreg.errors import Refused
from medreg.imaging.dicom import read_dataset
from medreg.imaging.guard import MAX_PIXELS, refusing
from medreg.model import CT, MR, PT
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydicom import Dataset

    from medreg.model import Tree

STORAGE = {  # PS3.4 table B.5-1
    "1.2.840.10008.5.1.4.1.1.2": CT,
    "1.2.840.10008.5.1.4.1.1.4": MR,
    "1.2.840.10008.5.1.4.1.1.128": PT,
}
DIRECTORY = "1.2.840.10008.1.3.10"
GRAY = ("MONOCHROME1", "MONOCHROME2")  # both store the same numbers; one is shown inverted
FARTHEST = 1e6  # mm
READ = [
    *("SOPClassUID", "SeriesInstanceUID", "FrameOfReferenceUID", "Modality", "ImageType"),
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "NumberOfFrames"),
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"),
    *("RescaleSlope", "RescaleIntercept", "RescaleType", "Units", "SUVType"),
    "LossyImageCompression",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One slice of CT, MR or PET; lengths in mm, in the patient's LPS axes."""

    path: str
    modality: str
    series: str  # UID; empty in some published data
    frame_of_reference: str
    kind: str  # third value of ImageType: AXIAL, or M and P for magnitude and phase
    rows: int
    columns: int
    position: tuple[float, ...]  # of the first pixel's center
    orientation: tuple[float, ...]  # along a row, then along a column
    spacing: tuple[float, ...]  # between rows, then between columns
    slope: float
    intercept: float
    unit: str
    lossy: bool


def headers(tree: Tree, paths: Sequence[str]) -> tuple[list[Header], tuple[str, ...]]:
    """Read the slices among *paths*, in natural order, and name what was set aside.

    Set aside are localizers and DICOMDIR; every other file must be a single-frame slice.
    Raises `Refused` naming the file that is not, and when no slice is left.
    """
    slices: list[Header] = []
    aside: list[str] = []
    for path in sorted(paths, key=natural):
        dataset = read_dataset(tree, path, only=READ, pixels=False)
        with refusing(path, "a DICOM slice"):
            reason = _aside(dataset)
            if reason:
                aside.append(f"set aside {path}: {reason}")
            else:
                slices.append(_header(dataset, path))
    if not slices:
        raise Refused("; ".join(["no slice in the series", *aside]))
    return slices, tuple(aside)


def one_series(slices: Sequence[Header]) -> None:
    """Raise `Refused` when *slices* do not make one series, naming what differs and where."""
    same: dict[str, Callable[[Header], object]] = {
        "SeriesInstanceUID": lambda h: h.series,
        "Modality": lambda h: h.modality,
        "ImageType value 3": lambda h: h.kind,
        "Rows x Columns": lambda h: f"{h.rows} x {h.columns}",
        "FrameOfReferenceUID": lambda h: h.frame_of_reference,
        "unit": lambda h: h.unit,
    }
    for name, value_of in same.items():
        groups: defaultdict[object, list[str]] = defaultdict(list)
        for header in slices:
            groups[value_of(header)].append(header.path)
        if len(groups) > 1:
            listed = ", ".join(
                f"{value or '(none)'} in {len(group)} (such as {group[0]})"
                for value, group in groups.items()
            )
            raise Refused(f"mixed series: {name} is {listed}")


def _aside(dataset: Dataset) -> str:
    if "DirectoryRecordSequence" in dataset or _sop_class(dataset) == DIRECTORY:
        return "a DICOM directory"
    if "LOCALIZER" in _words(dataset, "ImageType"):
        return "a localizer"
    return ""


def _sop_class(dataset: Dataset) -> str:
    meta = getattr(dataset, "file_meta", {})
    return str(dataset.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID") or "")


def _header(dataset: Dataset, path: str) -> Header:
    modality = _modality(dataset, path)
    row, column = _plane(dataset, path)
    slope, intercept = _rescale(dataset, path, modality)
    kinds = _words(dataset, "ImageType")[2:3]
    return Header(
        path=path,
        modality=modality,
        series=_text(dataset, "SeriesInstanceUID"),
        frame_of_reference=_text(dataset, "FrameOfReferenceUID"),
        kind=kinds[0] if kinds else "",
        rows=row,
        columns=column,
        position=_numbers(dataset, path, "ImagePositionPatient", 3),
        orientation=_orientation(dataset, path),
        spacing=_spacing(dataset, path),
        slope=slope,
        intercept=intercept,
        unit=_unit(dataset, path, modality),
        lossy=_text(dataset, "LossyImageCompression") == "01",
    )


def _modality(dataset: Dataset, path: str) -> str:
    from pydicom.uid import UID

    modality, sop_class = _text(dataset, "Modality"), _sop_class(dataset)
    name = UID(sop_class).name
    if "Enhanced" in name or (sop_class in STORAGE and int(dataset.get("NumberOfFrames") or 1) > 1):
        raise Refused(f"{path} is multi-frame ({name}): only one slice per file is read yet")
    if sop_class and sop_class not in STORAGE:
        raise Refused(f"{path} is {name}, not a CT, MR or PET slice")
    if modality not in set(STORAGE.values()) or STORAGE.get(sop_class, modality) != modality:
        raise Refused(f"{path} has Modality {modality or '(none)'}, not CT, MR or PT")
    return modality


def _plane(dataset: Dataset, path: str) -> tuple[int, int]:
    photometric = _text(dataset, "PhotometricInterpretation")
    if dataset.get("SamplesPerPixel") != 1 or photometric not in GRAY:
        raise Refused(f"{path} is {photometric or 'of no PhotometricInterpretation'}, not gray")
    rows, columns = dataset.get("Rows") or 0, dataset.get("Columns") or 0
    if rows * columns not in range(1, MAX_PIXELS + 1):
        raise Refused(f"{path} declares {rows} x {columns} pixels")
    return rows, columns


def _orientation(dataset: Dataset, path: str) -> tuple[float, ...]:
    cosines = _numbers(dataset, path, "ImageOrientationPatient", 6)
    row, column = cosines[:3], cosines[3:]
    lengths = [math.hypot(*row), math.hypot(*column)]
    dot = sum(a * b for a, b in zip(row, column, strict=True))
    if max(abs(lengths[0] - 1), abs(lengths[1] - 1), abs(dot)) > 1e-3:  # noqa: PLR2004 - C.7.6.2
        raise Refused(f"{path}: ImageOrientationPatient {cosines} is no two perpendicular units")
    return cosines


def _spacing(dataset: Dataset, path: str) -> tuple[float, ...]:
    spacing = _numbers(dataset, path, "PixelSpacing", 2)
    if min(spacing) <= 0:
        raise Refused(f"{path}: PixelSpacing is {spacing}")
    return spacing


def _rescale(dataset: Dataset, path: str, modality: str) -> tuple[float, float]:
    """Return slope and intercept; only MR may leave them out."""
    if modality == MR and "RescaleSlope" not in dataset and "RescaleIntercept" not in dataset:
        return 1.0, 0.0
    (slope,) = _numbers(dataset, path, "RescaleSlope", 1)
    (intercept,) = _numbers(dataset, path, "RescaleIntercept", 1)
    if slope == 0:
        raise Refused(f"{path}: RescaleSlope is 0")
    return slope, intercept


def _unit(dataset: Dataset, path: str, modality: str) -> str:
    if modality == CT:
        kind = _text(dataset, "RescaleType")
        if kind not in ("", "HU"):
            raise Refused(f"{path}: RescaleType is {kind}; its values are no Hounsfield units")
        return "HU"
    if modality == MR:
        return ""
    units = _text(dataset, "Units")
    if not units:
        raise Refused(f"{path}: a PET slice without Units")
    if units == "GML":  # body weight unless SUVType says otherwise (C.8.9.1.1.3)
        kind = _text(dataset, "SUVType")
        return "SUV" if kind in ("", "BW") else f"SUV ({kind})"
    return "Bq/ml" if units == "BQML" else units


def _numbers(dataset: Dataset, path: str, name: str, count: int) -> tuple[float, ...]:
    value: Any = dataset.get(name)
    if value is None or value == "":
        raise Refused(f"{path} has no {name}")
    numbers = tuple(float(number) for number in (value if count > 1 else [value]))
    if len(numbers) != count or not all(abs(number) < FARTHEST for number in numbers):
        raise Refused(f"{path}: {name} is {value}; expected {count} numbers")
    return numbers


def _text(dataset: Dataset, name: str) -> str:
    return str(dataset.get(name) or "").strip()


def _words(dataset: Dataset, name: str) -> list[str]:
    value: Any = dataset.get(name) or []
    return [value] if isinstance(value, str) else [str(word) for word in value]
