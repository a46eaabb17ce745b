"""The frames of a DICOM Segmentation: which segment, where, and the stored values.

Attributes are those of PS3.3 C.8.20.2 and C.7.6.16; how bits follow each other is PS3.5 8.1.1.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.geometry import check_affine, from_dicom
from medreg.imaging.guard import MAX_PIXELS, refuse_huge, refusing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pydicom import Dataset

    from medreg.imaging.codecs import Decoder
    from medreg.imaging.geometry import Matrix

DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"  # Deflated Image Frame Compression (PS3.5 A.4.15)
RLE = "1.2.840.10008.1.2.5"
RLE_HEADER = 64  # bytes: the number of segments and 15 offsets (PS3.5 G.5)
BITS = (1, 8, 16)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: *segment* is None where pixels hold segment numbers (a label map)."""

    number: int  # counted from 1, as in DICOM
    segment: int | None
    affine: Matrix  # pixel (column, row, 0) to RAS+ mm


def frames(dataset: Dataset, path: str) -> list[Frame]:
    """Return every frame of *dataset*; raises `Refused` when they are not all described."""
    groups = dataset.PerFrameFunctionalGroupsSequence
    if len(groups) != int(dataset.NumberOfFrames) or not groups:
        raise Refused(f"{path} describes {len(groups)} of its {dataset.NumberOfFrames} frames")
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [{}])[0]
    found = [_frame(group, shared, number) for number, group in enumerate(groups, 1)]
    for frame in found:
        check_affine(frame.affine, f"{path}, frame {frame.number}")
    return found


def _frame(group: Dataset, shared: Any, number: int) -> Frame:
    """Return where a frame lies; what it does not say itself, all frames share (C.7.6.16)."""

    def first(name: str) -> Any:
        return (group.get(name) or shared.get(name) or [{}])[0]

    segment = first("SegmentIdentificationSequence").get("ReferencedSegmentNumber")
    return Frame(
        number,
        None if segment is None else int(segment),
        from_dicom(
            [float(x) for x in first("PlaneOrientationSequence").ImageOrientationPatient],
            [float(x) for x in first("PixelMeasuresSequence").PixelSpacing],
            [float(x) for x in first("PlanePositionSequence").ImagePositionPatient],
            1.0,
        ),
    )


def planes(
    dataset: Dataset, path: str, count: int, decoder: Decoder
) -> Iterator[NDArray[np.generic]]:
    """Yield the stored values of each of *count* frames, ``(rows, columns)``, one at a time.

    Raises `Refused` naming *path* for pixels that are cut or cannot be decoded.
    """
    rows, columns, bits = int(dataset.Rows), int(dataset.Columns), int(dataset.BitsAllocated)
    refuse_huge(path, columns, rows)
    if bits not in BITS or int(dataset.get("SamplesPerPixel") or 1) != 1:
        raise Refused(f"{path} has {bits} bits per pixel; a segmentation has 1, 8 or 16")
    if rows * columns > MAX_PIXELS:
        raise Refused(f"{path} declares {rows} x {columns} pixels per frame")
    if "PixelData" not in dataset:
        raise Refused(f"{path} has no pixel data: it is truncated")
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax != DEFLATED_FRAMES and not syntax.is_encapsulated:  # pydicom does not know it
        yield from _plain(dataset, path, count, little=bool(syntax.is_little_endian))
        return
    from pydicom.encaps import generate_frames

    with refusing(path, "encapsulated pixels"):
        parts = list(generate_frames(dataset.PixelData, number_of_frames=count))
    if len(parts) != count:
        raise Refused(f"{path} is truncated: it holds {len(parts)} of {count} frames")
    for number, part in enumerate(parts, start=1):
        yield _decoded(dataset, part, f"{path}, frame {number}", decoder)


