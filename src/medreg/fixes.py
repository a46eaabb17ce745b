"""Published errata as values: a plugin names a fix and its source, and writes no array code.

Each fix wraps the references of the cases that it is about; nothing is read before it is wanted.
*cases* chooses them: words separated by spaces or commas, each a case's id, a number or a range
of numbers (``"28-47"``), compared with the last number in the id; empty means every case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from medreg.errors import DeclarationError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medreg.model import Case, ImageRef
    from medreg.volume import Volume

Axis = Literal["x", "y", "z"]
Target = Literal["mask", "image"]

_RANGE = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class FlipAxis:
    """The voxels of the mask (or of every image) are stored in reverse along one axis.

    *axis* is a direction of the patient: ``x`` left-right, ``y`` posterior-anterior, ``z``
    inferior-superior. The values move; the affine, which was right, stays.
    """

    axis: Axis
    of: Target = "mask"
    cases: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        _check(self)
        if self.axis not in get_args(Axis):
            raise DeclarationError(f"FlipAxis: axis is x, y or z, not {self.axis!r}")

    def case(self, case: Case) -> Case:
        """Return *case* with its mask or images flipped when they are read."""
        return _wrapped(case, self.of, self._flip) if chosen(self.cases, case.id) else case

    def _flip(self, ref: ImageRef) -> Volume:
        import numpy as np
        from nibabel.orientations import io_orientation

        volume = ref.read()
        nearest = io_orientation(volume.affine)[:, 0].tolist()
        if "xyz".index(self.axis) not in nearest:
            raise Refused(f"no array axis points along {self.axis}: the affine is degenerate")
        array_axis = nearest.index("xyz".index(self.axis))
        return replace(volume, array=np.flip(volume.array, array_axis))


@dataclass(frozen=True, slots=True)
class CopyGeometry:
    """The mask's affine is wrong and the image's right (or, *of* image, the reverse).

    Voxel ``(i, j, k)`` of both show the same place, so one affine serves both.
    """

    of: Target = "mask"
    cases: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        _check(self)

    def case(self, case: Case) -> Case:
        """Return *case* with the right affine given to the wrong one when it is read.

        Reading raises `Refused` when the shapes differ.
        """
        if case.mask is None or not chosen(self.cases, case.id):
            return case
        right = case.images[case.grid] if self.of == "mask" else case.mask

        def read(ref: ImageRef) -> Volume:
            wrong, like = ref.read(), right.read()
            if wrong.shape != like.shape:
                raise Refused(
                    f"{case.id}: no affine can be copied from {like.shape} to {wrong.shape} voxels"
                )
            return replace(wrong, affine=like.affine)

        return _wrapped(case, self.of, read)


@dataclass(frozen=True, slots=True)
class DropCase:
    """The publisher withdrew the case, or it repeats another."""

    cases: str
    source: str = ""

    def __post_init__(self) -> None:
        _check(self)
        if not self.cases.strip():
            raise DeclarationError("DropCase: cases is empty, which would drop them all")

    def case(self, case: Case) -> Case | None:
        """Return None for a case to drop, and any other as it is."""
        return None if chosen(self.cases, case.id) else case


@dataclass(frozen=True, slots=True)
class Repaired:
    """An image or mask that *change* repairs when it is read."""

    ref: ImageRef
    change: Callable[[ImageRef], Volume]

    @property
    def members(self) -> Sequence[str]:
        """The files of what is repaired."""
        return self.ref.members

    def read(self) -> Volume:
        """Read and repair; raises `Refused` as reading what is repaired does."""
        return self.change(self.ref)


def chosen(cases: str, case_id: str) -> bool:
    """Tell whether *cases* (see this module) chooses *case_id*.

    >>> chosen("28-47", "volume-30"), chosen("28-47", "volume-3"), chosen("", "volume-3")
    (True, False, True)
    """
    words = _words(cases)
    if not words or case_id in words:
        return True
    numbers = re.findall(r"\d+", case_id)
    return bool(numbers) and any(_holds(word, int(numbers[-1])) for word in words)


def _holds(word: str, number: int) -> bool:
    if found := _RANGE.fullmatch(word):
        return int(found[1]) <= number <= int(found[2])
    return word.isdecimal() and int(word) == number


def _words(cases: str) -> list[str]:
    return cases.replace(",", " ").split()


def _wrapped(case: Case, of: Target, change: Callable[[ImageRef], Volume]) -> Case:
    if of == "image":
        images = {channel: Repaired(ref, change) for channel, ref in case.images.items()}
        return replace(case, images=images)
    return case if case.mask is None else replace(case, mask=Repaired(case.mask, change))


def _check(fix: FlipAxis | CopyGeometry | DropCase) -> None:
    name = type(fix).__name__
    if not fix.source:
        raise DeclarationError(
            f"{name}: it has no source", hint="say where the erratum was published: source=..."
        )
    if not isinstance(fix, DropCase) and fix.of not in get_args(Target):
        raise DeclarationError(f"{name}: of is mask or image, not {fix.of!r}")
    for word in _words(fix.cases):
        found = _RANGE.fullmatch(word)
        if found and int(found[1]) > int(found[2]):
            raise DeclarationError(f"{name}: {word} counts down")
