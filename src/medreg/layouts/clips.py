"""Videos and whole slides: a file (of a slide in DICOM, a folder) is a case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar

from medreg.layouts.join import cases, check, one, series
from medreg.layouts.packed import ClipRef, SlideRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Case, ImageRef, Tree


@dataclass(frozen=True)
class Video:
    """One AVI or MP4 file per case, which stays as it is; first frames are looked at.

    Cases are called as in `Images2d`. Needs the extra ``video``.

    >>> Video("Videos/{case}.avi").packed
    True
    """

    video: str

    packed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check(self.video)

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order."""
        return cases(
            tree,
            self.video,
            None,
            image_of=lambda paths: one(paths, partial(ClipRef, tree)),
            mask_of=_none,
            called=attrgetter("whole"),
        )


@dataclass(frozen=True)
class WholeSlide:
    """One slide per case, which stays as it is: SVS, TIFF, or a folder of DICOM files.

    A thumbnail is looked at. Cases are called as in `Images2d`. Needs the extra ``wsi``.

    >>> WholeSlide("**/{case}.svs | **/{case}.tif").packed
    True
    """

    slide: str

    packed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check(self.slide)

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order."""
        return cases(
            tree,
            self.slide,
            None,
            image_of=partial(series, ref=partial(SlideRef, tree)),
            mask_of=_none,
            called=attrgetter("whole"),
        )


def _none(*_: object) -> ImageRef:
    raise AssertionError("there is no pattern of masks")
