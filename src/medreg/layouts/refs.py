"""References: images and masks that are read when they are wanted, one class per kind of file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.model import ImageRef, Tree
    from medreg.volume import Volume


@dataclass(frozen=True, slots=True)
class NiftiRef:
    """A NIfTI file, or one *channel* (counted from 0) of a 4-D one."""

    tree: Tree
    path: str
    channel: int | None = None
    unit: str = ""

    @property
    def members(self) -> Sequence[str]:
        """The one file."""
        return (self.path,)

    def read(self) -> Volume:
        """Read the voxels; raises `Refused` as `imaging.nifti.read` does."""
        from medreg.imaging import nifti

        with self.tree.open(self.path) as stream:
            return nifti.read(stream, self.path, channel=self.channel, unit=self.unit)


@dataclass(frozen=True, slots=True)
class SeriesRef:
    """A DICOM series, one file per slice."""

    tree: Tree
    members: Sequence[str]

    def read(self) -> Volume:
        """Read the voxels; raises `Refused` as `imaging.series.read_series` does."""
        from medreg.imaging.series import read_series

        return read_series(self.tree, self.members)


@dataclass(frozen=True, slots=True)
class SegRef:
    """A binary DICOM SEG, put on the grid of the image that it was drawn *onto*."""

    tree: Tree
    path: str
    onto: ImageRef

    @property
    def members(self) -> Sequence[str]:
        """The one file."""
        return (self.path,)

    def read(self) -> Volume:
        """Read the segment numbers; raises `Refused` as `imaging.seg.read_seg` does."""
        from medreg.imaging.seg import read_seg

        return read_seg(self.tree, self.path, self.onto.read())


@dataclass(frozen=True, slots=True)
class PngRef:
    """A mask of one PNG per slice; *series* are the slices' files, which give the geometry."""

    tree: Tree
    members: Sequence[str]
    series: Sequence[str]

    def read(self) -> Volume:
        """Read the pixel values; raises `Refused` as `imaging.png.read_png_stack` does."""
        from medreg.imaging.png import read_png_stack

        return read_png_stack(self.tree, self.members, self.series)


@dataclass(frozen=True, slots=True)
class RefusedRef:
    """An image or mask of which the names already tell that it cannot be read, and why."""

    members: Sequence[str]
    reason: str

    def read(self) -> Volume:
        """Raise `Refused` with the reason, so that it is recorded for this one case."""
        raise Refused(self.reason)
