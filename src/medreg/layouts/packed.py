"""References to what stays in its file: pictures, clips, slides, rows of arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.layouts.refs import OneFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.model import Picture, Tree
    from medreg.volume import Volume


@dataclass(frozen=True, slots=True)
class PictureRef(OneFile):
    """A picture's file."""

    member: str = ""

    def picture(self) -> Picture:
        """Decode it; raises `Refused` as `imaging.pictures.read` does."""
        from medreg.imaging.pictures import read

        return read(self.tree, self.path)

    def read(self) -> Volume:
        """Return it as one gray plane."""
        return self.picture().volume()


@dataclass(frozen=True, slots=True)
class MasksRef:
    """A mask of one or several pictures, the highest value on top.

    With *above*, what is brighter than it is 1.
    """

    tree: Tree
    members: Sequence[str]
    above: int | None = None
    member: str = ""

    def picture(self) -> Picture:
        """Decode it; raises `Refused` as `imaging.pictures.read_masks` does."""
        from medreg.imaging.pictures import read_masks

        return read_masks(self.tree, self.members, self.above)

    def read(self) -> Volume:
        """Return it as one plane of labels."""
        return self.picture().volume("label")


@dataclass(frozen=True, slots=True)
class RowRef(OneFile):
    """One *row* of an *array* in an ``.npz`` file."""

    array: str
    row: int
    unit: str = ""

    @property
    def member(self) -> str:
        """The array and the row."""
        return f"{self.array}[{self.row}]"

    def picture(self) -> Picture:
        """Decode it; raises `Refused` as `imaging.arrays.row` does."""
        from medreg.imaging.arrays import row

        return row(self.tree, self.path, self.array, self.row)

    def read(self) -> Volume:
        """Return it as one gray plane."""
        return self.picture().volume(self.unit)


@dataclass(frozen=True, slots=True)
class ClipRef(OneFile):
    """A video's file."""

    member: str = ""

    def picture(self) -> Picture:
        """Decode its first frames; raises as `imaging.video.read` does."""
        from medreg.imaging.video import read

        return read(self.tree, self.path)

    def read(self) -> Volume:
        """Return the first frame as one gray plane."""
        return self.picture().volume()


@dataclass(frozen=True, slots=True)
class SlideRef:
    """A whole slide: one file, or the DICOM files of one."""

    tree: Tree
    members: Sequence[str]
    member: str = ""

    def picture(self) -> Picture:
        """Decode its thumbnail; raises as `imaging.slides.read` does."""
        from medreg.imaging.slides import read

        return read(self.tree, self.members)

    def read(self) -> Volume:
        """Return the thumbnail as one gray plane."""
        return self.picture().volume()
