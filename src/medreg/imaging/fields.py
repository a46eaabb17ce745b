"""What single attributes of a slice mean, and which values cannot be right.

Every function takes `Attributes` and the name of their file (and frame), for errors.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from medreg.errors import Refused
from medreg.imaging.guard import MAX_PIXELS
from medreg.model import CT, MR

if TYPE_CHECKING:
    from medreg.imaging.attributes import Attributes

GRAY = ("MONOCHROME1", "MONOCHROME2")  # both store the same numbers; one is shown inverted
FARTHEST = 1e6  # mm
PRECISE = "Philips: precise values, (stored * slope + intercept) / (slope * (2005,100E))"
REAL_WORLD = "Philips: values of the Real World Value Mapping"


def numbers(said: Attributes, name: str, attribute: str, count: int) -> tuple[float, ...]:
    """Return the *count* finite numbers that *attribute* must hold."""
    value: tuple[float, ...] = said.get(attribute, ())
    if not value:
        raise Refused(f"{name} has no {attribute}")
    if len(value) != count or not all(abs(number) < FARTHEST for number in value):
        raise Refused(f"{name}: {attribute} is {list(value)}; expected {count} numbers")
    return value


def text(said: Attributes, attribute: str) -> str:
    """Return the text of *attribute*, empty where there is none."""
    return "\\".join(said.get(attribute, ()))


def plane(said: Attributes, name: str) -> tuple[int, int]:
    """Return rows and columns of a gray image."""
    photometric = text(said, "PhotometricInterpretation")
    if said.get("SamplesPerPixel") != 1 or photometric not in GRAY:
        raise Refused(f"{name} is {photometric or 'of no PhotometricInterpretation'}, not gray")
    rows, columns = said.get("Rows", 0), said.get("Columns", 0)
    if rows * columns not in range(1, MAX_PIXELS + 1):
        raise Refused(f"{name} declares {rows} x {columns} pixels")
    return rows, columns


def orientation(said: Attributes, name: str) -> tuple[float, ...]:
    """Return ImageOrientationPatient: two perpendicular unit vectors (PS3.3 C.7.6.2)."""
    cosines = numbers(said, name, "ImageOrientationPatient", 6)
    row, column = cosines[:3], cosines[3:]
    lengths = [math.hypot(*row), math.hypot(*column)]
    dot = sum(a * b for a, b in zip(row, column, strict=True))
    if max(abs(lengths[0] - 1), abs(lengths[1] - 1), abs(dot)) > 1e-3:  # noqa: PLR2004 - digits of a DS
        raise Refused(f"{name}: ImageOrientationPatient {cosines} is no two perpendicular units")
    return cosines


def pixel_spacing(said: Attributes, name: str) -> tuple[float, ...]:
    """Return PixelSpacing: millimeters between rows, then between columns."""
    spacing = numbers(said, name, "PixelSpacing", 2)
    if min(spacing) <= 0:
        raise Refused(f"{name}: PixelSpacing is {spacing}")
    return spacing


def rescale(said: Attributes, name: str, modality: str) -> tuple[float, float, str]:
    """Return slope, intercept and, where it is not the plain rescale, how they were found.

    Only MR may leave the rescale out. MR of Philips displays values that were stretched series by
    series. Comparable ones are its precise values: with RS and RI the rescale of stored values SV
    and SS the private Scale Slope (2005,100E), FP = (SV * RS + RI) / (RS * SS) (Chenevert et al.,
    Transl Oncol 2014, 7:65); without SS, those of the Real World Value Mapping.
    """
    if modality == MR and is_philips(said):
        (scale,) = said.get("PhilipsScaleSlope", (0.0,))
        if 0 < scale < FARTHEST:
            slope, intercept = _rescale(said, name, modality)
            return 1 / scale, intercept / (slope * scale), PRECISE
        if "RealWorldValueSlope" in said:
            (slope,) = numbers(said, name, "RealWorldValueSlope", 1)
            (intercept,) = said.get("RealWorldValueIntercept", (0.0,))
            if slope > 0:
                return slope, intercept, REAL_WORLD
    return *_rescale(said, name, modality), ""


def is_philips(said: Attributes) -> bool:
    """Tell whether Philips made the scanner."""
    return text(said, "Manufacturer").lower().startswith("philips")


def _rescale(said: Attributes, name: str, modality: str) -> tuple[float, float]:
    if modality == MR and "RescaleSlope" not in said and "RescaleIntercept" not in said:
        return 1.0, 0.0
    (slope,) = numbers(said, name, "RescaleSlope", 1)
    (intercept,) = numbers(said, name, "RescaleIntercept", 1)
    if slope == 0:
        raise Refused(f"{name}: RescaleSlope is 0")
    return slope, intercept


def unit(said: Attributes, name: str, modality: str) -> str:
    """Return the unit of rescaled values: ``"HU"``, none for MR, what Units says for PET."""
    if modality == CT:
        kind = text(said, "RescaleType")
        if kind not in ("", "HU"):
            raise Refused(f"{name}: RescaleType is {kind}; its values are no Hounsfield units")
        return "HU"
    if modality == MR:
        return ""
    units = text(said, "Units")
    if not units:
        raise Refused(f"{name}: a PET slice without Units")
    if units == "GML":  # body weight unless SUVType says otherwise (C.8.9.1.1.3)
        kind = text(said, "SUVType")
        return "SUV" if kind in ("", "BW") else f"SUV ({kind})"
    return "Bq/ml" if units == "BQML" else units
