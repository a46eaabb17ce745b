"""References: images that are read when they are wanted, one class per kind of file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.imaging.stack import Resample
    from medreg.imaging.suv.body import Kind
    from medreg.model import ImageRef, Tree
    from medreg.volume import Volume


@dataclass(frozen=True, slots=True)
class OneFile:
    """What lies in the one file *path*."""

    tree: Tree
    path: str

    @property
    def members(self) -> Sequence[str]:
        """The one file."""
        return (self.path,)


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
