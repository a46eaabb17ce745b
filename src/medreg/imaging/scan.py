"""Plain DICOM headers, read without a library.

Nearly every slice that is published has the same plain form: little-endian, a preamble, tags in
ascending order. Its few attributes of interest are found here some ten times faster than by a
general parser, and without importing one. Whatever is not of that form is answered with None and
left to pydicom; where there is an answer it is pydicom's (a property test says so).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from medreg.imaging.attributes import MEDIA_CLASS, PADDING, SYNTAX, WANTED

if TYPE_CHECKING:
    from medreg.imaging.attributes import Attributes, Kind

START = 132  # the preamble and "DICM" (PS3.10 section 7.1)
META_LENGTH = b"\x02\x00\x00\x00UL\x04\x00"  # head of the first element
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
ENCAPSULATED = ("1.2.840.10008.1.2.4.", "1.2.840.10008.1.2.5")  # explicit little-endian, too
SHORT_VR = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())
LONG_VR = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())  # PS3.5 section 7.1.2
TEXT_VR = frozenset((b"CS", b"UI", b"LO", b"DA", b"TM", b"DT", b""))  # none where it is implicit
NUMBER_VR = frozenset((b"DS", b"IS", b""))
PIXELS = 0x7FE00010
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
UNDEFINED = 0xFFFFFFFF
ENCODED = -1  # as a length: the pixel data are fragments of a compressed stream
DEEPEST = 16  # sequences within sequences
FEW, HEAD = 1 << 13, 1 << 16  # bytes in which most headers end, and nearly all
EXPLICIT_HEAD = struct.Struct("<HH2sH")
LONG = struct.Struct("<L")
IMPLICIT_HEAD = struct.Struct("<HHL")


@dataclass(frozen=True, slots=True)
class Scanned:
    """A header's attributes, and where its pixel data lie in the file."""

    attributes: Attributes
    offset: int  # of the first byte of PixelData's value; 0 where there is none
    length: int  # of that value, or `ENCODED`


class _NotPlainError(Exception):
    """The header has a form that is left to pydicom."""


def scan(data: bytes) -> Scanned | None:
    """Return what the header at the start of the file *data* says, or None.

    None means that pydicom must look: *data* ends within the header, or it is not plain.
    """
    try:
        found, at = _meta(data)
        syntax = found[SYNTAX][0]
        if syntax == IMPLICIT:
            return _elements(data, at, found, explicit=False)
        if syntax == EXPLICIT or syntax.startswith(ENCAPSULATED):
            return _elements(data, at, found, explicit=True)
    except (struct.error, _NotPlainError, KeyError, ValueError):
        return None
    return None


def scan_head(head: bytes, size: int) -> Scanned | None:
    """Return what a header says that ends within *head*, the first *size* bytes of a file."""
    found = scan(head)
    if found is not None and (found.offset or len(head) < size):
        return found  # it ends in pixels or with the file: nothing comes after
    return None


def _meta(data: bytes) -> tuple[dict[str, Any], int]:
    """Return the transfer syntax and class of the meta information, and where it ends."""
    if data[START - 4 : START] != b"DICM" or data[START : START + 8] != META_LENGTH:
        raise _NotPlainError
    end = START + 12 + LONG.unpack_from(data, START + 8)[0]
    if end > len(data):
        raise _NotPlainError
    found: dict[str, Any] = {}
    at, last = START + 12, 0
    while at < end:
        group, element, vr, length = EXPLICIT_HEAD.unpack_from(data, at)
        at += 8
        if group != 2 or element <= last or (vr not in SHORT_VR and vr not in LONG_VR):  # noqa: PLR2004 - PS3.10 7.1
            raise _NotPlainError
        last = element
        if vr in LONG_VR:
            (length,) = LONG.unpack_from(data, at)
            at += 4
        if element in (2, 16):
            name = MEDIA_CLASS if element == 2 else SYNTAX  # noqa: PLR2004 - (0002,0002)
            found[name] = _text(data[at : at + length])
        at += length
    if at != end:
        raise _NotPlainError
    return {name: value for name, value in found.items() if value}, end


