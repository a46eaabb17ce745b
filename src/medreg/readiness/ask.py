"""Questions that are asked of every slice, or of all slices together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.readiness.verdict import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from medreg.readiness.facts import SeriesFacts, SliceFacts
    from medreg.readiness.profile import Profile


def each(
    facts: SeriesFacts, level: Level, rule: str, wrong: Callable[[SliceFacts], str]
) -> list[Problem]:
    """Return a problem per distinct answer that is not empty, with the files that gave it."""
    found: dict[str, list[str]] = {}
    for one in facts.slices:
        if reason := wrong(one):
            found.setdefault(reason, []).append(one.path)
    return [
        Problem(level, f"{reason} in {of_all(len(files), facts)}", rule, once(files))
        for reason, files in found.items()
    ]


def constant(
    facts: SeriesFacts, level: Level, name: str, value_of: Callable[[SliceFacts], object]
) -> list[Problem]:
    """Return a problem when slices differ in a value, with the files of the rarer ones."""
    groups: dict[object, list[str]] = {}
    for one in facts.slices:
        groups.setdefault(value_of(one), []).append(one.path)
    if len(groups) == 1:
        return []
    usual = max(groups, key=lambda value: len(groups[value]))
    others = [file for value, files in groups.items() if value != usual for file in files]
    listed = ", ".join(f"{short(value)} ({len(files)})" for value, files in [*groups.items()][:4])
    more = f" and {len(groups) - 4} more" if len(groups) > 4 else ""  # noqa: PLR2004 - as listed
    return [Problem(level, f"{name} {listed}{more}", f"one {name}", once(others))]


def alike(
    facts: SeriesFacts,
    profile: Profile,
    name: str,
    value_of: Callable[[SliceFacts], tuple[float, ...]],
) -> list[Problem]:
    """Return a problem when numbers differ by more than rounding."""
    known = [(one, value) for one in facts.slices if (value := value_of(one))]
    if not known:
        return []
    reference = known[0][1]
    others = [
        one.path
        for one, value in known
        if max(abs(a - b) / max(abs(a), 1e-9) for a, b in zip(reference, value, strict=True))
        > profile.same
    ]
    if not others:
        return []
    values = sorted({" x ".join(f"{number:.5g}" for number in value) for _, value in known})
    return [Problem(Level.FAIL, f"{name} {', '.join(values[:4])} mm", f"one {name}", once(others))]


def once(paths: Iterable[str]) -> tuple[str, ...]:
    """Return *paths* in their order, each once."""
    return tuple(dict.fromkeys(paths))


def of_all(count: int, facts: SeriesFacts) -> str:
    """Say how many files, or frames of one, are *count* of the series' slices."""
    total = len(facts.slices)
    what = "file" if all(one.frame == 0 for one in facts.slices) else "frame"
    return f"all {total} {what}s" if count == total > 1 else f"{count} {what}{'s' * (count != 1)}"


def short(value: object) -> str:
    """Write a value for people."""
    return f"{value:g}" if isinstance(value, float) else "(none)" if value is None else str(value)
