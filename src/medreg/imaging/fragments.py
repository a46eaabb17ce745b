"""The compressed stream of a file that holds one frame (PS3.5 annex A.4); needs no library."""

from __future__ import annotations

import struct

ITEM = struct.Struct("<HHL")
FRAGMENT, END = (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)


def lone(file: bytes, offset: int) -> tuple[int, int] | None:
    """Return where the one fragment of the pixel data at *offset* begins and ends.

    None where there is none, or several, or the sequence is not closed.
    """
    try:
        *tag, length = ITEM.unpack_from(file, offset)  # the table of offsets, mostly empty
        if tuple(tag) != FRAGMENT or length not in (0, 4):
            return None
        at = offset + ITEM.size + length
        *tag, length = ITEM.unpack_from(file, at)
        *last, _ = ITEM.unpack_from(file, at + ITEM.size + length)
    except struct.error:
        return None
    if tuple(tag) != FRAGMENT or tuple(last) != END:
        return None
    return at + ITEM.size, at + ITEM.size + length
