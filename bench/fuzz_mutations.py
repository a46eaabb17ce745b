"""Ways to damage a file: blind ones, and ones that know the form of what they damage."""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Change = Callable[[bytearray, np.random.Generator], None]

SIZES = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
NUMBERS = (
    "0",
    "900000",
    "-1",
    "1e400",
    "nan",
    "inf",
    "",
    "99999999999",
    "1e-300",
    "4294967296",
    "x",
    "0.1",
)
VALUES = (*NUMBERS, "1\\2", "\\" * 40, "9" * 70, "é\0", "../../x", "-0", " ")
FLOATS = (0.0, -0.0, np.nan, np.inf, -np.inf, 1e38, -1e-38, -1.0, 1e9, 352.5)
SHORT = "AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US"
LONG = "OB OD OF OL OV OW SQ SV UC UN UR UT UV"
VRS = tuple(vr.encode() for vr in (SHORT + " " + LONG).split())
ELEMENT = re.compile(b"(?s).{4}(?:(" + b"|".join(VRS[:21]) + b")|(" + b"|".join(VRS[21:]) + b"))")
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
TEXT_HEAD = 4096  # bytes in which a header of MetaImage or NRRD ends
NIFTI = 348


def mutated(data: bytes, other: bytes, rng: np.random.Generator) -> tuple[bytes, list[str]]:
    """Return *data* after one to three changes, and their names; *other* is spliced in."""
    packed = data[:2] == b"\x1f\x8b" and rng.random() < 0.7  # noqa: PLR2004 - of ten
    changed = bytearray(gzip.decompress(data) if packed else data)
    done = []
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        changes = [*BLIND, *_knowing(changed) * 3]
        change = changes[rng.integers(len(changes))]
        if change is spliced:
            start, end = sorted(rng.integers(len(other) + 1, size=2).tolist())
            changed[_at(changed, rng) :] = other[start:end]
        elif changed:
            change(changed, rng)
        done.append(change.__name__)
    if packed:
        return gzip.compress(bytes(changed), 1, mtime=0), ["within gzip", *done]
    return bytes(changed), done


def _knowing(data: bytearray) -> tuple[Change, ...]:
    """Return the changes that know the form of *data*."""
    head = bytes(data[:132])
    if head[128:] == b"DICM":
        return (swapped_tags, removed_tag, doubled_tag, huge_length, other_vr, other_value)
    if head[:4] in (b"\x5c\x01\0\0", b"\x1c\x02\0\0"):
        return (nifti_field, nifti_field)
    if head.startswith(b"\x89PNG"):
        return (png_size,)
    if head.startswith((b"ObjectType", b"NRRD", b"<?xml")):
        return (other_number, other_number, swapped_lines, removed_line, doubled_line)
    return ()


def _at(data: bytearray, rng: np.random.Generator) -> int:
    """Return a place in *data*; headers come first and matter most."""
    most = len(data) if rng.random() < 0.5 else min(len(data), 1024)  # noqa: PLR2004 - of two
    return int(rng.integers(most + 1))


def _range(data: bytearray, rng: np.random.Generator) -> slice:
    start = _at(data, rng)
    return slice(start, start + int(rng.integers(1, 2 ** int(rng.integers(1, 10)))))


# --- blind -------------------------------------------------------------------------------------


def flipped_bits(data: bytearray, rng: np.random.Generator) -> None:
    for _ in range(rng.integers(1, 17)):
        data[min(_at(data, rng), len(data) - 1)] ^= 1 << int(rng.integers(8))


def truncated(data: bytearray, rng: np.random.Generator) -> None:
    del data[_at(data, rng) :]


def removed_bytes(data: bytearray, rng: np.random.Generator) -> None:
    del data[_range(data, rng)]


def doubled_bytes(data: bytearray, rng: np.random.Generator) -> None:
    which = _range(data, rng)
    data[which.stop : which.stop] = data[which]


def swapped_bytes(data: bytearray, rng: np.random.Generator) -> None:
    which = _range(data, rng)
    data[which] = data[which][::-1]


def filled_bytes(data: bytearray, rng: np.random.Generator) -> None:
    which = _range(data, rng)
    data[which] = bytes([rng.choice((0, 0xFF, 0x20, 0x41))]) * len(data[which])


def huge_number(data: bytearray, rng: np.random.Generator) -> None:
    at, width = _at(data, rng), int(rng.choice((2, 4, 8)))
    value = SIZES[rng.integers(len(SIZES))] % 256**width
    data[at : at + width] = value.to_bytes(width, "little" if rng.random() < 0.8 else "big")  # noqa: PLR2004


def appended(data: bytearray, rng: np.random.Generator) -> None:
    data += rng.bytes(int(rng.integers(1, 5000)))


def spliced(_: bytearray, __: np.random.Generator) -> None:
    """Stand for what `mutated` does itself."""


BLIND: tuple[Change, ...] = (
    *(flipped_bits, truncated, removed_bytes, doubled_bytes, swapped_bytes),
    *(filled_bytes, huge_number, appended, spliced),
)

# --- DICOM, explicit little-endian -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Element:
    start: int
    value: int
    end: int
    is_long: bool

    @property
    def whole(self) -> slice:
        return slice(self.start, self.end)


