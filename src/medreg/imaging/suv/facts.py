"""What the header of one PET slice says that decides its standardized uptake value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from medreg.errors import Refused
from medreg.imaging.dicom import read_dataset
from medreg.imaging.guard import refusing
from medreg.imaging.suv.times import point, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pydicom import Dataset

    from medreg.model import Tree

PHILIPS = (0x7053, "Philips PET Private Group")
GE = (0x0009, "GEMS_PETD_01")
HALF_DAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One slice: as stated, before anything is guessed; None and ``""`` mean not stated.

    Attributes are those of PS3.3 C.8.9 (PET Series, Isotope, PET Image) and C.7.1.3 (Patient
    Study): weight in kg, size in m, dose in Bq, half-life in seconds as the standard wants them.
    """

    path: str
    units: str
    suv_type: str
    corrected: frozenset[str]  # CorrectedImage
    decay: str  # DecayCorrection
    weight: float | None
    size: float | None
    sex: str
    dose: float | None
    half_life: float | None
    nuclide: tuple[str, ...]  # code value and meaning, for a half-life that is not stated
    injected: datetime | None  # RadiopharmaceuticalStartDateTime
    injected_at: str  # RadiopharmaceuticalStartTime, a time of day
    series: datetime | None
    acquired: datetime | None
    frame_reference: float | None  # FrameReferenceTime, seconds
    duration: float | None  # ActualFrameDuration, seconds
    decay_factor: float | None
    intercept: float
    ge_scan: datetime | None  # (0009,100d)
    philips_suv: float | None  # (7053,1000)
    philips_activity: float | None  # (7053,1009)
    reference: datetime | None = None  # DecayCorrectionDateTime, of enhanced PET
    unnamed: frozenset[int] = frozenset()  # private groups without a creator: guessed to be theirs


def read_facts(tree: Tree, paths: Sequence[str]) -> list[Slice]:
    """Read the facts of every slice among *paths*; raises `Refused` naming a damaged file."""
    found: list[Slice] = []
    for path in paths:
        dataset = read_dataset(tree, path, pixels=False)
        with refusing(path, "a PET header"):
            if "SharedFunctionalGroupsSequence" in dataset:
                from medreg.imaging.suv.enhanced import frame_facts

                found += frame_facts(dataset, path)
            else:
                found.append(facts(dataset, path))
    return found


def facts(dataset: Dataset, path: str) -> Slice:
    """Return what *dataset* says; *path* names it in errors."""
    tracers: Any = dataset.get("RadiopharmaceuticalInformationSequence") or []
    if len(tracers) > 1:
        raise Refused(f"{path} states {len(tracers)} radiopharmaceuticals; SUV needs one")
    tracer: Any = tracers[0] if tracers else {}
    zone = text(dataset, "TimezoneOffsetFromUTC")
    series = point(text(dataset, "SeriesDate"), text(dataset, "SeriesTime"))
    return Slice(
        path=path,
        units=text(dataset, "Units").upper(),
        suv_type=text(dataset, "SUVType").upper(),
        corrected=frozenset(word.strip().upper() for word in _values(dataset, "CorrectedImage")),
        decay=text(dataset, "DecayCorrection").upper(),
        weight=_positive(dataset, "PatientWeight"),
        size=_positive(dataset, "PatientSize"),
        sex=text(dataset, "PatientSex").upper(),
        dose=_positive(tracer, "RadionuclideTotalDose"),
        half_life=_positive(tracer, "RadionuclideHalfLife"),
        nuclide=_nuclide(tracer),
        injected=stamp(text(tracer, "RadiopharmaceuticalStartDateTime"), zone),
        injected_at=text(tracer, "RadiopharmaceuticalStartTime"),
        series=series,
        acquired=_acquired(dataset, series, zone),
        frame_reference=_seconds(dataset, "FrameReferenceTime"),
        duration=_seconds(dataset, "ActualFrameDuration"),
        decay_factor=_positive(dataset, "DecayFactor"),
        intercept=number(dataset.get("RescaleIntercept")) or 0.0,
        ge_scan=_ge_scan(dataset, zone),
        philips_suv=_philips(dataset, 0x00),
        philips_activity=_philips(dataset, 0x09),
        unnamed=frozenset(g for g, _ in (PHILIPS, GE) if _is_unnamed(dataset, g)),
    )


def _acquired(dataset: Dataset, series: datetime | None, zone: str) -> datetime | None:
    whole = stamp(text(dataset, "AcquisitionDateTime"), zone)
    date, time = text(dataset, "AcquisitionDate"), text(dataset, "AcquisitionTime")
    stated = point(date, time) or whole
    if stated or not series:
        return stated
    near = point(series.strftime("%Y%m%d"), time)  # no date of its own: the series' day, or next
    return near + timedelta(days=1) if near and series - near > HALF_DAY else near


def _nuclide(tracer: Any) -> tuple[str, ...]:
    codes = tracer.get("RadionuclideCodeSequence") or [{}]
    return tuple(text(codes[0], name) for name in ("CodeValue", "CodeMeaning"))


def _ge_scan(dataset: Dataset, zone: str) -> datetime | None:
    value = _private(dataset, GE, 0x0D)
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
    return stamp(text.strip("\0 "), zone)


def _philips(dataset: Dataset, element: int) -> float | None:
    value = _private(dataset, PHILIPS, element)
    scale = number(value.decode("ascii", "replace") if isinstance(value, bytes) else value)
    return scale if scale and scale > 0 else None


def _private(dataset: Dataset, block: tuple[int, str], element: int) -> Any:
    """Return a private value by its creator, or at its usual place where no creator is stated."""
    group, creator = block
    try:
        return dataset.private_block(group, creator)[element].value
    except KeyError:
        usual = dataset.get((group, 0x1000 | element))
        return usual.value if usual is not None and _is_unnamed(dataset, group) else None


def _is_unnamed(dataset: Dataset, group: int) -> bool:
    return not any((group, creator) in dataset for creator in range(0x10, 0x100))


def _seconds(dataset: Dataset, name: str) -> float | None:
    milliseconds = number(dataset.get(name))
    return None if milliseconds is None else milliseconds / 1000


def _positive(dataset: Any, name: str) -> float | None:
    value = number(dataset.get(name))
    return value if value and value > 0 else None


def number(value: Any) -> float | None:
    """Return *value* as a finite number, if it is one."""
    try:
        found = float(str(value).strip("\0 "))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def text(dataset: Any, name: str) -> str:
    """Return the attribute called *name*, empty where it is not stated."""
    return str(dataset.get(name) or "").strip("\0 ")


def _values(dataset: Dataset, name: str) -> list[str]:
    value: Any = dataset.get(name) or []
    return [value] if isinstance(value, str) else [str(word) for word in value]
