"""The pixels of a few slices of a series: enough to tell air from offset, and that they decode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.errors import Refused
from medreg.imaging.codecs import Decoder, decode
from medreg.imaging.dicom import parsed, read_bytes
from medreg.imaging.guard import MAX_PIXELS, refusing
from medreg.readiness.facts import Aside
from medreg.readiness.values import Histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pydicom import Dataset

    from medreg.model import Tree
    from medreg.readiness.facts import SliceFacts, Values
    from medreg.readiness.profile import Profile


def sampled(
    tree: Tree, slices: Sequence[SliceFacts], profile: Profile
) -> tuple[Values | None, tuple[Aside, ...]]:
    """Read up to ``profile.sampled`` of *slices*, evenly spread over them.

    Return their values' statistics, and the slices whose pixels could not be read. Frames of a
    multi-frame file count by their first one.
    """
    files = [one for one in slices if one.frame == 0 and not one.damage]
    count = min(profile.sampled, len(files))
    histogram = Histogram()
    unread = []
    with Decoder() as decoder:
        for index in range(count):
            one = files[index * len(files) // count]
            try:
                stored = _stored(tree, one, decoder)
            except Refused as refusal:
                unread.append(Aside(one.path, refusal.message, grave=True))
                continue
            if one.slope is not None and one.intercept is not None and stored.ndim == 2:  # noqa: PLR2004 - gray
                histogram.add(stored, one.slope, one.intercept, one.padding)
    return histogram.values(), tuple(unread)


def _stored(tree: Tree, one: SliceFacts, decoder: Decoder) -> NDArray[Any]:
    """Return the stored values of the first frame of a file; raises `Refused`."""
    if not 0 < one.rows * one.columns <= MAX_PIXELS:
        raise Refused(f"{one.path} declares {one.rows} x {one.columns} pixels")
    data = read_bytes(tree, one.path)
    dataset = parsed(data, one.path)
    with refusing(one.path, "DICOM pixels"):
        if _compressed(dataset):
            return decoder.decode(data, one.path)
        allocated, stored, high = one.bits
        array = decode(dataset)
        if array.ndim != 2 or not 0 < stored <= high + 1 <= allocated or stored == allocated:  # noqa: PLR2004 - gray
            return array
        used: NDArray[Any] = (array << (allocated - 1 - high)) >> (allocated - stored)
        return used


def _compressed(dataset: Dataset) -> bool:
    return bool(dataset.file_meta.TransferSyntaxUID.is_encapsulated)
