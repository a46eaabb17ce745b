"""The stored values of one slice, whatever its transfer syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.errors import Refused
from medreg.imaging.codecs import decode
from medreg.imaging.dicom import parsed, read_bytes
from medreg.imaging.guard import refusing

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

    from medreg.imaging.codecs import Decoder
    from medreg.imaging.headers import Header
    from medreg.model import Tree

BITS_ALLOCATED = (8, 16, 32)


def stored_pixels(tree: Tree, header: Header, decoder: Decoder) -> NDArray[Any]:
    """Return the stored integers of a slice, shape ``(rows, columns)``, before any rescale.

    Only the BitsStored bits up to HighBit count (PS3.5 section 8.1.1); the others may hold
    anything. Raises `Refused` naming the file when pixels are missing, cut or cannot be decoded.
    """
    path = header.path
    data = read_bytes(tree, path)
    dataset = parsed(data, path)
    if "PixelData" not in dataset:
        raise Refused(f"{path} has no pixel data: it is truncated, or holds floating point")
    with refusing(path, "DICOM pixels"):
        bits = int(dataset.BitsAllocated), int(dataset.BitsStored), int(dataset.HighBit)
        if bits[0] not in BITS_ALLOCATED or not 0 < bits[1] <= bits[2] + 1 <= bits[0]:
            raise Refused(f"{path}: bits {bits[0]}/{bits[1]}/{bits[2]} allocated/stored/high")
        if _is_risky(dataset):
            array = decoder.decode(data, path)
        elif dataset.file_meta.TransferSyntaxUID.is_encapsulated:
            array = decode(dataset)
        else:
            array = _used(decode(dataset), *bits)
    if array.shape != (header.rows, header.columns) or array.dtype.kind not in "iu":
        raise Refused(f"{path}: its pixels are {array.shape} of {array.dtype}")
    return array


def _is_risky(dataset: Dataset) -> bool:
    """Tell whether a library in C++ would decode it; RLE and plain pixels are Python's own."""
    from pydicom.uid import RLELossless

    syntax = dataset.file_meta.TransferSyntaxUID
    return bool(syntax.is_encapsulated and syntax != RLELossless)


def _used(array: NDArray[Any], allocated: int, stored: int, high: int) -> NDArray[Any]:
    """Return the *stored* bits up to *high*; shifting right repeats the sign of signed values."""
    if stored == allocated:
        return array
    used: NDArray[Any] = (array << (allocated - 1 - high)) >> (allocated - stored)
    return used
