"""DICOM series, with masks in NIfTI, in stacks of PNG, or in DICOM SEG."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from medreg.layouts.join import Image, cases, check, one, series
from medreg.layouts.refs import NiftiRef, PngRef, SegRef, SeriesRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.model import Case, Tree


@dataclass(frozen=True)
class DicomSeries:
    """One folder of single-frame DICOM files per image or channel, one NIfTI file per mask.

    *image* matches the slices: ``**/PANCREAS_{case}/*/*/*.dcm``.
    """

    image: Image
    label: str | None = None

    def __post_init__(self) -> None:
        check(self.image, self.label)

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order."""
        return cases(
            tree,
            self.image,
            self.label,
            image_of=partial(series, ref=partial(SeriesRef, tree)),
            mask_of=lambda paths, _: one(paths, lambda path: NiftiRef(tree, path, unit="label")),
        )


@dataclass(frozen=True)
class PngStack:
    """DICOM series whose masks are folders of PNG, one per slice of the first channel.

    The k-th PNG belongs to the k-th slice file, both in natural order of their names.
    """

    image: Image
    mask: str

    def __post_init__(self) -> None:
        check(self.image, self.mask)

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order."""
        return cases(
            tree,
            self.image,
            self.mask,
            image_of=partial(series, ref=partial(SeriesRef, tree)),
            mask_of=lambda paths, on: series(paths, lambda png: PngRef(tree, png, on.members)),
        )


@dataclass(frozen=True)
class PetCt:
    """One study of a CT series, a PET series and a binary DICOM SEG on the PET's grid.

    Names of series vary; a file that *seg* or *pet* matches is no CT, so *ct* may match all
    that a study holds.
    """

    ct: str
    pet: str
    seg: str

    def __post_init__(self) -> None:
        check({"ct": self.ct, "pet": self.pet}, self.seg)

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every study in natural order."""
        return cases(
            tree,
            {"ct": self.ct, "pet": self.pet},
            self.seg,
            image_of=partial(series, ref=partial(SeriesRef, tree)),
            mask_of=lambda paths, pet: one(paths, lambda path: SegRef(tree, path, pet)),
            mask_on="pet",
        )
