"""The stored values of one slice, whatever its transfer syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging import rle
from medreg.imaging.codecs import decode
from medreg.imaging.dicom import parsed, read_bytes
from medreg.imaging.guard import refusing
from medreg.imaging.local import fill
from medreg.imaging.scaling import used

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

    from medreg.imaging.codecs import Decoder
    from medreg.imaging.headers import Header
    from medreg.imaging.stored import Plain
    from medreg.model import Tree

BITS_ALLOCATED = (8, 16, 32)


class Pixels:
    """Reads the pixels of slices; keeps the multi-frame file that was read last.

    Compressed ones are decoded by *decoder*, which belongs to the caller.
    """

    def __init__(self, tree: Tree, decoder: Decoder) -> None:
        self._tree, self._decoder = tree, decoder
        self._kept: tuple[str, bytes, Dataset] | None = None

    def __call__(self, header: Header) -> NDArray[Any]:
        """Return the stored integers of a slice, shape ``(rows, columns)``, before any rescale.

        Only the BitsStored bits up to HighBit count (PS3.5 section 8.1.1); the others may hold
        anything. Raises `Refused` naming the file when pixels are missing, cut or undecodable.
        """
        if header.plain:
            plane = np.empty((header.rows, header.columns), header.plain.kind)
            self.fill(header, header.plain, plane)
            return used(plane, *header.plain.bits)
        if header.encoded:
            data = read_bytes(self._tree, header.path)
            said = header.encoded
            array = rle.decode(data, said) if said.syntax == rle.SYNTAX else None
            if array is None:
                array = self._decoder.decode(data, header.path, said=said)
            return _checked(array, header)
        data, dataset = self._file(header)
        if "PixelData" not in dataset:
            raise Refused(
                f"{header.path} has no pixel data: it is truncated, or holds floating point"
            )
        with refusing(header.path, "DICOM pixels"):
            bits = int(dataset.BitsAllocated), int(dataset.BitsStored), int(dataset.HighBit)
            if bits[0] not in BITS_ALLOCATED or not 0 < bits[1] <= bits[2] + 1 <= bits[0]:
                raise Refused(
                    f"{header.path}: bits {bits[0]}/{bits[1]}/{bits[2]} allocated/stored/high"
                )
            if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
                array = self._decoder.decode(data, header.path, header.frame or 0)
            else:
                array = used(decode(dataset, header.frame or 0), *bits)
        return _checked(array, header)

    def fill(self, header: Header, plain: Plain, plane: NDArray[Any]) -> None:
        """Read uncompressed values into *plane* as they lie in the file, unused bits included."""
        size = plane.nbytes
        had = fill(self._tree, header.path, plain.offset, plane.data.cast("B"))
        if had < size:
            raise Refused(f"{header.path} is truncated: {size - had:,} bytes of pixels missing")

    def _file(self, header: Header) -> tuple[bytes, Dataset]:
        if self._kept and self._kept[0] == header.path:
            return self._kept[1:]
        data = read_bytes(self._tree, header.path)
        dataset = parsed(data, header.path)
        if header.frame is not None:
            self._kept = header.path, data, dataset
        return data, dataset


def _checked(array: NDArray[Any], header: Header) -> NDArray[Any]:
    if array.shape != (header.rows, header.columns) or array.dtype.kind not in "iu":
        raise Refused(f"{header.path}: its pixels are {array.shape} of {array.dtype}")
    return array
