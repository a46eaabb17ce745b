"""The stored values of one slice, whatever its transfer syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.errors import Refused
from medreg.imaging.dicom import read_dataset
from medreg.imaging.guard import refusing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medreg.imaging.headers import Header
    from medreg.model import Tree

BITS_ALLOCATED = (8, 16, 32)


def stored_pixels(tree: Tree, header: Header) -> NDArray[Any]:
    """Return the stored integers of a slice, shape ``(rows, columns)``, before any rescale.

    Only the BitsStored bits up to HighBit count (PS3.5 section 8.1.1); the others may hold
    anything. Raises `Refused` naming the file when pixels are missing, cut or cannot be decoded.
    """
    from pydicom.pixels.utils import pixel_array

    path = header.path
    dataset = read_dataset(tree, path)
    if "PixelData" not in dataset:
        raise Refused(f"{path} has no pixel data: it is truncated, or holds floating point")
    with refusing(path, "DICOM pixels"):
        allocated, stored = int(dataset.BitsAllocated), int(dataset.BitsStored)
        high = int(dataset.HighBit)
        if allocated not in BITS_ALLOCATED or not 0 < stored <= high + 1 <= allocated:
            raise Refused(f"{path}: bits {allocated}/{stored}/{high} allocated/stored/high")
        compressed = dataset.file_meta.TransferSyntaxUID.is_encapsulated
        array = pixel_array(dataset, raw=True, index=0, correct_unused_bits=compressed)
        if not compressed and stored < allocated:
            array = (array << (allocated - 1 - high)) >> (allocated - stored)
    if array.shape != (header.rows, header.columns) or array.dtype.kind not in "iu":
        raise Refused(f"{path}: its pixels are {array.shape} of {array.dtype}")
    return array
