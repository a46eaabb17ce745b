"""Checks of how slices make a volume: their number, order, belonging and geometry."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from medreg.readiness.geometry import SAME_PLACE
from medreg.readiness.verdict import Level, Problem, judged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medreg.readiness.facts import Geometry, SeriesFacts, SliceFacts
    from medreg.readiness.profile import Profile
    from medreg.readiness.verdict import Verdict

SHOWN = 3  # places that are named; the files are all listed


def slices(facts: SeriesFacts, profile: Profile) -> Verdict:
    """Ask for enough unique positions, evenly spaced: none missing, none there twice."""
    rule = f"{profile.slices} unique positions or more, evenly spaced"
    geometry = facts.geometry
    if geometry is None:
        count = len({one.number for one in facts.slices})
        lost = [one.path for one in facts.slices if one.position is None or one.orientation is None]
        value = f"{count} slices, and {len(lost)} of them do not say where they lie"
        return judged(
            "slices", [Problem(Level.FAIL, value, rule, tuple(lost))], value=value, rule=rule
        )
    problems = [*_doubles(facts, geometry), *_unevenness(facts, geometry, profile)]
    value = f"{geometry.unique} unique positions"
    if geometry.unique < profile.slices:
        problems.insert(0, Problem(Level.FAIL, f"{value}, {profile.slices} needed", rule))
    return judged("slices", problems, value=f"{value} (≥ {profile.slices})", rule=rule)


def order(facts: SeriesFacts, profile: Profile) -> Verdict:
    """Ask whether slices can be sorted: by position, or at least by number."""
    rule = "ImagePositionPatient and ImageOrientationPatient in every slice, one direction"
    frames = {one.frame_of_reference for one in facts.slices}
    problems = []
    if len(frames) > 1:
        value = f"{len(frames)} FrameOfReferenceUIDs"
        problems.append(Problem(Level.FAIL, value, "one frame of reference"))
    geometry = facts.geometry
    if geometry is None:
        numbers = sorted(one.number for one in facts.slices if one.number is not None)
        complete = len(numbers) == len(facts.slices)
        runs = complete and all(b - a == 1 for a, b in pairwise(numbers))
        value = "no position in every slice; " + (
            "InstanceNumber runs without gap" if runs else "InstanceNumber cannot order them"
        )
        lost = tuple(one.path for one in facts.slices if one.position is None)
        problems.append(Problem(Level.WARN if runs else Level.FAIL, value, rule, lost))
        return judged("order", problems, value=value, rule=rule)
    if not geometry.single_orientation:
        first = facts.slices[0].orientation or ()
        turned = tuple(
            one.path
            for one in facts.slices
            if any(
                abs(a - b) > profile.parallel
                for a, b in zip(first, one.orientation or (), strict=True)
            )
        )
        value = f"ImageOrientationPatient differs in {len(turned)} of {len(facts.slices)}"
        problems.append(Problem(Level.FAIL, value, rule, turned))
    value = f"ImagePositionPatient along the normal; InstanceNumber {_agrees(facts, geometry)}"
    return judged("order", problems, value=value, rule=rule)


def integrity(facts: SeriesFacts, profile: Profile) -> Verdict:  # noqa: ARG001 - as every check
    """Ask whether all files are whole and belong to one series of one patient in their folder."""
    rule = "one whole series per folder"
    problems = [
        *_one(facts, Level.FAIL, "SeriesInstanceUID", lambda s: s.series),
        *_one(facts, Level.FAIL, "StudyInstanceUID", lambda s: s.study),
        *_one(facts, Level.FAIL, "PatientID", lambda s: s.patient),
        *_one(facts, Level.FAIL, "Rows x Columns", lambda s: f"{s.rows} x {s.columns}"),
        *_one(facts, Level.FAIL, "SOPClassUID", lambda s: s.sop_class),
        *_one(facts, Level.FAIL, "ImageType", lambda s: "/".join(s.image_type[:3])),
        *_one(facts, Level.WARN, "transfer syntax", lambda s: s.syntax),
        *_kernels(facts),
        *_copies(facts),
        *_broken(facts),
        *_numbers(facts),
    ]
    if not facts.uid:
        problems.append(Problem(Level.WARN, "no SeriesInstanceUID", "one SeriesInstanceUID"))
    if facts.beside:
        people = f", of {facts.strangers + 1} patients" if facts.strangers else ""
        value = f"{len(facts.beside)} more series in the same folder{people}"
        problems.append(Problem(Level.FAIL, value, rule))
    value = f"{len({one.path for one in facts.slices})} whole files of one series"
    return judged("integrity", problems, value=value, rule=rule)


def geometry(facts: SeriesFacts, profile: Profile) -> Verdict:
    """Ask whether slices form one rectilinear grid: IDC's ``regularly_spaced_3d_volume``."""
    rule = "regularly_spaced_3d_volume"
    found = facts.geometry
    if found is None:
        value = "unknown: slices do not say where they lie"
        return judged("geometry", [Problem(Level.FAIL, value, rule)], value=value, rule=rule)
    problems = []
    if found.tilt > profile.tilt:
        value = f"gantry tilt {found.tilt:.1f}°: regularly_spaced_3d_volume false"
        problems.append(Problem(Level.FAIL, value, f"slices within {profile.tilt:g}° of a stack"))
    wrong = [name for name, holds in found.booleans().items() if not holds]
    if found.tilt > profile.tilt:
        wrong = [name for name in wrong if not name.startswith("consistent_in_plane")]
    if wrong:
        harmless = wrong == ["uniform_slice_spacing"] and _worst(found)[0] <= profile.irregular
        level = Level.WARN if harmless else Level.FAIL
        problems.append(Problem(level, f"{', '.join(wrong)} false", rule))
    turned = found.obliquity_degrees
    value = "regularly_spaced_3d_volume" + (f", {turned:.1f}° oblique" if turned > 0.1 else "")  # noqa: PLR2004 - degrees that rounding explains
    hint = "--allow-tilt converts by resampling" if found.tilt > profile.tilt else ""
    return judged("geometry", problems, value=value, rule=rule, hint=hint)


