"""Ask every check of every series below some paths."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from medreg.readiness import image_checks, stack_checks
from medreg.readiness.gather import gathered
from medreg.readiness.mess import Mess
from medreg.readiness.privacy_check import privacy
from medreg.readiness.profile import CT
from medreg.readiness.verdict import Level, gravest
from medreg.report import Silent
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from medreg.readiness.facts import Aside, SeriesFacts
    from medreg.readiness.profile import Profile
    from medreg.readiness.verdict import Verdict
    from medreg.report import Progress

    Check = Callable[[SeriesFacts, Profile], Verdict]

FORMAT = 1  # of the JSON
CHECKS: tuple[Check, ...] = (
    image_checks.modality,
    image_checks.hounsfield,
    image_checks.bit_depth,
    image_checks.spacing,
    stack_checks.slices,
    stack_checks.order,
    stack_checks.integrity,
    privacy,
    stack_checks.geometry,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One series with the verdicts on it, in the order of `CHECKS`."""

    facts: SeriesFacts
    verdicts: tuple[Verdict, ...]

    @property
    def level(self) -> Level:
        """The gravest level."""
        return gravest(verdict.level for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class Report:
    """All series that were found, by their first file, and what is none."""

    profile: Profile
    series: tuple[Judged, ...]
    aside: tuple[Aside, ...]

    @property
    def level(self) -> Level:
        """The gravest level; FAIL where there is no series, or a damaged file."""
        damaged = any(one.grave for one in self.aside)
        if damaged or not self.series:
            return Level.FAIL
        return gravest(one.level for one in self.series)

    def json(self) -> dict[str, Any]:
        """Return everything as JSON values; keys are only ever added."""
        return {
            "format": FORMAT,
            "profile": asdict(self.profile),
            "level": self.level,
            "series": [_series(one) for one in self.series],
            "aside": [asdict(one) for one in self.aside],
        }


def validate(
    paths: Sequence[Path], profile: Profile = CT, progress: Progress | None = None
) -> Report:
    """Find every DICOM series below *paths* and hold each to *profile*.

    Folders, single files, and archives (zip, tar, also in each other) are read in place; names
    and endings do not count. Raises `NotFound` for a path that does not exist.
    """
    with Mess(paths) as mess:
        series, aside = gathered(mess, profile, progress or Silent())
        every = sorted([*aside, *mess.aside], key=lambda one: natural(one.path))
    judged = (Judged(facts, tuple(check(facts, profile) for check in CHECKS)) for facts in series)
    return Report(profile, tuple(judged), tuple(every))


def _series(one: Judged) -> dict[str, Any]:
    facts, geometry = one.facts, one.facts.geometry
    measured: dict[str, Any] | None = None
    if geometry is not None:
        measured = {
            **geometry.booleans(),
            "regularly_spaced_3d_volume": geometry.regularly_spaced_3d_volume,
            "obliquity_degrees": round(geometry.obliquity_degrees, 4),
            "tilt_degrees": round(geometry.tilt, 4),
            "slice_spacing_mm": round(geometry.gap, 6),
        }
    first = facts.slices[0]
    return {
        "uid": facts.uid,
        "first_file": first.path,
        "modality": first.modality,
        "body_part": facts.body,
        "files": len({slice_.path for slice_ in facts.slices}),
        "slices": len(facts.slices),
        "rows": first.rows,
        "columns": first.columns,
        "level": one.level,
        "checks": [asdict(verdict) for verdict in one.verdicts],
        "geometry": measured,
        "values": asdict(facts.values) if facts.values else None,
        "identifiers": [
            {"level": i.level, "attribute": i.name, "shown": i.shown, "files": len(i.files)}
            for i in facts.identifiers
        ],
        "aside": [asdict(aside) for aside in facts.aside],
    }
