"""DICOM series, with masks in NIfTI, in stacks of PNG, or in DICOM SEG."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError
from medreg.imaging.suv.body import KINDS
from medreg.layouts.join import Image, cases, check, one, series
from medreg.layouts.masks import SegRef
from medreg.layouts.refs import NiftiRef, OntoRef, PngRef, SeriesRef, SuvRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.imaging.stack import Resample
    from medreg.imaging.suv.body import Kind
    from medreg.model import Case, Tree

RESAMPLE = ("tilt", "spacing")


@dataclass(frozen=True)
class DicomSeries:
    """One folder of DICOM files per image or channel, one NIfTI file per mask.

    *image* matches the slices: ``**/PANCREAS_{case}/*/*/*.dcm``. *resample* names what is
    corrected by linear interpolation, and noted, instead of refused: ``"tilt"``, ``"spacing"``.
    """

    image: Image
    label: str | None = None
    resample: tuple[Resample, ...] = ()

    def __post_init__(self) -> None:
        check(self.image, self.label)
        for kind in self.resample:
            if kind not in RESAMPLE:
                raise DeclarationError(f"resample={kind!r} is none of {', '.join(RESAMPLE)}")

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order."""
        return cases(
            tree,
            self.image,
            self.label,
            image_of=partial(series, ref=partial(SeriesRef, tree, resample=self.resample)),
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
    that a study holds. With *suv*, such as ``"bw"``, the PET is standardized uptake and the CT is
    resampled to its grid; without it the PET is as stored and both keep their own grids.
    """

    ct: str
    pet: str
    seg: str
    suv: Kind | None = None

    def __post_init__(self) -> None:
        check({"ct": self.ct, "pet": self.pet}, self.seg)
        if self.suv is not None and self.suv not in KINDS:
            raise DeclarationError(f"suv={self.suv!r} is none of {', '.join(KINDS)}")

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every study in natural order."""
        found = cases(
            tree,
            {"ct": self.ct, "pet": self.pet},
            self.seg,
            image_of=partial(series, ref=partial(SeriesRef, tree)),
            mask_of=lambda paths, pet: one(paths, lambda path: SegRef(tree, path, pet)),
            mask_on="pet",
        )
        return found if self.suv is None else map(partial(_uptake, tree, self.suv), found)


def _uptake(tree: Tree, kind: Kind, case: Case) -> Case:
    """Return *case* with its PET as uptake and its CT on the PET's grid."""
    ct, pet = case.images["ct"], case.images["pet"]
    if not isinstance(pet, SeriesRef):
        return case  # it refuses to be read, and says why
    uptake = SuvRef(tree, pet.members, kind)
    ct = OntoRef(ct, uptake) if isinstance(ct, SeriesRef) else ct
    return replace(case, images={"ct": ct, "pet": uptake})
