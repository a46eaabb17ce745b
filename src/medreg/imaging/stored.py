"""Where the pixels of a single-frame file lie, and in which form, as its header says."""

from __future__ import annotations

from dataclasses import dataclass

from medreg.imaging import fields
from medreg.imaging.attributes import SYNTAX
from medreg.imaging.scan import ENCODED, EXPLICIT, IMPLICIT, Scanned

PLAIN_BITS = (8, 16, 32)


@dataclass(frozen=True, slots=True)
class Plain:
    """Where uncompressed little-endian pixels lie in their file, and which of their bits count."""

    offset: int
    allocated: int
    stored: int
    high: int
    signed: bool

    @property
    def kind(self) -> str:
        """The type of the stored values, as NumPy writes it."""
        return f"<{'i' if self.signed else 'u'}{self.allocated // 8}"

    @property
    def bits(self) -> tuple[int, int, int]:
        """How many are allocated, how many count, and which of these is the highest."""
        return self.allocated, self.stored, self.high


@dataclass(frozen=True, slots=True)
class Encoded:
    """Where a compressed stream begins in its file, and what it is said to hold."""

    offset: int
    syntax: str
    rows: int
    columns: int
    allocated: int
    stored: int
    signed: bool


def plain(found: Scanned) -> Plain | None:
    """Return where the pixels lie, if no codec and no byte swap is needed to read them."""
    said = found.attributes
    allocated, stored, high, sign = (
        said.get(name, -1)
        for name in ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")
    )
    size = said.get("Rows", 0) * said.get("Columns", 0) * allocated // 8
    if (
        fields.text(said, SYNTAX) not in (IMPLICIT, EXPLICIT)
        or allocated not in PLAIN_BITS
        or not 0 < stored <= high + 1 <= allocated
        or sign not in (0, 1)
        or not found.offset
        or found.length not in (size, size + size % 2)
    ):
        return None
    return Plain(found.offset, allocated, stored, high, signed=sign == 1)


def encoded(found: Scanned) -> Encoded | None:
    """Return where the compressed pixels lie, if there are any."""
    said = found.attributes
    if found.length != ENCODED:
        return None
    return Encoded(
        found.offset,
        fields.text(said, SYNTAX),
        said.get("Rows", 0),
        said.get("Columns", 0),
        said.get("BitsAllocated", 0),
        said.get("BitsStored", 0) if said.get("HighBit", 0) + 1 == said.get("BitsStored") else 0,
        signed=said.get("PixelRepresentation") == 1,
    )
