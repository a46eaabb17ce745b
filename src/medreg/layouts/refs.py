"""References: images and masks that are read when they are wanted, one class per kind of file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from medreg.errors import Refused
from medreg.imaging.masks.rules import CONSENSUS, RULES, Rules
from medreg.model import ImageRef

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.imaging.masks.identity import Identity
    from medreg.imaging.masks.rules import Consensus
    from medreg.imaging.stack import Resample
    from medreg.imaging.suv.body import Kind
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
class NiftiRef:
    """A NIfTI file, or one *channel* (counted from 0) of a 4-D one; other formats by ending.

    MetaImage, NRRD and Analyze are read as well (`medreg.imaging.formats`).
    """

    tree: Tree
    path: str
    channel: int | None = None
    unit: str = ""

    @property
    def members(self) -> Sequence[str]:
        """The one file, or a header and the file beside it that holds its voxels."""
        from medreg.imaging.formats import members

        return members(self.tree, self.path)

    def read(self) -> Volume:
        """Read the voxels; raises `Refused` as `imaging.formats.read` does."""
        from medreg.imaging import formats

        return formats.read(self.tree, self.path, channel=self.channel, unit=self.unit)


@dataclass(frozen=True, slots=True)
class SeriesRef:
    """A DICOM series, or one *channel* of a 4-D one, such as ``"b1000"`` or ``"time2"``.

    *resample* names what is corrected by interpolation instead of refused.
    """

    tree: Tree
    members: Sequence[str]
    channel: str = ""
    resample: Sequence[Resample] = ()

    def read(self) -> Volume:
        """Read the voxels; raises `Refused` as `imaging.series.read_series` does."""
        from medreg.imaging.series import read_series

        return read_series(self.tree, self.members, channel=self.channel, resample=self.resample)


@dataclass(frozen=True, slots=True)
class SuvRef:
    """A PET series as standardized uptake of one *kind*, such as ``"bw"``."""

    tree: Tree
    members: Sequence[str]
    kind: Kind = "bw"

    @property
    def stored(self) -> SeriesRef:
        """The series as it is stored."""
        return SeriesRef(self.tree, self.members)

    def read(self) -> Volume:
        """Read the voxels; raises `Refused` as `imaging.suv.volume.read_suv` does."""
        from medreg.imaging.suv.volume import read_suv

        return read_suv(self.tree, self.members, self.kind)[0]


@dataclass(frozen=True, slots=True)
class OntoRef:
    """A CT series resampled to the grid of a PET."""

    stored: SeriesRef
    grid: ImageRef

    @property
    def members(self) -> Sequence[str]:
        """The files of both: either decides the voxels."""
        return (*self.stored.members, *self.grid.members)

    def read(self) -> Volume:
        """Read and resample; raises `Refused` as either reference does."""
        from medreg.imaging.suv.volume import onto

        return onto(self.stored.read(), self.grid.read())


@dataclass(frozen=True, slots=True)
class SegRef:
    """A DICOM SEG, put on the grid of the image that it was drawn *onto*.

    Its values are segment numbers, or *values* by segment name where they are given; *rules* say
    who yields where segments overlap.
    """

    tree: Tree
    path: str
    onto: ImageRef
    rules: Rules = RULES
    values: Mapping[str, int] | None = None

    @property
    def members(self) -> Sequence[str]:
        """The one file."""
        return (self.path,)

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
class RtStructRef:
    """An RT Structure Set, filled on the grid of the image that it was drawn *onto*.

    Its values are ROI numbers, or *values* by ROI name where they are given.
    """

    tree: Tree
    path: str
    onto: ImageRef
    rules: Rules = RULES
    allow_other_image: bool = False
    values: Mapping[str, int] | None = None

    @property
    def members(self) -> Sequence[str]:
        """The one file."""
        return (self.path,)

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
class LidcRef:
    """The readers' consensus in an LIDC XML file, on the grid of the CT that it is *onto*.

    Its value is 1, or that of ``"nodule"`` in *values*.
    """

    tree: Tree
    path: str
    onto: ImageRef
    rule: Consensus = CONSENSUS
    values: Mapping[str, int] | None = None

    @property
    def members(self) -> Sequence[str]:
        """The one file."""
        return (self.path,)

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


@dataclass(frozen=True, slots=True)
class PngRef:
    """A mask of one PNG per slice; *series* are the slices' files, which give the geometry."""

    tree: Tree
    members: Sequence[str]
    series: Sequence[str]

    def read(self) -> Volume:
        """Read the pixel values; raises `Refused` as `imaging.masks.png.read_png_stack` does."""
        from medreg.imaging.masks.png import read_png_stack

        return read_png_stack(self.tree, self.members, self.series)


@dataclass(frozen=True, slots=True)
class RefusedRef:
    """An image or mask of which the names already tell that it cannot be read, and why."""

    members: Sequence[str]
    reason: str

    def read(self) -> Volume:
        """Raise `Refused` with the reason, so that it is recorded for this one case."""
        raise Refused(self.reason)
