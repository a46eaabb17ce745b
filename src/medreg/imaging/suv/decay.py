"""How much of the dose is left at the time that voxels are corrected to.

By the vendor-neutral pseudo-code of QIBA (FDG-PET/CT profile, "SUV"): voxels that were corrected
to the start refer to the series' time unless it is later than the acquisition, then to GE's own
scan time. Where that cannot decide, the reference is ``acquisition + average - FrameReferenceTime``
(PS3.3 C.8.9.4.1.5; the manual of IBSI's SUV objects calls it option B), where *average* is when
the mean activity of a decaying frame occurs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from medreg.errors import Refused
from medreg.imaging.suv.times import point

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.imaging.suv.facts import Slice

AGREED = 5.0  # seconds to which all slices of a series must tell one reference time
LONGEST = 10.0  # half-lives between injection and scan that anybody waits


@dataclass(frozen=True, slots=True)
class Decay:
    """What the voxels of each slice (by path) are multiplied by, to divide by the full dose."""

    factors: Mapping[str, float]
    how: tuple[str, ...]
    warnings: tuple[str, ...]


def decay(slices: Sequence[Slice], half_life: float | None) -> Decay:
    """Return the factors; *half_life* is in seconds.

    Raises `Refused` naming what is missing, and corrections that contradict each other.
    """
    mode, warnings = _mode(slices)
    if mode == "ADMIN":
        how = "decay corrected to the injection (DecayCorrection ADMIN)"
        return Decay({s.path: 1.0 for s in slices}, (how,), warnings)
    if half_life is None:
        raise Refused("SUV cannot be computed: RadionuclideHalfLife is not stated")
    made = (_from_start if mode == "START" else _uncorrected)(slices, half_life)
    return Decay(made.factors, made.how, (*warnings, *made.warnings))


def _mode(slices: Sequence[Slice]) -> tuple[str, tuple[str, ...]]:
    """Return START, ADMIN or NONE as DecayCorrection and CorrectedImage tell it together."""
    one = slices[0]
    listed, corrected = one.corrected, "DECY" in one.corrected
    if one.decay not in ("START", "ADMIN", "NONE", ""):
        raise Refused(f"SUV cannot be computed: DecayCorrection is {one.decay}")
    if not one.decay:
        if not corrected:
            raise Refused("SUV cannot be computed: DecayCorrection is not stated")
        return "START", ("DecayCorrection is not stated: taken for START, as DECY is listed",)
    if not listed:
        return one.decay, ()
    if one.decay == "NONE" and corrected:
        raise Refused(
            "SUV cannot be computed: DecayCorrection is NONE, but CorrectedImage has DECY"
        )
    if one.decay != "NONE" and not corrected:
        if not any(s.decay_factor and s.decay_factor > 1 for s in slices):
            raise Refused(
                f"SUV cannot be computed: DecayCorrection is {one.decay}, but CorrectedImage "
                "lacks DECY"
            )
        return one.decay, ("CorrectedImage lacks DECY, but DecayFactor says it was corrected",)
    return one.decay, ()


# --- START --------------------------------------------------------------------------------------


def _from_start(slices: Sequence[Slice], half_life: float) -> Decay:
    reference, how, warnings = _reference(slices, half_life)
    injected, told, doubts = _injected(slices[0], reference, half_life)
    passed = (reference - injected).total_seconds()
    steps = (
        f"voxels refer to {how}",
        f"injected {told}",
        f"{passed:g} s of decay, half-life {half_life:g} s",
    )
    factor = 2 ** (passed / half_life)
    return Decay({s.path: factor for s in slices}, steps, (*warnings, *doubts))


def _reference(slices: Sequence[Slice], half_life: float) -> tuple[datetime, str, tuple[str, ...]]:
    """Return the time that voxels refer to, how it was found, and warnings."""
    if stated := {s.reference for s in slices if s.reference}:
        if len(stated) > 1:
            raise Refused("SUV cannot be computed: DecayCorrectionDateTime differs between files")
        return stated.pop(), "DecayCorrectionDateTime", ()
    series = slices[0].series
    first = min((s.acquired for s in slices if s.acquired), default=None)
    by_frames = _by_frames(slices, half_life)
    if series and (first is None or _second(series) <= _second(first)):
        if by_frames is None or _agree(series, by_frames, slices, half_life):
            return series, "SeriesDate and SeriesTime", ()
        apart = (by_frames - series).total_seconds()
        warning = (
            f"SeriesTime is {apart:.0f} s before the time that FrameReferenceTime tells in every "
            "slice: the latter was taken"
        )
        return by_frames, "AcquisitionTime and FrameReferenceTime", (warning,)
    late = "SeriesTime is later than the acquisition" if series else "SeriesTime is not stated"
    scans = sorted({s.ge_scan for s in slices if s.ge_scan})
    if scans:
        return scans[0], "GE's scan time (0009,100d)", ()
    if by_frames:
        warning = f"{late}: the time was taken from FrameReferenceTime"
        return by_frames, "AcquisitionTime and FrameReferenceTime", (warning,)
    if first:
        return first, "the earliest acquisition", (f"{late}: the earliest acquisition was taken",)
    raise Refused(
        "SUV cannot be computed: neither SeriesTime nor AcquisitionTime is stated with its date"
    )


def _by_frames(slices: Sequence[Slice], half_life: float) -> datetime | None:
    """Return the reference time by FrameReferenceTime, if all slices tell the same one.

    GE counts it from a frame's start and may give all beds one AcquisitionTime; then they do not.
    """
    told = []
    for one in slices:
        if not one.acquired or one.frame_reference is None or not one.duration:
            return None
        shift = _average(one.duration, half_life) - one.frame_reference
        told.append(one.acquired + timedelta(seconds=shift))
    apart = (max(told) - min(told)).total_seconds() if told else math.inf
    return min(told) if apart <= AGREED else None


def _agree(
    series: datetime, by_frames: datetime, slices: Sequence[Slice], half_life: float
) -> bool:
    """Tell whether both tell one time: FrameReferenceTime may count from a frame's start.

    Then it tells half a frame more. When they disagree, DecayFactor may side with *series*.
    """
    half = max(s.duration or 0.0 for s in slices) / 2
    if -AGREED <= (by_frames - series).total_seconds() <= half + AGREED:
        return True
    by_factor = [
        s.acquired - timedelta(seconds=math.log2(s.decay_factor) * half_life)
        for s in slices
        if s.acquired and s.decay_factor and s.decay_factor != 1
    ]
    return bool(by_factor) and all(
        abs((told - series).total_seconds()) <= half + AGREED for told in by_factor
    )


def _average(duration: float, half_life: float) -> float:
    """Return when, after a frame's start, its mean activity occurs."""
    rate = math.log(2) / half_life
    return math.log(1 / _mean(duration, half_life)) / rate


