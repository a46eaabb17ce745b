"""The answer of one check: how grave, the value that was measured, the rule it was held to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Level(StrEnum):
    """How a check ended; FAIL means that no set should hold the series as it is."""

    PASS = "PASS"  # noqa: S105 - a word, not a password
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the measured *value*, the *rule*, and the *files* it is about."""

    level: Level
    value: str
    rule: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one *check* says of one series; *files* are those that offend, in natural order."""

    check: str
    level: Level
    value: str
    rule: str
    files: tuple[str, ...] = ()
    hint: str = ""


def judged(
    check: str, problems: Sequence[Problem], *, value: str, rule: str, hint: str = ""
) -> Verdict:
    """Return the gravest of *problems* with all of its level; *value* and *rule* if none is there.

    >>> judged("slices", [], value="60 unique positions", rule="50 or more").level
    <Level.PASS: 'PASS'>
    """
    if not problems:
        return Verdict(check=check, level=Level.PASS, value=value, rule=rule)
    worst = gravest(problem.level for problem in problems)
    ordered = sorted(problems, key=lambda problem: problem.level is not worst)
    return Verdict(
        check=check,
        level=worst,
        value="; ".join(problem.value for problem in ordered),
        rule="; ".join(dict.fromkeys(problem.rule for problem in ordered)),
        files=tuple(dict.fromkeys(file for problem in ordered for file in problem.files)),
        hint=hint,
    )


def gravest(levels: Iterable[Level]) -> Level:
    """Return the worst of *levels*; PASS for none.

    >>> gravest([Level.WARN, Level.PASS])
    <Level.WARN: 'WARN'>
    """
    return max(levels, key=list(Level).index, default=Level.PASS)
