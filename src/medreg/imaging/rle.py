"""RLE Lossless pixels of one frame (PS3.5 annex G), inflated by Pillow's PackBits."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.imaging.fragments import lone
from medreg.imaging.scaling import used

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medreg.imaging.stored import Encoded

SYNTAX = "1.2.840.10008.1.2.5"
OFFSETS = struct.Struct("<16L")  # how many segments there are, and where each begins


def decode(file: bytes, said: Encoded) -> NDArray[Any] | None:
    """Return the stored values of the DICOM *file*, with the bits that are not used as 0 or sign.

    None, for pydicom to look, where its stream is not of the usual form or is damaged.
    """
    from PIL import Image

    ends = lone(file, said.offset)
    frame = file[ends[0] : ends[1]] if ends else b""
    width = said.allocated // 8
    if len(frame) < OFFSETS.size or width not in (1, 2, 4) or not said.stored:
        return None
    count, *starts = OFFSETS.unpack_from(frame)
    if count != width or starts[0] != OFFSETS.size or starts[:width] != sorted(starts[:width]):
        return None
    stops = [*starts[1:width], len(frame)]
    pixels = said.rows * said.columns  # one line of them: runs may go on from row to row
    array = np.empty((said.rows, said.columns), f"<{'i' if said.signed else 'u'}{width}")
    planes = array.view(np.uint8).reshape(said.rows, said.columns, width)
    for number, (start, end) in enumerate(zip(starts, stops, strict=False)):
        try:
            line = Image.frombytes("L", (pixels, 1), frame[start:end], "packbits", "L")
        except ValueError:
            return None
        # the most significant byte comes first
        planes[..., width - 1 - number] = np.asarray(line).reshape(said.rows, said.columns)
    return used(array, said.allocated, said.stored, said.stored - 1)
