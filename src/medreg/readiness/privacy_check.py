"""The check of privacy: no identifying value, and evidence that somebody saw to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.readiness.attributes import DATES
from medreg.readiness.verdict import Level, Problem, judged

if TYPE_CHECKING:
    from medreg.readiness.facts import Evidence, Identifier, SeriesFacts
    from medreg.readiness.profile import Profile
    from medreg.readiness.verdict import Verdict

BASIC, SAFE_PRIVATE, DEVICE = "113100", "113111", "113109"  # PS3.16 CID 7050
FAIL, WARN = Level.FAIL, Level.WARN
SHOWN = 4  # attributes that are named; JSON has all of them


def privacy(facts: SeriesFacts, profile: Profile) -> Verdict:  # noqa: ARG001 - as every check
    """Ask for no identifying value in any header, and for evidence of de-identification."""
    rule = "no identifying value; PatientIdentityRemoved YES, with its method"
    done = is_done(facts.evidence)
    found = [(graded(one, facts.evidence), one) for one in facts.identifiers]
    said = _said(facts)
    problems = [
        *(Problem(level, _told(one), rule, one.files) for level, one in found if level is FAIL),
        *([] if done else [Problem(WARN, said, rule)]),
        *_dates([one for level, one in found if level is WARN and _last(one) in DATES], rule),
        *(
            Problem(level, _told(one), rule, one.files)
            for level, one in found
            if level is WARN and _last(one) not in DATES
        ),
    ]
    value = f"{said}; no identifying value in {len({s.path for s in facts.slices})} headers"
    hint = "medreg deidentify IN OUT" if problems else ""
    return judged("privacy", _short(problems), value=value, rule=rule, hint=hint)


def _dates(found: list[Identifier], rule: str) -> list[Problem]:
    """Name all dates in one problem."""
    files = tuple(dict.fromkeys(file for one in found for file in one.files))
    return [Problem(WARN, f"dates in {_files(files)}", rule, files)] if files else []


def _last(one: Identifier) -> str:
    return one.name.rpartition("/")[2]


def is_done(evidence: Evidence) -> bool:
    """Tell whether every header says that identity was removed, and how."""
    return evidence.removed == ("YES",) and evidence.method


def graded(one: Identifier, evidence: Evidence) -> Level:
    """Return how grave *one* is where headers give *evidence* of de-identification.

    Dates, and accession numbers, which PS3.15 lets stand as dummies, are taken for shifted or
    made up where the basic profile was applied; private elements where only safe ones were kept.
    """
    codes, done = evidence.codes, is_done(evidence)
    last = _last(one)
    if done and last in DATES:
        return Level.PASS
    if done and BASIC in codes and last in ("AccessionNumber", "StudyID"):
        return WARN if one.level is FAIL else Level.PASS
    if one.name == "private elements" and SAFE_PRIVATE in codes:
        return Level.PASS
    if last in ("DeviceSerialNumber", "StationName") and done and DEVICE in codes:
        return Level.PASS
    return one.level


def _told(one: Identifier) -> str:
    shown = f" {one.shown}" if one.shown else ""
    return f"{one.name}{shown} in {_files(one.files)}"


def _files(files: tuple[str, ...]) -> str:
    return f"{len(files)} file{'s' * (len(files) != 1)}"


def _short(problems: list[Problem]) -> list[Problem]:
    """Keep all files and the first attributes of each level, and count the others."""
    kept: list[Problem] = []
    for level in (FAIL, WARN):
        mine = [problem for problem in problems if problem.level is level]
        kept += mine[:SHOWN]
        if rest := mine[SHOWN:]:
            files = tuple(dict.fromkeys(file for problem in rest for file in problem.files))
            more = f"{len(rest)} more attribute{'s' * (len(rest) != 1)}"
            kept.append(Problem(level, more, rest[0].rule, files))
    return kept


def _said(facts: SeriesFacts) -> str:
    evidence = facts.evidence
    removed = "/".join(value or "absent" for value in evidence.removed) or "absent"
    if evidence.codes:
        return f"PatientIdentityRemoved {removed}, method {' '.join(evidence.codes)}"
    return f"PatientIdentityRemoved {removed}, {'a' if evidence.method else 'no'} method"
