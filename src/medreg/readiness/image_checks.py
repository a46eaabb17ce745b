"""Checks of what each slice is: modality, Hounsfield units, bits, spacing and thickness."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from medreg.readiness.ask import alike, constant, each, of_all, short
from medreg.readiness.verdict import Level, Problem, judged

if TYPE_CHECKING:
    from medreg.readiness.facts import SeriesFacts, SliceFacts
    from medreg.readiness.profile import Profile
    from medreg.readiness.verdict import Verdict

STORAGE = {  # PS3.4 table B.5-1
    "CT": {
        "1.2.840.10008.5.1.4.1.1.2": "CT Image Storage",
        "1.2.840.10008.5.1.4.1.1.2.1": "Enhanced CT Image Storage",
        "1.2.840.10008.5.1.4.1.1.2.2": "Legacy Converted Enhanced CT Image Storage",
    },
    "MR": {
        "1.2.840.10008.5.1.4.1.1.4": "MR Image Storage",
        "1.2.840.10008.5.1.4.1.1.4.1": "Enhanced MR Image Storage",
        "1.2.840.10008.5.1.4.1.1.4.4": "Legacy Converted Enhanced MR Image Storage",
    },
    "PT": {
        "1.2.840.10008.5.1.4.1.1.128": "Positron Emission Tomography Image Storage",
        "1.2.840.10008.5.1.4.1.1.130": "Enhanced PET Image Storage",
        "1.2.840.10008.5.1.4.1.1.128.1": "Legacy Converted Enhanced PET Image Storage",
    },
}
PROJECTIONS = ("CR", "DX", "PX", "RF", "MG", "XA", "IO")
VIEWS = ("AP", "PA", "LL", "RL", "LLD", "RLD")
GRAY = ("MONOCHROME1", "MONOCHROME2")
PROJECTED = ("MIP", "MINIP", "AVERAGE", "PROJECTION IMAGE")
ALLOCATED = 16  # bits


def modality(facts: SeriesFacts, profile: Profile) -> Verdict:
    """Ask for slices of the wanted modality: no projections, captures or color."""
    wanted = STORAGE.get(profile.modality, {})
    rule = f"{profile.modality} images; no projections, captures or localizers"
    problems = [
        *each(facts, Level.FAIL, rule, lambda s: _wrong_kind(s, profile, wanted)),
        *each(facts, Level.FAIL, rule, _derived_wrongly),
        *each(facts, Level.WARN, "original images", _derived),
    ]
    names = Counter(wanted.get(one.sop_class, "") for one in facts.slices)
    value = ", ".join(f"{name} in {of_all(n, facts)}" for name, n in sorted(names.items()))
    aside = Counter(one.reason for one in facts.aside if not one.grave)
    told = "".join(f"; {n} set aside ({reason})" for reason, n in sorted(aside.items()))
    return judged("modality", problems, value=value + told, rule=rule)


def hounsfield(facts: SeriesFacts, profile: Profile) -> Verdict:
    """Ask whether stored values become HU, and whether they look so: air, soft tissue, range."""
    if not profile.hounsfield:
        return judged(
            "hounsfield", [], value="not asked", rule=f"only of CT, not of {profile.name}"
        )
    rule = "RescaleSlope above 0 and RescaleIntercept in every slice, in HU"
    problems = [
        *each(facts, Level.FAIL, rule, _no_rescale),
        *constant(facts, Level.WARN, "slope", lambda s: s.slope),
        *constant(facts, Level.WARN, "intercept", lambda s: s.intercept),
        *_looks(facts, profile),
    ]
    first = facts.slices[0]
    values = facts.values
    seen = "no pixels read"
    if values is not None:
        peak = "none" if values.peak is None else f"{values.peak:.0f}"
        seen = f"air peak {peak}; {values.air:.0%} air, {values.soft:.0%} soft tissue"
    value = f"slope {short(first.slope)}, intercept {short(first.intercept)}; {seen}"
    return judged("hounsfield", problems, value=value, rule=f"{rule}; air near -1000")


def bit_depth(facts: SeriesFacts, profile: Profile) -> Verdict:
    """Ask for enough bits, stored alike in every slice."""
    least = profile.bits_stored
    rule = f"at least {least} bits stored of 16, one PixelRepresentation"
    problems = [
        *each(
            facts,
            Level.FAIL,
            rule,
            lambda s: f"{s.bits[1]} bits stored" if s.bits[1] < least else "",
        ),
        *each(
            facts,
            Level.FAIL,
            rule,
            lambda s: "" if s.bits[0] == ALLOCATED else f"{s.bits[0]} bits allocated",
        ),
        *each(
            facts,
            Level.FAIL,
            "HighBit is BitsStored - 1",
            lambda s: "" if s.bits[2] == s.bits[1] - 1 else f"HighBit {s.bits[2]} of {s.bits[1]}",
        ),
        *constant(facts, Level.FAIL, "PixelRepresentation", lambda s: s.signed),
        *constant(facts, Level.WARN, "BitsStored", lambda s: s.bits[1]),
        *each(
            facts,
            Level.WARN,
            "lossless compression",
            lambda s: "lossy compression" if s.lossy else "",
        ),
    ]
    first = facts.slices[0]
    kind = "signed" if first.signed else "unsigned"
    value = f"{first.bits[1]} of {first.bits[0]} bits, {kind}, one representation"
    return judged("bit_depth", problems, value=value, rule=rule)


def spacing(facts: SeriesFacts, profile: Profile) -> Verdict:
    """Ask for one pixel spacing and one thickness, and that no tissue lies between slices."""
    rule = "PixelSpacing and SliceThickness in every slice, above 0, alike"
    problems = [
        *each(facts, Level.FAIL, rule, _no_spacing),
        *each(facts, Level.FAIL, rule, _no_thickness),
        *alike(facts, profile, "PixelSpacing", lambda s: s.spacing or ()),
        *alike(facts, profile, "SliceThickness", lambda s: (s.thickness,) if s.thickness else ()),
        *each(facts, Level.WARN, "square pixels", lambda s: _oblong(s, profile)),
        *each(
            facts,
            Level.WARN,
            f"pixels of at most {profile.pixel:g} mm",
            lambda s: (
                f"{max(s.spacing):.4g} mm" if s.spacing and max(s.spacing) > profile.pixel else ""
            ),
        ),
    ]
    gap = facts.geometry.gap if facts.geometry else 0.0
    first = facts.slices[0]
    if first.thickness and gap > first.thickness * profile.gap:
        value = f"slices of {first.thickness:.4g} mm lie {gap:.4g} mm apart"
        problems.append(Problem(Level.WARN, value, "distance at most the thickness"))
    return judged("spacing", problems, value=_spacing(facts), rule=rule)


# --- what is asked of one slice ----------------------------------------------------------------


def _wrong_kind(one: SliceFacts, profile: Profile, wanted: dict[str, str]) -> str:
    if one.modality in PROJECTIONS or one.view.upper() in VIEWS:
        return f"{one.modality or 'an image'} is a projection{f' ({one.view})' if one.view else ''}"
    if one.modality != profile.modality:
        return f"Modality {one.modality or '(none)'}"
    if one.sop_class and one.sop_class not in wanted:
        return _class_name(one.sop_class)
    if one.samples != 1 or one.photometric not in GRAY:
        return f"{one.photometric or 'no PhotometricInterpretation'} is not gray"
    return ""


def _class_name(uid: str) -> str:
    from pydicom.config import IGNORE
    from pydicom.uid import UID

    return str(UID(uid, IGNORE).name)


def _derived_wrongly(one: SliceFacts) -> str:
    found = [word for word in one.image_type[2:] if word.upper() in (*PROJECTED, "MPR")]
    return f"ImageType {found[0]}" if found else ""


def _derived(one: SliceFacts) -> str:
    found = [word for word in one.image_type[:2] if word in ("DERIVED", "SECONDARY")]
    return f"ImageType {'/'.join(found)}" if found else ""


def _no_rescale(one: SliceFacts) -> str:
    if one.slope is None or one.intercept is None:
        return "no RescaleSlope" if one.slope is None else "no RescaleIntercept"
    if not one.slope > 0:
        return f"RescaleSlope {one.slope:g}"
    return "" if one.rescale_type in ("", "HU") else f"RescaleType {one.rescale_type}"


def _no_spacing(one: SliceFacts) -> str:
    if one.spacing is None:
        return "no PixelSpacing"
    return "" if min(one.spacing) > 0 else f"PixelSpacing {one.spacing}"


def _no_thickness(one: SliceFacts) -> str:
    if one.thickness is None:
        return "no SliceThickness"
    return "" if one.thickness > 0 else f"SliceThickness {one.thickness:g}"


def _oblong(one: SliceFacts, profile: Profile) -> str:
    if not one.spacing or max(one.spacing) - min(one.spacing) <= profile.same * max(one.spacing):
        return ""
    return f"pixels of {one.spacing[0]:.4g} x {one.spacing[1]:.4g} mm"


def _looks(facts: SeriesFacts, profile: Profile) -> list[Problem]:
    """Judge the values themselves; thresholds are the profile's."""
    seen = facts.values
    if seen is None:
        return [] if facts.unread else [Problem(Level.WARN, "no pixels read", "values can be read")]
    air, soft = f"{seen.air:.2%} air", f"{seen.soft:.1%} soft tissue"
    no_air = seen.air < profile.air_fail and seen.below_500 == 0
    told = seen.peak is not None and seen.air >= profile.air_told
    off = told and abs((seen.peak or 0) + 1000) > profile.air_off
    low, top = f"smallest value {seen.low:g}", f"99.9th percentile {seen.top:g} HU"
    judgments = (
        (Level.FAIL, seen.low >= 0, low, "values below 0: the offset counts"),
        (Level.FAIL, seen.lost > profile.lost, f"{seen.lost:.0%} below -1100 HU", "no such tissue"),
        (Level.FAIL, no_air, air, f"{profile.air_fail:.1%} air or more, near -1000 HU"),
        (Level.FAIL, seen.soft < profile.soft_fail, soft, f"{profile.soft_fail:.0%} or more"),
        (Level.WARN, seen.air < profile.air_warn, air, f"{profile.air_warn:.0%} air or more"),
        (Level.WARN, seen.soft < profile.soft_warn, soft, f"{profile.soft_warn:.0%} or more"),
        (Level.WARN, seen.top > profile.highest, top, f"at most {profile.highest:g} HU"),
        (Level.WARN, off, f"air at {seen.peak} HU", f"within {profile.air_off:g} HU of -1000"),
    )
    problems = [Problem(level, value, rule) for level, wrong, value, rule in judgments if wrong]
    failed = {problem.value for problem in problems if problem.level is Level.FAIL}
    return [p for p in problems if p.level is Level.FAIL or p.value not in failed]


def _spacing(facts: SeriesFacts) -> str:
    spacing, geometry = facts.slices[0].spacing, facts.geometry
    in_plane = f"{spacing[0]:.4f} mm square" if spacing else "unknown"
    if geometry is None or not geometry.gaps:
        return in_plane
    off = max(abs(gap - geometry.gap) for gap in geometry.gaps)
    return f"{in_plane}; uniform_slice_spacing {geometry.gap:.3f} ± {off:.3f} mm"