# --- positions ---------------------------------------------------------------------------------


def _at(facts: SeriesFacts, geometry: Geometry, rank: int) -> SliceFacts:
    return facts.slices[geometry.order[rank]]


def _doubles(facts: SeriesFacts, geometry: Geometry) -> list[Problem]:
    """Name every position that holds more than one slice."""
    twice = [
        (rank, height)
        for rank, (height, above) in enumerate(pairwise(geometry.heights))
        if above - height < SAME_PLACE
    ]
    if not twice:
        return []
    places = ", ".join(f"{height:.2f}" for _, height in twice[:SHOWN])
    value = f"{len(twice)} slices at a position that is taken ({places} mm along the normal)"
    files = tuple(_at(facts, geometry, rank + 1).path for rank, _ in twice)
    return [Problem(Level.FAIL, value, "one slice per position", files)]


def _unevenness(facts: SeriesFacts, geometry: Geometry, profile: Profile) -> list[Problem]:
    """Name missing slices by position; grade gaps that vary."""
    uneven, gap = _worst(geometry)
    rule = f"gaps within {profile.uneven:.0%} of their median"
    if uneven <= profile.uneven:
        return []
    if uneven <= profile.irregular:
        value = f"gaps from {min(geometry.gaps):.3f} to {max(geometry.gaps):.3f} mm"
        return [Problem(Level.WARN, value, rule)]
    holes = []
    files = []
    for rank, (low, high) in enumerate(pairwise(geometry.heights)):
        times = (high - low) / geometry.gap
        if round(times) > 1 and abs(times - round(times)) <= profile.irregular:
            holes.append(f"{round(times) - 1} missing between {low:.2f} and {high:.2f} mm")
            files += [_at(facts, geometry, rank).path, _at(facts, geometry, rank + 1).path]
    if holes:
        more = f" and {len(holes) - SHOWN} more places" if len(holes) > SHOWN else ""
        value = f"{', '.join(holes[:SHOWN])}{more}"
        return [Problem(Level.FAIL, value, "no slice missing", tuple(dict.fromkeys(files)))]
    value = f"a gap of {gap:.3f} mm where {geometry.gap:.3f} mm is usual"
    return [Problem(Level.FAIL, value, f"gaps within {profile.irregular:.0%} of their median")]


