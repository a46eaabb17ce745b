"""What the next version must be: it follows from what lies between the last one and now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.errors import Misuse, NotFound
from medreg.versions import releases as names
from medreg.versions.diff import Step, diff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.registry import Registry

STEPS: Sequence[Step] = ("patch", "minor", "major")


def step_between(old: str, new: str) -> Step:
    """Return which number of a version moved.

    >>> step_between("1.0.0", "1.2.0"), step_between("1.0.0", "2.0.0-rc.1")
    ('minor', 'major')
    """
    (a, b, _), (x, y, _) = names.order(old)[0], names.order(new)[0]
    return "major" if x > a else "minor" if y > b else "patch"


def raised(version: str, step: Step) -> str:
    """Return *version* raised by *step*.

    >>> raised("1.2.3", "minor")
    '1.3.0'
    """
    core = [int(number) for number in version.partition("-")[0].split(".")]
    place = 2 - STEPS.index(step)
    return ".".join(map(str, [*core[:place], core[place] + 1, *[0] * (2 - place)]))


def last_promise(registry: Registry, name: str) -> str:
    """Return the last release but pre-releases, which promise nothing; empty without one."""
    stable = [version for version in names.released(registry.root, name) if "-" not in version]
    return stable[-1] if stable else ""


def next_version(registry: Registry, name: str) -> str:
    """Return the smallest version that what *name* now holds may have."""
    last = last_promise(registry, name)
    if not last:
        return names.following(registry.root, name)
    try:
        found = diff(registry, names.tag_of(name, last))
    except NotFound:  # its tables lie in a restricted tier, or were not made yet
        return names.following(registry.root, name)
    newest = names.released(registry.root, name)[-1].partition("-")[0]  # of a pre-release
    return max(raised(last, found.step), newest, key=names.order)


def require_step(registry: Registry, name: str, version: str) -> None:
    """Raise `Misuse`, naming what changed, when *version* goes less far than what changed asks.

    Nothing is asked before a first release, nor where git does not hold the last one's tables.
    """
    last = last_promise(registry, name)
    if not last:
        return
    try:
        found = diff(registry, names.tag_of(name, last))
    except NotFound:
        return
    if STEPS.index(step_between(last, version)) < STEPS.index(found.step):
        raise Misuse(
            f"{name} {version} would be a {step_between(last, version)} step from {last}, and what "
            f"changed is a {found.step} one: {found.because}",
            hint=f"medreg release {name} {raised(last, found.step)}",
        )