def _elements(  # noqa: C901, PLR0912 - the loop that every element passes: calls would halve its speed
    data: bytes, at: int, found: dict[str, Any], *, explicit: bool
) -> Scanned:
    last, size = 0, len(data)
    head, long = (EXPLICIT_HEAD if explicit else IMPLICIT_HEAD).unpack_from, LONG.unpack_from
    while at < size:
        if explicit:
            group, element, vr, length = head(data, at)
            at += 8
            if vr not in SHORT_VR:
                if vr not in LONG_VR:
                    raise _NotPlainError
                (length,) = long(data, at)
                at += 4
        else:
            group, element, length = head(data, at)
            vr = b""
            at += 8
        tag = group << 16 | element
        if tag <= last or group < 4:  # noqa: PLR2004 - no group of a data set comes before
            raise _NotPlainError
        last = tag
        if tag >= PIXELS:
            return _ended(found, tag, at, length, vr)
        if tag in WANTED:
            name, kind = WANTED[tag]
            value = True if kind == "there" else _value(data[at : at + length], length, vr, kind)
            if value is not None:
                found[name] = value
        if length == UNDEFINED:
            if explicit and vr != b"SQ":
                raise _NotPlainError
            at = _past_items(data, at, explicit, 0)
        else:
            at += length
            if at > size:
                raise _NotPlainError
    return Scanned(found, 0, 0)


def _ended(found: dict[str, Any], tag: int, at: int, length: int, vr: bytes) -> Scanned:
    if tag != PIXELS or vr not in (b"", b"OW", b"OB"):
        raise _NotPlainError
    return Scanned(found, at, ENCODED if length == UNDEFINED else length)


@lru_cache(maxsize=1024)  # the slices of a series say nearly the same
def _value(value: bytes, length: int, vr: bytes, kind: Kind) -> Any:
    if len(value) != length:
        raise _NotPlainError
    if not value:
        return None
    if kind in ("number", "whole") and vr in NUMBER_VR:
        return _numbers(value, kind)
    if kind == "text" and vr in TEXT_VR:
        return _text(value)
    if kind == "short" and vr in (b"US", b"") and length == 2:  # noqa: PLR2004 - bytes of a short
        return value[0] | value[1] << 8
    if kind == "double" and vr in (b"FD", b""):
        return struct.unpack(f"<{length // 8}d", value)
    if kind == "float" and vr in (b"FL", b"UN", b"") and length == 4:  # noqa: PLR2004 - one float
        return struct.unpack("<f", value)
    raise _NotPlainError


def _numbers(value: bytes, kind: Kind) -> tuple[float, ...] | None:
    text = value.decode("ascii").strip(PADDING)
    if not text:
        return None
    if "_" in text or "n" in text.lower():  # Python's float would take 1_000, nan and inf
        raise _NotPlainError
    numbers = tuple([float(number) for number in text.split("\\")])
    if kind == "whole" and not all(number.is_integer() for number in numbers):
        raise _NotPlainError
    return numbers


@lru_cache(maxsize=64)
def _text(value: bytes) -> tuple[str, ...] | None:
    if not value.isascii():
        raise _NotPlainError
    words = tuple([word.strip(PADDING) for word in value.decode("ascii").split("\\")])
    return words if any(words) else None


def _past_items(data: bytes, at: int, explicit: bool, depth: int) -> int:  # noqa: FBT001 - recursion
    """Return where the sequence of undefined length, whose items begin at *at*, ends."""
    if depth > DEEPEST:
        raise _NotPlainError
    while True:
        group, element, length = IMPLICIT_HEAD.unpack_from(data, at)
        at += 8
        tag = group << 16 | element
        if tag == SEQUENCE_END:
            return at
        if tag != ITEM:
            raise _NotPlainError
        at = _past_item(data, at, explicit, depth) if length == UNDEFINED else at + length


def _past_item(data: bytes, at: int, explicit: bool, depth: int) -> int:  # noqa: FBT001 - recursion
    while True:
        group, element, length = IMPLICIT_HEAD.unpack_from(data, at)
        if group << 16 | element == ITEM_END:
            return at + 8
        vr = b""
        if explicit:
            _, _, vr, length = EXPLICIT_HEAD.unpack_from(data, at)
            if vr in LONG_VR:
                (length,) = LONG.unpack_from(data, at + 8)
                at += 4
            elif vr not in SHORT_VR:
                raise _NotPlainError
        at += 8
        if length != UNDEFINED:
            at += length
        elif vr in (b"", b"SQ"):
            at = _past_items(data, at, explicit, depth + 1)
        else:
            raise _NotPlainError
