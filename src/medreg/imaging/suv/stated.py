"""Facts made whole: one patient and dose per series, units that were guessed said aloud."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medreg.imaging.suv.facts import Slice

MOST_KG = 1000.0  # heavier: grams
MOST_M = 3.0  # taller: centimeters
MOST_MBQ, LEAST_BQ = 1e4, 1e6  # a dose below 10,000 is MBq; from there to a million, kBq
OFF = 0.02  # relative, between a stated half-life and the nuclide's

# Seconds, by NNDC (ENSDF), for the nuclides of PS3.16 CID 4020 that most published scans show;
# F-18 and Ga-68 as in the digital reference objects of IBSI. Codes: SNOMED CT, then SRT.
HALF_LIVES: dict[str, tuple[float, tuple[str, ...]]] = {
    "18F": (6586.2, ("77004003", "C-111A1")),
    "11C": (1221.8, ("40565003", "C-105A1")),
    "13N": (597.9, ("21576001", "C-107A1")),
    "15O": (122.24, ("129504001", "C-B1038")),
    "68Ga": (4057.7, ("35337001", "C-131A3")),
    "64Cu": (45721.0, ("3932008", "C-127A2")),
    "82Rb": (75.45, ("79197006", "C-159A2")),
    "89Zr": (282276.0, ("63360001", "C-168A4")),
    "124I": (360806.0, ("40937006", "C-114A5")),
}
_NAMES = {
    "Fluorine": "F",
    "Carbon": "C",
    "Nitrogen": "N",
    "Oxygen": "O",
    "Gallium": "Ga",
    "Copper": "Cu",
    "Rubidium": "Rb",
    "Zirconium": "Zr",
    "Iodine": "I",
}


@dataclass(frozen=True, slots=True)
class Stated:
    """Weight in kg, size in m, dose in Bq, half-life in s; None where nothing is stated."""

    weight: float | None
    size: float | None
    sex: str
    dose: float | None
    half_life: float | None
    warnings: tuple[str, ...]


def stated(slices: Sequence[Slice]) -> Stated:
    """Return what all *slices* state, in the units of the standard.

    Raises `Refused` when slices contradict each other.
    """
    _refuse_mixed(slices)
    one = slices[0]
    warnings: list[str] = []
    weight = one.weight
    if weight and weight > MOST_KG:
        weight /= 1000
        warnings.append(f"PatientWeight {one.weight:g} taken for grams: {weight:g} kg")
    size = one.size
    if size and size > MOST_M:
        size /= 100
        warnings.append(f"PatientSize {one.size:g} taken for centimeters: {size:g} m")
    dose = _dose(one.dose, warnings)
    half_life = _half_life(one, warnings)
    return Stated(weight, size, one.sex, dose, half_life, tuple(warnings))


def _refuse_mixed(slices: Sequence[Slice]) -> None:
    same: dict[str, Callable[[Slice], object]] = {
        "Units": lambda s: s.units,
        "SUVType": lambda s: s.suv_type,
        "DecayCorrection": lambda s: s.decay,
        "PatientWeight": lambda s: s.weight,
        "RadionuclideTotalDose": lambda s: s.dose,
        "RadionuclideHalfLife": lambda s: s.half_life,
        "RadiopharmaceuticalStartDateTime": lambda s: s.injected,
        "RadiopharmaceuticalStartTime": lambda s: s.injected_at,
        "SeriesDate and SeriesTime": lambda s: s.series,
    }
    for name, value_of in same.items():
        first = value_of(slices[0])
        for other in slices[1:]:
            if value_of(other) != first:
                raise Refused(
                    f"SUV cannot be computed: {name} is {_shown(first)} in {slices[0].path}, "
                    f"{_shown(value_of(other))} in {other.path}"
                )


def _shown(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value or "(none)")


def _dose(dose: float | None, warnings: list[str]) -> float | None:
    if dose is None or dose >= LEAST_BQ:
        return dose
    unit, factor = ("MBq", 1e6) if dose < MOST_MBQ else ("kBq", 1e3)
    warnings.append(f"RadionuclideTotalDose {dose:g} taken for {unit}, not Bq")
    return dose * factor


def _half_life(one: Slice, warnings: list[str]) -> float | None:
    nuclide = _nuclide(one.nuclide)
    known = HALF_LIVES[nuclide][0] if nuclide else None
    if one.half_life is None:
        if known:
            warnings.append(f"RadionuclideHalfLife is not stated: {known:g} s, of {nuclide}")
        return known
    if known and abs(one.half_life / known - 1) > OFF:
        for unit, seconds in (("minutes", 60.0), ("hours", 3600.0), ("days", 86400.0)):
            if abs(one.half_life * seconds / known - 1) <= OFF:
                warnings.append(f"RadionuclideHalfLife {one.half_life:g} taken for {unit}")
                return one.half_life * seconds
        warnings.append(
            f"RadionuclideHalfLife is {one.half_life:g} s, but that of {nuclide} is {known:g} s"
        )
    return one.half_life


def _nuclide(named: tuple[str, ...]) -> str:
    """Return the nuclide that a code or its meaning names, or an empty string."""
    code, meaning = named
    for nuclide, (_, codes) in HALF_LIVES.items():
        if code in codes:
            return nuclide
    mass, letters = re.search(r"\d+", meaning), re.findall(r"[A-Za-z]+", meaning)
    for word in letters if mass else ():
        symbol = _NAMES.get(word.capitalize(), word)
        if mass and f"{mass[0]}{symbol}" in HALF_LIVES:
            return f"{mass[0]}{symbol}"
    return ""
