"""A case that was found and not yet read, and what finds and repairs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from medreg.model.pictures import Picture
    from medreg.model.raw import Tree
    from medreg.volume import Volume


class ImageRef(Protocol):
    """An image or mask that can be read when it is wanted."""

    @property
    def members(self) -> Sequence[str]:
        """The paths in the raw `Tree` that it is made of, in natural order."""

    def read(self) -> Volume:
        """Read the voxels; raises `Refused` when they would not be a right volume."""


@runtime_checkable
class NamedRef(ImageRef, Protocol):
    """A mask whose file knows structures by name, such as a DICOM SEG: see `Dataset.raw_values`."""

    def valued(self, values: Mapping[str, int]) -> ImageRef:
        """Return the same mask with *values* for the structures that it names."""


@runtime_checkable
class PackedRef(ImageRef, Protocol):
    """An image that stays in its file: a picture, a clip, a slide, a row of an array.

    Its `read` gives one plane without geometry: gray, 1 for each distance between pixels.
    """

    @property
    def member(self) -> str:
        """Which part of the file it is, such as ``train_images[12]``; empty: all of it."""

    def picture(self) -> Picture:
        """Decode it; raises `Refused` for a damaged file, `CannotHere` for a missing extra."""


@dataclass(frozen=True, slots=True)
class OneLabelRef:
    """A mask whose values count instances: whatever they are, here they are 1."""

    instances: ImageRef

    @property
    def members(self) -> Sequence[str]:
        """The files of the mask."""
        return self.instances.members

    def read(self) -> Volume:
        """Read the mask; what are no whole numbers from 0 up stays for others to refuse."""
        from dataclasses import replace

        import numpy as np

        volume = self.instances.read()
        array: NDArray[Any] = volume.array
        if array.size == 0 or array.min() < 0 or np.any(array != np.floor(array)):
            return volume
        return replace(volume, array=(array > 0).astype(np.uint8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One subject's images and mask at one time, not yet read.

    *images* maps channel names to references, in the order of nnU-Net's ``_0000``, ``_0001``.
    The mask lies on the grid of the channel *mask_on* (the first one when empty).
    *patient* is None when unknown. *labels* narrows what was annotated in this very case;
    None means all that the dataset lists (none at all where there is no mask). *classes* is
    what the publisher says that it shows as a whole; None when nothing was said.
    """

    id: str
    images: Mapping[str, ImageRef]
    mask: ImageRef | None = None
    mask_on: str = ""
    patient: str | None = None
    labels: frozenset[str] | None = None
    classes: tuple[str, ...] | None = None

    @property
    def grid(self) -> str:
        """The channel whose grid the mask shares."""
        return self.mask_on or next(iter(self.images))


class Layout(Protocol):
    """How files are arranged, and so what a case is."""

    def cases(self, tree: Tree) -> Iterator[Case]:
        """Yield every case in natural order, from names alone; reads no voxels."""


class Fix(Protocol):
    """A published erratum as a value: see `medreg.fixes`."""

    @property
    def source(self) -> str:
        """Where the erratum was published."""

    def case(self, case: Case) -> Case | None:
        """Return the repaired case, or None to drop it."""
