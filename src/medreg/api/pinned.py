"""Verbs of a training repository: pin a release, bring it, load it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import NotFound
from medreg.versions.loaded import Loaded, LoadedCase, dictionaries, load, subjects
from medreg.versions.part import ALL, withdrawn_of
from medreg.versions.part import Part as ReleasePart
from medreg.versions.pins import find as find_pins
from medreg.versions.pins import read as pins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.registry import Registry
    from medreg.report import Progress
    from medreg.versions.pins import Pin

__all__ = [
    "Loaded",
    "LoadedCase",
    "ReleasePart",
    "dictionaries",
    "find_pins",
    "load",
    "pin",
    "pins",
    "pull_pins",
    "subjects",
    "withdrawn_of",
]


def pin(
    url: str, release: str, *, folder: Path | None = None, imported: bool = False
) -> tuple[Pin, bool]:
    """Pin *release* of the registry at *url* in ``medreg.lock`` of *folder* (here by default).

    Returns the pin, and whether it is new. *imported* also makes the DVC import.
    """
    from medreg.versions.pin import pin as write

    return write((folder or Path.cwd()).resolve(), url, release, imported=imported)


def pull_pins(
    release: str = "",
    *,
    folder: Path | None = None,
    part: ReleasePart = ALL,
    progress: Progress | None = None,
) -> Sequence[tuple[Pin, int]]:
    """Bring and verify what the nearest ``medreg.lock`` pins; *release* alone, if given.

    Returns each pin with its number of identical files. Raises `ActionNeeded` where terms are
    personal and this person has no agreement on record in the pinned registry.
    """
    from medreg.api.lab import Lab
    from medreg.api.trace import require_agreement
    from medreg.versions.pin import pull_pins as bring

    file = find_pins(folder or Path.cwd())
    if file is None:
        raise NotFound(
            "there is no medreg.lock here", hint="pin a release: medreg pin URL NAME@VERSION"
        )

    def allowed(registry: Registry, pin: Pin) -> None:
        name = pin.release.partition("@")[0]
        require_agreement(Lab(registry.root), name, tag=pin.release, folder=file.parent)

    return bring(file, only=release, part=part, allowed=allowed, progress=progress)
