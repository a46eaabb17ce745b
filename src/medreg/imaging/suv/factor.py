"""From what headers say to the factor that makes uptake of stored units: pure, no pixel is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import Refused
from medreg.imaging.suv.body import KINDS, TYPES, Kind, norm
from medreg.imaging.suv.decay import decay
from medreg.imaging.suv.stated import Stated, stated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from medreg.imaging.suv.facts import Slice

NEVER = ("PROPCPS", "PROPCNTS", "CPS", "1CM", "PCNT", "NONE")  # no activity can be told from these
NOTED = 3  # slices named in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What rescaled values are multiplied by.

    *value* holds for every slice, or for the first one where *slices* (by path) differ.
    *how* are the steps in words; *warnings* what was guessed or decided against a header.
    """

    kind: Kind
    value: float
    unit: str
    stored: str  # Units (0054,1001) of the rescaled values
    how: tuple[str, ...]
    warnings: tuple[str, ...]
    slices: Mapping[str, float]

    def of(self, path: str) -> float:
        """Return the factor of the slice in the file *path*."""
        return self.slices.get(path, self.value)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a sidecar should say, one sentence each."""
        one = f"{self.unit} = {self.value:.9g} times {self.stored}"
        varies = f"{one} in the first slice, by slice" if self.slices else one
        return f"{varies}: {'; '.join(self.how)}", *(f"SUV warning: {w}" for w in self.warnings)


def factor(slices: Sequence[Slice], kind: Kind = "bw") -> Factor:
    """Return the factor for *kind* of uptake: ``bw``, ``lbm`` (James), ``lbmjanma``, ``bsa``...

    From Units BQML; CNTS by Philips' private factors; GML and CM2ML by SUVType.
    Raises `Refused` naming what is missing when it cannot be computed.
    """
    if kind not in KINDS:
        raise Refused(f"there is no SUV {kind!r}; there are {', '.join(KINDS)}")
    if not slices:
        raise Refused("SUV cannot be computed: no PET slice")
    whole = stated(slices)
    by_slice, how, warnings = _by_units(slices, whole, kind)
    if any(s.intercept for s in slices):
        warnings += ("RescaleIntercept is not 0, as it must be in PET; it was applied",)
    values = list(by_slice.values())
    varies = len(set(values)) > 1
    return Factor(
        kind=kind,
        value=values[0],
        unit=unit(kind),
        stored=slices[0].units,
        how=how,
        warnings=tuple(
            dict.fromkeys((*_attenuation(slices), *whole.warnings, *warnings, *_unnamed(slices)))
        ),
        slices=by_slice if varies else {},
    )


def unit(kind: Kind) -> str:
    """Return what a `Volume` of *kind* calls its unit: ``SUV`` for body weight.

    >>> unit("bw"), unit("lbmjanma")
    ('SUV', 'SUV (LBMJANMA)')
    """
    return "SUV" if kind == "bw" else f"SUV ({kind.upper()})"


_Made = tuple[dict[str, float], tuple[str, ...], tuple[str, ...]]


def _by_units(slices: Sequence[Slice], whole: Stated, kind: Kind) -> _Made:
    units = slices[0].units
    match units:
        case "BQML":
            return _from_activity(slices, whole, kind, {s.path: 1.0 for s in slices}, "Units BQML")
        case "GML" | "CM2ML":
            return _from_uptake(slices, whole, kind)
        case "CNTS":
            return _from_counts(slices, whole, kind)
    why = "is not stated" if not units else f"is {units}"
    known = ", which tells no activity" if units in NEVER else ""
    raise Refused(f"SUV cannot be computed: Units {why}{known}")


def _from_activity(
    slices: Sequence[Slice], whole: Stated, kind: Kind, scale: Mapping[str, float], told: str
) -> _Made:
    if whole.dose is None:
        raise Refused("SUV cannot be computed: RadionuclideTotalDose is not stated")
    mass, doubts = norm(kind, whole.weight, whole.size, whole.sex)
    left = decay(slices, whole.half_life)
    how = (told, *left.how, f"dose {whole.dose:g} Bq", _per(kind, mass))
    by_slice = {s.path: scale[s.path] * left.factors[s.path] * mass / whole.dose for s in slices}
    return by_slice, how, (*left.warnings, *doubts)


def _from_uptake(slices: Sequence[Slice], whole: Stated, kind: Kind) -> _Made:
    units, named = slices[0].units, slices[0].suv_type
    assumed = named or ("BSA" if units == "CM2ML" else "BW")  # PS3.3 C.8.9.1: BW when absent
    stored = TYPES.get(assumed)
    if stored is None or (stored == "bsa") != (units == "CM2ML"):
        raise Refused(f"SUV cannot be computed: SUVType {assumed} with Units {units}")
    how: tuple[str, ...] = (f"Units {units}, SUVType {named or f'not stated: {assumed}'}",)
    if stored == kind:
        return {s.path: 1.0 for s in slices}, how, ()
    was, doubts = norm(stored, whole.weight, whole.size, whole.sex)
    wanted, more = norm(kind, whole.weight, whole.size, whole.sex)
    how += (_per(stored, was), _per(kind, wanted))
    return {s.path: wanted / was for s in slices}, how, (*doubts, *more)


def _from_counts(slices: Sequence[Slice], whole: Stated, kind: Kind) -> _Made:
    if all(s.philips_suv for s in slices):
        by_slice = {s.path: s.philips_suv or 0.0 for s in slices}
        how: tuple[str, ...] = ("Units CNTS, Philips' SUV scale factor (7053,1000)",)
        if kind == "bw":
            return by_slice, how, ()
        was, _ = norm("bw", whole.weight, whole.size, whole.sex)
        wanted, doubts = norm(kind, whole.weight, whole.size, whole.sex)
        how += (_per("bw", was), _per(kind, wanted))
        return {path: value * wanted / was for path, value in by_slice.items()}, how, doubts
    lacking = [s.path for s in slices if not s.philips_activity]
    if lacking:
        raise Refused(
            "SUV cannot be computed: Units are CNTS, and neither of Philips' scale factors "
            f"(7053,1000) and (7053,1009) is in {', '.join(lacking[:NOTED])}"
        )
    scale = {s.path: s.philips_activity or 0.0 for s in slices}
    told = "Units CNTS, Philips' activity scale factor (7053,1009)"
    return _from_activity(slices, whole, kind, scale, told)


def _attenuation(slices: Sequence[Slice]) -> tuple[str, ...]:
    """Refuse a series without attenuation correction: its values are not proportional to uptake."""
    for one in slices:
        if one.corrected and "ATTN" not in one.corrected:
            listed = ", ".join(sorted(one.corrected))
            raise Refused(
                f"SUV cannot be computed: CorrectedImage of {one.path} lacks ATTN ({listed})"
            )
    if not all(s.corrected for s in slices):
        return ("CorrectedImage is not stated: attenuation correction was assumed",)
    return ()


def _unnamed(slices: Sequence[Slice]) -> tuple[str, ...]:
    """Warn of private elements that were taken for what stands at their place in other files."""
    told: dict[int, Callable[[Slice], object]] = {
        0x7053: lambda s: s.units == "CNTS" and (s.philips_suv or s.philips_activity),
        0x0009: lambda s: s.ge_scan,
    }
    return tuple(
        f"private group {group:04x} names no creator: its elements were taken for the usual ones"
        for group, uses in told.items()
        if any(group in s.unnamed and uses(s) for s in slices)
    )


def _per(kind: Kind, mass: float) -> str:
    return f"{kind} {mass:g} {'cm2' if kind == 'bsa' else 'g'}"