def _mean(duration: float, half_life: float) -> float:
    """Return the mean activity of a frame, relative to that at its start."""
    decays = math.log(2) / half_life * duration
    return -math.expm1(-decays) / decays if decays else 1.0


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


# --- NONE ---------------------------------------------------------------------------------------


def _uncorrected(slices: Sequence[Slice], half_life: float) -> Decay:
    factors, warnings = {}, dict[str, None]()
    told = ""
    for one in slices:
        if not one.acquired or not one.duration:
            missing = "ActualFrameDuration" if one.acquired else "AcquisitionTime"
            raise Refused(
                f"SUV cannot be computed: {one.path} was not decay corrected and has no {missing}"
            )
        injected, told, doubts = _injected(one, one.acquired, half_life)
        warnings |= dict.fromkeys(doubts)
        passed = (one.acquired - injected).total_seconds()
        factors[one.path] = 2 ** (passed / half_life) / _mean(one.duration, half_life)
    how = (
        "not decay corrected: each frame corrected here from its own time and duration",
        f"injected {told}",
        f"half-life {half_life:g} s",
    )
    return Decay(factors, how, tuple(warnings))


# --- injection ----------------------------------------------------------------------------------


def _injected(
    one: Slice, reference: datetime, half_life: float
) -> tuple[datetime, str, tuple[str, ...]]:
    """Return when the dose was given: the last time before *reference* that the header tells."""
    doubts: tuple[str, ...] = ()
    if one.injected:
        passed = (reference - one.injected).total_seconds()
        if 0 <= passed <= LONGEST * half_life:
            return one.injected, "by RadiopharmaceuticalStartDateTime", ()
        told = f"RadiopharmaceuticalStartDateTime is {passed:g} s before the scan"
        doubts = (f"{told}: only its time of day was taken",)
    clock = one.injected_at or (one.injected.strftime("%H%M%S.%f") if one.injected else "")
    on_day = point(reference.strftime("%Y%m%d"), clock)
    if on_day is None:
        raise Refused("SUV cannot be computed: RadiopharmaceuticalStartTime is not stated")
    told = "by RadiopharmaceuticalStartTime"
    if on_day > reference:
        return on_day - timedelta(days=1), f"{told}, before midnight", doubts
    return on_day, told, doubts
