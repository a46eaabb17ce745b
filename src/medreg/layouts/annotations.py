"""Images whose masks are structures with names: SEG, RTSTRUCT, LIDC XML, a file per structure.

A dataset's ``labels`` maps those names to vocabulary labels. Images are NIfTI, MetaImage or NRRD
files where their pattern ends so, and folders of DICOM otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

from medreg.errors import DeclarationError
from medreg.imaging.masks.rules import Consensus, Rules
from medreg.layouts.among import among, drawn
from medreg.layouts.join import Image, ImageOf, cases, channels, check, one, series
from medreg.layouts.masks import LidcRef, PerLabelRef, RtStructRef, SegRef
from medreg.layouts.pattern import find, words
from medreg.layouts.refs import NiftiRef, RefusedRef, SeriesRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from medreg.model import Case, ImageRef, Tree

Absent = Literal["refused", "empty"]
ENDINGS = (".nii", ".nii.gz", ".mha", ".mhd", ".nrrd", ".nhdr", ".hdr")  # of volumes of one file
NAME = "label"  # the word of a `PerLabel` pattern that names the structure


@dataclass(frozen=True)
class _Structures:
    """One file per case with all its structures, and what decides where these are at odds."""

    image: Image
    label: str
    mask_on: str = ""
    priority: tuple[str, ...] = ()
    absent: Absent = "refused"

    def __post_init__(self) -> None:
        check(self.image, self.label, self.mask_on)
        self._rules()

    def _rules(self) -> Rules:
        if self.absent not in get_args(Absent):
            raise DeclarationError(f'absent is "refused" or "empty", not {self.absent!r}')
        return Rules(self.priority, self.absent)  # only reading tells which structures it has


@dataclass(frozen=True)
class DicomSeg(_Structures):
    """One DICOM SEG per case: binary, fractional or label map.

    *priority* names segments that win where some overlap, first to last; without it an overlap
    is refused. *absent* says what a listed label means that a file has no segment of: the case is
    ``"refused"``, or the label is ``"empty"``, judged and not there. With *named*, of the series
    beside a SEG the image is the one that it names, and what no SEG lies beside is no case.
    """

    named: bool = False

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order."""
        rules = self._rules()
        return _cases(tree, self, lambda path, on: SegRef(tree, path, on, rules))


@dataclass(frozen=True)
class RtStruct(_Structures):
    """One RT Structure Set per case; *priority*, *absent* and *named* as in `DicomSeg`.

    A structure set that names another image than it lies beside is refused unless
    *allow_other_image*.
    """

    allow_other_image: bool = False
    named: bool = False

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order."""
        rules, allow = self._rules(), self.allow_other_image
        return _cases(tree, self, lambda path, on: RtStructRef(tree, path, on, rules, allow))


@dataclass(frozen=True)
class LidcXml:
    """One LIDC-IDRI XML file per case: the consensus of those who outlined a nodule.

    *agree* is the share of them that a voxel needs; nodules that fewer than *readers* outlined
    are left out. The structure's name is ``nodule``.
    """

    image: Image
    label: str
    agree: float = 0.5
    readers: int = 1

    def __post_init__(self) -> None:
        check(self.image, self.label)
        self._rule()

    def _rule(self) -> Consensus:
        return Consensus(self.agree, self.readers)

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order."""
        rule = self._rule()
        return _cases(tree, self, lambda path, on: LidcRef(tree, path, on, rule))


@dataclass(frozen=True)
class PerLabel:
    """One file per structure (NIfTI, say); ``{label}`` in the pattern *label* is its name.

    *priority* and *absent* as in `DicomSeg`; *absent* may also be ``"unknown"``: in a case without
    a file of a label nobody judged it.

    >>> PerLabel(image="**/{case}/ct.nii.gz", label="**/{case}/segmentations/{label}.nii.gz").absent
    'refused'
    """

    image: Image
    label: str
    mask_on: str = ""
    priority: tuple[str, ...] = ()
    absent: Literal["refused", "empty", "unknown"] = "refused"

    def __post_init__(self) -> None:
        check(self.image, self.label, self.mask_on)
        self._rules()
        if NAME not in words(self.label):
            raise DeclarationError(f"{self.label!r} does not say where the name of a {{label}} is")
        if any(NAME in words(pattern) for pattern in channels(self.image).values()):
            raise DeclarationError("{label} names structures; an image's pattern has no such word")

    def _rules(self) -> Rules:
        return Rules(self.priority, self.absent)

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order."""
        found = cases(
            tree,
            self.image,
            self.label,
            image_of=_images(tree, self.image),
            mask_of=partial(self._mask, tree),
            mask_on=self.mask_on,
        )
        return map(_judged, found) if self.absent == "unknown" else found

    def _mask(self, tree: Tree, paths: Sequence[str], on: ImageRef) -> ImageRef:
        files: dict[str, str] = {}
        for match in find(self.label, paths):
            name = match.words[NAME]
            if name in files:
                reason = f"two files are called {name}: {files[name]} and {match.path}"
                return RefusedRef(paths, reason)
            files[name] = match.path
        return PerLabelRef(tree, files, on, self._rules())


def _cases(
    tree: Tree, layout: DicomSeg | RtStruct | LidcXml, mask: Callable[[str, ImageRef], ImageRef]
) -> Iterator[Case]:
    """Yield the cases of a *layout* with one annotation's file each, of which *mask* makes one."""
    named = not isinstance(layout, LidcXml) and layout.named
    found = cases(
        tree,
        layout.image,
        layout.label,
        image_of=_images(tree, layout.image, named=named),
        mask_of=lambda paths, on: one(paths, lambda path: mask(path, on)),
        mask_on="" if isinstance(layout, LidcXml) else layout.mask_on,
    )
    return drawn(found) if named else found


def _judged(case: Case) -> Case:
    """Return *case* with the names of which it has files as its labels."""
    if isinstance(case.mask, PerLabelRef):
        return replace(case, labels=frozenset(case.mask.files))
    return case


def _images(tree: Tree, image: Image, *, named: bool = False) -> ImageOf:
    """Return what makes an image of a case's paths."""
    if named:
        return partial(among, ref=partial(SeriesRef, tree), tree=tree)
    if all(pattern.endswith(ENDINGS) for pattern in channels(image).values()):
        return partial(one, ref=partial(NiftiRef, tree))
    return partial(series, ref=partial(SeriesRef, tree))
