"""Files that are computed when they are wanted, all of one case at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from medreg.sources.records import Content

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from medreg.volume import Volume


@dataclass(slots=True)
class Made:
    """One case: *draw* makes its volumes from *seed*, when the first is wanted."""

    draw: Callable[[str], Mapping[str, Volume]]
    seed: str
    volumes: Mapping[str, Volume] = field(default_factory=dict)

    def volume(self, name: str) -> Volume:
        """Return the volume *name*."""
        if not self.volumes:
            self.volumes = self.draw(self.seed)
        return self.volumes[name]


@dataclass(frozen=True, slots=True)
class OneVolume:
    """A raw file that holds the volume *name* of a *case*; *recorded* if it was made before."""

    case: Made
    name: str
    recorded: bool
    note: ClassVar[str] = ""

    def agrees(self, target: Path, content: Content) -> bool:  # noqa: ARG002  # an `Item`
        """Trust the record; without one the volume is made anew."""
        return self.recorded

    def write(self, part: Path, moved: Callable[[int], None]) -> Content:
        """Make it, over *part*."""
        from medreg.imaging.nifti import write

        write(self.case.volume(self.name), part)
        return Content.of(part, moved)