def _worst(geometry: Geometry) -> tuple[float, float]:
    """Return the largest relative deviation of a gap from the median, and that gap."""
    if not geometry.gaps:
        return 0.0, 0.0
    gap = max(geometry.gaps, key=lambda one: abs(one / geometry.gap - 1))
    return abs(gap / geometry.gap - 1), gap


def _agrees(facts: SeriesFacts, geometry: Geometry) -> str:
    numbers = [_at(facts, geometry, rank).number for rank in range(len(facts.slices))]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return "is missing"
    rising = all(b > a for a, b in pairwise(known))
    falling = all(b < a for a, b in pairwise(known))
    return "agrees" if rising or falling else "disagrees, and is not needed"


# --- belonging ---------------------------------------------------------------------------------


def _one(
    facts: SeriesFacts, level: Level, name: str, value_of: Callable[[SliceFacts], str]
) -> list[Problem]:
    groups: dict[str, list[str]] = {}
    for one in facts.slices:
        groups.setdefault(value_of(one), []).append(one.path)
    if len(groups) < 2:  # noqa: PLR2004 - one value
        return []
    usual = max(groups, key=lambda value: len(groups[value]))
    others = [file for value, files in groups.items() if value != usual for file in files]
    what = ", ".join(f"{value or '(none)'} ({len(files)})" for value, files in groups.items())
    if name == "PatientID":  # no identifier is printed
        what = f"of {len(groups)} patients"
    return [Problem(level, f"{name} {what}", f"one {name}", tuple(dict.fromkeys(others)))]


def _kernels(facts: SeriesFacts) -> list[Problem]:
    """Say where along the series the reconstruction kernel changes."""
    ranks: Sequence[int] = facts.geometry.order if facts.geometry else range(len(facts.slices))
    ordered = [facts.slices[rank] for rank in ranks]
    changes = [
        (rank, one, other)
        for rank, (one, other) in enumerate(pairwise(ordered), start=2)
        if one.kernel != other.kernel
    ]
    if not changes:
        return []
    rank, one, other = changes[0]
    more = f", and {len(changes) - 1} more changes" if len(changes) > 1 else ""
    value = f"kernel changes at slice {rank} ({one.kernel or '-'} -> {other.kernel or '-'}){more}"
    files = tuple(other.path for _, _, other in changes)
    return [Problem(Level.WARN, value, "one kernel", files)]


def _copies(facts: SeriesFacts) -> list[Problem]:
    seen: set[tuple[str, int]] = set()
    copies = []
    for one in facts.slices:
        key = (one.instance, one.frame)
        if one.instance and key in seen:
            copies.append(one.path)
        seen.add(key)
    if not copies:
        return []
    value = f"{len(copies)} files repeat a SOPInstanceUID"
    return [Problem(Level.FAIL, value, "every SOPInstanceUID once", tuple(copies))]


def _broken(facts: SeriesFacts) -> list[Problem]:
    rule = "every file whole and decodable"
    cut = [(one.path, one.damage) for one in facts.slices if one.damage]
    cut += [(one.path, one.reason) for one in (*facts.unread, *facts.aside) if one.grave]
    if not cut:
        return []
    path, reason = cut[0]
    told = reason if path in reason else f"{path}: {reason}"
    value = f"{len(cut)} damaged ({told})"
    return [Problem(Level.FAIL, value, rule, tuple(dict.fromkeys(path for path, _ in cut)))]


def _numbers(facts: SeriesFacts) -> list[Problem]:
    """Warn of gaps in InstanceNumber that localizers and other files set aside do not explain."""
    numbers = sorted({one.number for one in facts.slices if one.number is not None})
    if not numbers or any(one.number is None for one in facts.slices):
        return []
    lost = numbers[-1] - numbers[0] + 1 - len(numbers) - len(facts.aside)
    if lost <= 0:
        return []
    return [Problem(Level.WARN, f"InstanceNumber leaves out {lost}", "InstanceNumber without gap")]
