"""Series of which only an annotation tells which one it was drawn on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from medreg.errors import NotFound, Refused
from medreg.layouts.masks import RtStructRef, SegRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from medreg.imaging.masks.identity import Identity
    from medreg.layouts.refs import SeriesRef
    from medreg.model import Case, ImageRef, Tree
    from medreg.volume import Volume


@dataclass(frozen=True)
class AmongRef:
    """The one of several *series* that the annotation *named_by* was drawn on.

    Names of files do not tell which it is: it is chosen when it is read, by SeriesInstanceUID.
    """

    tree: Tree
    series: tuple[SeriesRef, ...]
    named_by: str = ""

    @cached_property
    def chosen(self) -> SeriesRef:
        """The series; raises `Refused` unless exactly one of them is named."""
        from medreg.imaging.masks.identity import identity
        from medreg.imaging.masks.named import series_named_by

        named = series_named_by(self.tree, self.named_by)
        found = [one for one in self.series if identity(self.tree, one.members[:1]).series & named]
        if len(found) == 1:
            return found[0]
        folders = ", ".join(one.members[0].rpartition("/")[0] for one in found or self.series)
        said = f"names {min(named)}" if named else "names no series"
        raise Refused(f"{self.named_by} {said}, which is {len(found)} of those here: {folders}")

    @property
    def members(self) -> Sequence[str]:
        """The files of the chosen series; of all while the annotation cannot be opened."""
        try:
            return self.chosen.members
        except NotFound:
            return [path for one in self.series for path in one.members]

    def read(self) -> Volume:
        """Read the chosen series; raises `Refused` as `SeriesRef.read` does."""
        return self.chosen.read()

    def grid(self) -> Volume:
        """Return the chosen series without its pixels: masks need its grid alone."""
        from medreg.layouts.masks import grid_of

        return grid_of(self.chosen)

    def identity(self) -> Identity:
        """Return the UIDs of the chosen series."""
        from medreg.layouts.masks import identity_of

        return identity_of(self.chosen)


def among(paths: Sequence[str], ref: Callable[[Sequence[str]], SeriesRef], tree: Tree) -> ImageRef:
    """Return *ref* of all *paths*, or of the series among them that an annotation will name."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    found = tuple(ref(members) for members in folders.values())
    return found[0] if len(found) == 1 else AmongRef(tree, found)


def drawn(cases: Iterator[Case]) -> Iterator[Case]:
    """Yield the cases with a mask; each of their images is the one that the mask names."""
    for case in cases:
        mask = case.mask
        if mask is None:
            continue
        if not isinstance(mask, SegRef | RtStructRef):
            yield case  # it refuses to be read, and says why
            continue
        images = {
            channel: replace(ref, named_by=mask.path) if isinstance(ref, AmongRef) else ref
            for channel, ref in case.images.items()
        }
        yield replace(case, images=images, mask=replace(mask, onto=images[case.grid]))