def _plain(
    dataset: Dataset, path: str, count: int, *, little: bool
) -> Iterator[NDArray[np.generic]]:
    rows, columns, bits = int(dataset.Rows), int(dataset.Columns), int(dataset.BitsAllocated)
    size, data = rows * columns, bytes(dataset.PixelData)
    if len(data) * 8 < size * count * bits:
        raise Refused(
            f"{path} is truncated: {len(data):,} bytes for {count} frames of {columns} x {rows}"
        )
    if bits == 1:
        packed = np.frombuffer(data, np.uint8)
        for at in range(count):
            yield _unpacked(packed, at * size, size).reshape(rows, columns)
        return
    kind = np.dtype(f"{'<' if little else '>'}u{bits // 8}")
    for at in range(count):
        values = np.frombuffer(data, kind, size, at * size * kind.itemsize)
        yield values.astype(kind.newbyteorder("="), copy=False).reshape(rows, columns)


def _unpacked(packed: NDArray[np.uint8], start: int, count: int) -> NDArray[np.uint8]:
    """Return *count* bits from the bit *start* on; frames need not begin with a byte."""
    whole = packed[start // 8 : (start + count + 7) // 8]
    return np.unpackbits(whole, bitorder="little")[start % 8 : start % 8 + count]


# --- compressed ---------------------------------------------------------------------------------


def _decoded(dataset: Dataset, part: bytes, where: str, decoder: Decoder) -> NDArray[np.generic]:
    """Return the values of one compressed frame."""
    rows, columns, bits = int(dataset.Rows), int(dataset.Columns), int(dataset.BitsAllocated)
    syntax, size = dataset.file_meta.TransferSyntaxUID, rows * columns
    if syntax == DEFLATED_FRAMES:
        with refusing(where, "deflated pixels"):
            inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            data = inflate.decompress(part, (size * bits + 7) // 8)
    elif syntax == RLE and bits == 1:
        with refusing(where, "RLE pixels"):
            data = _unrolled(part, (size + 7) // 8)
    else:
        values = decoder.decode(_single(dataset, part), where)
        if values.shape != (rows, columns) or values.dtype.kind not in "uib":
            raise Refused(f"{where}: its pixels are {values.shape} of {values.dtype}")
        return values
    if len(data) * 8 < size * bits:
        raise Refused(f"{where} is truncated: {len(data):,} bytes for {columns} x {rows} pixels")
    if bits == 1:
        return _unpacked(np.frombuffer(data, np.uint8), 0, size).reshape(rows, columns)
    return np.frombuffer(data, f"<u{bits // 8}", size).reshape(rows, columns)


def _unrolled(part: bytes, most: int) -> bytes:
    """Return the bytes of an RLE frame of one segment, at most *most* (PS3.5 G.3.2)."""
    (segments,) = struct.unpack_from("<L", part)
    if segments != 1:
        raise ValueError(f"{segments} RLE segments for one bit per pixel")
    data, at, found = part, RLE_HEADER, bytearray()
    while len(found) < most:
        control = data[at]
        if control < 128:  # noqa: PLR2004 - G.3.2: literal run
            found += data[at + 1 : at + 2 + control]
            at += 2 + control
        elif control > 128:  # noqa: PLR2004 - G.3.2: repeated byte
            found += data[at + 1 : at + 2] * (257 - control)
            at += 2
        else:
            at += 1
    return bytes(found[:most])


def _single(dataset: Dataset, part: bytes) -> bytes:
    """Return a DICOM file of one frame alone: what `Decoder` takes."""
    from pydicom.dataset import Dataset as Made
    from pydicom.dataset import FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.filewriter import dcmwrite

    made = Made()
    for name in ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"):
        setattr(made, name, int(dataset.get(name)))
    made.SamplesPerPixel, made.PixelRepresentation, made.NumberOfFrames = 1, 0, 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.PixelData = encapsulate([part])
    made["PixelData"].VR = "OB"
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    stream = io.BytesIO()
    stream.write(bytes(128) + b"DICM")
    dcmwrite(stream, made, enforce_file_format=False)
    return stream.getvalue()
