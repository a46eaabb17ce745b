"""What uptake is divided by the dose per: body weight, lean or ideal mass, surface.

James: Waterlow and James 1976, as in Sugawara et al., Radiology 213 (1999) 521; its multiplier
for men is 120 in SUVType LBM and 128 in LBMJAMES128. Janmahasatian et al., Clin. Pharmacokinet.
44 (2005) 1051. Surface: Du Bois and Du Bois 1916. Ideal weight: Sugawara et al. 1999.
The types are those of SUVType (0054,1006), PS3.3 C.8.9.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

from medreg.errors import Refused

Kind = Literal["bw", "lbm", "lbmjames128", "lbmjanma", "ibw", "bsa"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TYPES: dict[str, Kind] = {kind.upper(): kind for kind in KINDS}  # SUVType to kind
PER_KG, PER_M2 = 1000.0, 10_000.0  # SUV is in g/ml, SUVbsa in cm2/ml

_Formula = Callable[[float, float, bool], float]  # weight in kg, height in cm, of a man


def norm(
    kind: Kind, weight: float | None, size: float | None, sex: str
) -> tuple[float, tuple[str, ...]]:
    """Return the mass in g (surface in cm2 for ``bsa``) and warnings.

    *weight* is in kg, *size* in m. A sex that is neither M nor F takes the mean of both.
    Raises `Refused` naming what is not stated.
    """
    if weight is None and kind != "ibw":
        raise Refused(f"SUV{kind} cannot be computed: PatientWeight is not stated")
    if kind == "bw" and weight is not None:
        return weight * PER_KG, ()
    if size is None:
        raise Refused(f"SUV{kind} cannot be computed: PatientSize is not stated")
    kilograms, centimeters = weight or 0.0, size * 100
    if kind == "bsa":
        return _bsa(kilograms, centimeters) * PER_M2, ()
    formula = _MASSES[kind]
    masses = [formula(kilograms, centimeters, man) for man in (True, False)]
    warnings: tuple[str, ...] = ()
    if sex in ("M", "F"):
        mass = masses[sex == "F"]
    else:
        mass = sum(masses) / 2
        warnings = (
            f"PatientSex is {sex or 'not stated'}: {kind} is the mean of a man's and a woman's",
        )
    if mass <= 0:
        raise Refused(
            f"SUV{kind} cannot be computed: weight {kilograms:g} kg and size {size:g} m give "
            f"{mass:.1f} kg"
        )
    return mass * PER_KG, warnings


def _bsa(weight: float, height: float) -> float:
    return float(0.007184 * weight**0.425 * height**0.725)


def _james(of_men: float) -> _Formula:
    def mass(weight: float, height: float, man: bool) -> float:  # noqa: FBT001 - _Formula
        ratio = (weight / height) ** 2
        return 1.10 * weight - of_men * ratio if man else 1.07 * weight - 148 * ratio

    return mass


def _janmahasatian(weight: float, height: float, man: bool) -> float:  # noqa: FBT001 - _Formula
    index = weight / (height / 100) ** 2
    return 9270 * weight / (6680 + 216 * index if man else 8780 + 244 * index)


def _ideal(_: float, height: float, man: bool) -> float:  # noqa: FBT001 - _Formula
    return 48.0 + 1.06 * (height - 152) if man else 45.5 + 0.91 * (height - 152)


_MASSES: dict[Kind, _Formula] = {
    "lbm": _james(120),
    "lbmjames128": _james(128),
    "lbmjanma": _janmahasatian,
    "ibw": _ideal,
}
