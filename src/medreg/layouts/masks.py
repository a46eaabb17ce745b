"""References to masks that were drawn on an image, and are read on its grid when wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from medreg.imaging.masks.rules import CONSENSUS, RULES, Rules
from medreg.layouts.refs import OneFile, SeriesRef
from medreg.model import ImageRef

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.imaging.masks.identity import Identity
    from medreg.imaging.masks.rules import Consensus
    from medreg.model import Tree
    from medreg.volume import Volume


@runtime_checkable
class Chosen(ImageRef, Protocol):
    """A series that is chosen when it is read: see `medreg.layouts.among`."""

    def grid(self) -> Volume:
        """Return its grid."""

    def identity(self) -> Identity:
        """Return its UIDs."""


@dataclass(frozen=True, slots=True)
class SegRef(OneFile):
    """A DICOM SEG, put on the grid of the image that it was drawn *onto*.

    Its values are segment numbers, or *values* by segment name where they are given; *rules* say
    who yields where segments overlap.
    """

    onto: ImageRef
    rules: Rules = RULES
    values: Mapping[str, int] | None = None

    def valued(self, values: Mapping[str, int]) -> SegRef:
        """Return the same mask with *values* by segment name."""
        return replace(self, values=values)

    def read(self) -> Volume:
        """Read the segments; raises `Refused` as `imaging.masks.seg.read_seg` does."""
        from medreg.imaging.masks.merge import by_name
        from medreg.imaging.masks.seg import read_seg, read_segments

        onto = grid_of(self.onto)
        if self.values is None:
            return read_seg(self.tree, self.path, onto, priority=self.rules.priority)
        drawing = read_segments(self.tree, self.path, onto, identity_of(self.onto))
        return by_name(drawing, self.values, self.rules, self.path)


@dataclass(frozen=True, slots=True)
class RtStructRef(OneFile):
    """An RT Structure Set, filled on the grid of the image that it was drawn *onto*.

    Its values are ROI numbers, or *values* by ROI name where they are given.
    """

    onto: ImageRef
    rules: Rules = RULES
    allow_other_image: bool = False
    values: Mapping[str, int] | None = None

    def valued(self, values: Mapping[str, int]) -> RtStructRef:
        """Return the same mask with *values* by ROI name."""
        return replace(self, values=values)

    def read(self) -> Volume:
        """Fill the contours; raises `Refused` as `imaging.masks.rtstruct.read_rtstruct` does."""
        from medreg.imaging.masks.merge import by_name, label_map, numbered
        from medreg.imaging.masks.rtstruct import read_rtstruct

        drawing = read_rtstruct(
            self.tree,
            self.path,
            grid_of(self.onto),
            identity_of(self.onto),
            allow_other_image=self.allow_other_image,
        )
        if self.values is None:
            return label_map(drawing, numbered(drawing, self.path), self.rules.priority, self.path)
        return by_name(drawing, self.values, self.rules, self.path)


@dataclass(frozen=True, slots=True)
class LidcRef(OneFile):
    """The readers' consensus in an LIDC XML file, on the grid of the CT that it is *onto*.

    Its value is 1, or that of ``"nodule"`` in *values*.
    """

    onto: ImageRef
    rule: Consensus = CONSENSUS
    values: Mapping[str, int] | None = None

    def valued(self, values: Mapping[str, int]) -> LidcRef:
        """Return the same mask with the value of ``"nodule"`` among *values*."""
        return replace(self, values=values)

    def read(self) -> Volume:
        """Read the nodules; raises `Refused` as `imaging.masks.lidc.read_lidc` does."""
        from medreg.imaging.masks.lidc import NAME, read_lidc
        from medreg.imaging.masks.merge import by_name

        image = identity_of(self.onto)
        drawing = read_lidc(self.tree, self.path, grid_of(self.onto), image, self.rule)
        values = {NAME: 1} if self.values is None else self.values
        return by_name(drawing, values, Rules(absent="empty"), self.path)


@dataclass(frozen=True, slots=True)
class PerLabelRef:
    """A mask of one file per structure: *files* maps names to paths, *grid* is the image's.

    Its values are 1, 2, ... in the order of *files*, or *values* by name where they are given.
    """

    tree: Tree
    files: Mapping[str, str]
    grid: ImageRef
    rules: Rules = RULES
    values: Mapping[str, int] | None = None

    @property
    def members(self) -> Sequence[str]:
        """The files, in the order of their names, each with the data that lie beside it."""
        from medreg.imaging.formats import members

        return tuple(one for path in self.files.values() for one in members(self.tree, path))

    def valued(self, values: Mapping[str, int]) -> PerLabelRef:
        """Return the same mask with *values* by name."""
        return replace(self, values=values)

    def read(self) -> Volume:
        """Read every file; raises `Refused` as `imaging.masks.labels.read_each` does."""
        from medreg.imaging.masks.labels import read_each
        from medreg.imaging.masks.merge import by_name

        names = self.files if self.values is None else self.values
        values = self.values or {name: at for at, name in enumerate(names, start=1)}
        drawing = read_each(self.tree, self.files, grid_of(self.grid))
        return by_name(drawing, values, self.rules, self.members[0])


def grid_of(image: ImageRef) -> Volume:
    """Return *image*, without decoding the pixels of a plain series: masks need its grid alone."""
    from medreg.imaging.masks.image import series_grid

    if isinstance(image, SeriesRef) and not image.channel and not image.resample:
        return series_grid(image.tree, image.members)
    return image.grid() if isinstance(image, Chosen) else image.read()


def identity_of(onto: ImageRef) -> Identity:
    """Return the UIDs of the image, if it is DICOM."""
    from medreg.imaging.masks.identity import UNKNOWN, identity

    if isinstance(onto, Chosen):
        return onto.identity()
    return identity(onto.tree, onto.members) if isinstance(onto, SeriesRef) else UNKNOWN