def _elements(data: bytearray) -> list[_Element]:
    """Return what looks like elements, at any depth."""
    found = []
    for match in ELEMENT.finditer(data, 132, min(len(data), 1 << 16)):
        is_long = match[2] is not None
        value = match.end() + (6 if is_long else 2)
        if value <= len(data):
            form = "<L" if is_long else "<H"
            (length,) = struct.unpack_from(form, data, value - struct.calcsize(form))
            found.append(_Element(match.start(), value, min(value + length, len(data)), is_long))
    return found


def _some(data: bytearray, rng: np.random.Generator, count: int = 1) -> list[_Element]:
    found = _elements(data)
    chosen = rng.choice(len(found), min(count, len(found)), replace=False) if found else ()
    return [found[at] for at in sorted(chosen)]


def swapped_tags(data: bytearray, rng: np.random.Generator) -> None:
    """Swap two whole elements, or only their tags."""
    pair = _some(data, rng, 2)
    if len(pair) > 1:
        one, other = pair
        if rng.random() < 0.5 and one.end <= other.start:  # noqa: PLR2004 - of two
            first, second = data[one.whole], data[other.whole]
            data[other.whole], data[one.whole] = first, second
        else:
            a, b = slice(one.start, one.start + 4), slice(other.start, other.start + 4)
            data[a], data[b] = data[b], data[a]


def removed_tag(data: bytearray, rng: np.random.Generator) -> None:
    for one in _some(data, rng):
        del data[one.whole]


def doubled_tag(data: bytearray, rng: np.random.Generator) -> None:
    for one in _some(data, rng):
        data[one.end : one.end] = data[one.whole]


def huge_length(data: bytearray, rng: np.random.Generator) -> None:
    for one in _some(data, rng):
        width = 4 if one.is_long else 2
        value = SIZES[rng.integers(len(SIZES))] % 256**width
        data[one.value - width : one.value] = value.to_bytes(width, "little")


def other_vr(data: bytearray, rng: np.random.Generator) -> None:
    for one in _some(data, rng):
        data[one.start + 4 : one.start + 6] = VRS[rng.integers(len(VRS))]


def other_value(data: bytearray, rng: np.random.Generator) -> None:
    """Give an element another value: a hostile text, or numbers of the same width."""
    for one in _some(data, rng):
        width = 4 if one.is_long else 2
        said = VALUES[rng.integers(len(VALUES))].encode()
        if bytes(data[one.start + 4 : one.start + 6]) in (b"US", b"SS", b"UL", b"OW", b"OB", b"FD"):
            size = min(one.end - one.value, 8)
            said = (SIZES[rng.integers(len(SIZES))] % 256**size).to_bytes(size, "little")
        said += b" " * (len(said) % 2)
        data[one.value : one.end] = said
        data[one.value - width : one.value] = len(said).to_bytes(width, "little")


# --- other forms -------------------------------------------------------------------------------


def nifti_field(data: bytearray, rng: np.random.Generator) -> None:
    """Put a hostile number into one field of a NIfTI-1 header."""
    from nibabel.nifti1 import Nifti1Header

    if len(data) >= NIFTI:
        header = np.frombuffer(data, Nifti1Header.template_dtype, 1).copy()
        names = [name for name in header.dtype.names or () if header[name].dtype.kind in "iuf"]
        name = names[rng.integers(len(names))]
        field = header[name].reshape(-1)
        at = rng.integers(field.size)
        if field.dtype.kind == "f":
            field[at] = FLOATS[rng.integers(len(FLOATS))]
        else:
            bits = SIZES[rng.integers(len(SIZES))] % 256**field.itemsize
            field[at] = np.array(bits, f"u{field.itemsize}").astype(field.dtype)
        data[:NIFTI] = header.tobytes()


def png_size(data: bytearray, rng: np.random.Generator) -> None:
    """Change the head of a PNG, with a check sum that fits."""
    at = 16 + int(rng.choice((0, 4)))
    data[at : at + 4] = SIZES[rng.integers(len(SIZES))].to_bytes(4, "big")
    if rng.random() < 0.5:  # noqa: PLR2004 - of two
        data[24:29] = bytes(rng.integers(0, 17, 5).tolist())
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")


def other_number(data: bytearray, rng: np.random.Generator) -> None:
    found = list(NUMBER.finditer(data, 0, TEXT_HEAD))
    if found:
        match = found[rng.integers(len(found))]
        data[match.start() : match.end()] = NUMBERS[rng.integers(len(NUMBERS))].encode()


def _lines(data: bytearray, rng: np.random.Generator) -> tuple[list[bytearray], int, int]:
    lines = data.split(b"\n", 20)
    one, other = rng.integers(max(1, len(lines) - 1), size=2).tolist()
    return lines, one, other


def swapped_lines(data: bytearray, rng: np.random.Generator) -> None:
    lines, one, other = _lines(data, rng)
    lines[one], lines[other] = lines[other], lines[one]
    data[:] = b"\n".join(lines)


def removed_line(data: bytearray, rng: np.random.Generator) -> None:
    lines, one, _ = _lines(data, rng)
    data[:] = b"\n".join(lines[:one] + lines[one + 1 :])


def doubled_line(data: bytearray, rng: np.random.Generator) -> None:
    lines, one, other = _lines(data, rng)
    data[:] = b"\n".join([*lines[:other], lines[one], *lines[other:]])
