"""Published errata as values: a plugin names a fix and its source, and writes no array code.

Each fix wraps the references of the cases that it is about; nothing is read before it is wanted.
*cases* chooses them: words separated by spaces or commas, each a case's id, a number or a range
of numbers (``"28-47"``), compared with the last number in the id; empty means every case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from medreg.errors import DeclarationError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

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

        volume = ref.read()
        array_axis, _ = _array_axis(volume, self.axis)
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
class Instances:
    """The mask numbers each instance from 1; all are one structure, *value* in ``labels``.

    Numbers in *ignored* (nobody judged these voxels) stay as they are.
    """

    value: int = 1
    ignored: tuple[int, ...] = ()
    cases: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        _check(self)

    def case(self, case: Case) -> Case:
        """Return *case* with a semantic mask when it is read."""
        return _wrapped(case, "mask", self._merge) if chosen(self.cases, case.id) else case

    def _merge(self, ref: ImageRef) -> Volume:
        import numpy as np

        volume = ref.read()
        kept = np.isin(volume.array, (0, *self.ignored))
        return _labels(volume, np.where(kept, volume.array, self.value))


@dataclass(frozen=True, slots=True)
class Threshold:
    """The mask is a map of probabilities: voxels of *at* least so much are *value*."""

    at: float = 0.5
    value: int = 1
    cases: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        _check(self)

    def case(self, case: Case) -> Case:
        """Return *case* with a mask of labels when it is read."""
        return _wrapped(case, "mask", self._cut) if chosen(self.cases, case.id) else case

    def _cut(self, ref: ImageRef) -> Volume:
        import numpy as np

        volume = ref.read()
        return _labels(volume, np.where(volume.array.astype(np.float64) >= self.at, self.value, 0))


@dataclass(frozen=True, slots=True)
class JudgedSlices:
    """Only every *every*-th slice was judged, from *first*; all others become *ignored*.

    Slices are counted along *axis* (see `FlipAxis`) from the patient's left, back or feet, and
    ``labels`` says ``{255: IGNORED}``. Without *every*, the judged slices are those that hold a
    label.
    """

    every: int = 0
    first: int = 0
    axis: Axis = "z"
    ignored: int = 255
    cases: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        _check(self)
        if self.axis not in get_args(Axis):
            raise DeclarationError(f"JudgedSlices: axis is x, y or z, not {self.axis!r}")

    def case(self, case: Case) -> Case:
        """Return *case* with all but the judged slices ignored when its mask is read."""
        return _wrapped(case, "mask", self._sparse) if chosen(self.cases, case.id) else case

    def _sparse(self, ref: ImageRef) -> Volume:
        import numpy as np

        volume = ref.read()
        array_axis, toward = _array_axis(volume, self.axis)
        moved = np.moveaxis(_labels(volume, volume.array).array.copy(), array_axis, 0)
        slices = moved[::toward]  # a view: from left, back or feet
        if self.every:
            judged = np.arange(len(slices)) % self.every == self.first % self.every
        else:
            judged = slices.reshape(len(slices), -1).any(axis=1)
        slices[~judged] = self.ignored
        return replace(volume, array=np.moveaxis(moved, 0, array_axis), unit="label")


def _labels(volume: Volume, values: NDArray[Any]) -> Volume:
    """Return *volume* with label *values* as unsigned integers."""
    import numpy as np

    largest = int(values.max(initial=0))
    kind = np.uint8 if largest <= np.iinfo(np.uint8).max else np.uint16
    return replace(volume, array=values.astype(kind), unit="label")


def _array_axis(volume: Volume, axis: Axis) -> tuple[int, int]:
    """Return the array axis along the patient's *axis*, and 1 or -1: whether it grows alike."""
    from nibabel.orientations import io_orientation

    found = io_orientation(volume.affine)
    nearest = found[:, 0].tolist()
    if "xyz".index(axis) not in nearest:
        raise Refused(f"no array axis points along {axis}: the affine is degenerate")
    place = nearest.index("xyz".index(axis))
    return place, int(found[place, 1])


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


def _check(
    fix: FlipAxis | CopyGeometry | DropCase | Instances | Threshold | JudgedSlices,
) -> None:
    name = type(fix).__name__
    if not fix.source:
        raise DeclarationError(
            f"{name}: it has no source", hint="say where the erratum was published: source=..."
        )
    if isinstance(fix, FlipAxis | CopyGeometry) and fix.of not in get_args(Target):
        raise DeclarationError(f"{name}: of is mask or image, not {fix.of!r}")
    for word in _words(fix.cases):
        found = _RANGE.fullmatch(word)
        if found and int(found[1]) > int(found[2]):
            raise DeclarationError(f"{name}: {word} counts down")
