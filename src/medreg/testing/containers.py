"""Write AVI, tiled TIFF and DICOM slides, byte by byte: no encoder is needed to fabricate them."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

RATE = 25  # frames per second
TILE = 256  # pixels, of a slide's tiles
HAS_INDEX = 0x10  # of AVI's flags
KEY_FRAME = 0x10


def avi(frames: Sequence[NDArray[np.uint8]]) -> bytes:
    """Write *frames*, ``(rows, columns[, 3])``, as Motion JPEG in AVI (RIFF)."""
    rows, columns = frames[0].shape[:2]
    coded = [_jpeg(frame) for frame in frames]
    most = max(map(len, coded))
    main = struct.pack(
        "<14L", 10**6 // RATE, most * RATE, 0, HAS_INDEX, len(frames), 0, 1, most, columns, rows,
        0, 0, 0, 0,
    )  # fmt: skip
    stream = b"vids" + b"MJPG" + struct.pack(
        "<L2H8L4H", 0, 0, 0, 0, 1, RATE, 0, len(frames), most, 2**32 - 1, 0, 0, 0, columns, rows
    )  # fmt: skip
    picture = struct.pack("<LllHH", 40, columns, rows, 1, 24) + b"MJPG"
    picture += struct.pack("<LllLL", columns * rows * 3, 0, 0, 0, 0)
    headers = _list(
        b"hdrl",
        _chunk(b"avih", main) + _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", picture)),
    )
    chunks, index, offset = b"", b"", 4
    for data in coded:
        index += b"00dc" + struct.pack("<3L", KEY_FRAME, offset, len(data))
        chunks += _chunk(b"00dc", data)
        offset = 4 + len(chunks)
    return _chunk(b"RIFF", b"AVI " + headers + _list(b"movi", chunks) + _chunk(b"idx1", index))


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<L", len(data)) + data + b"\0" * (len(data) % 2)


def _list(name: bytes, data: bytes) -> bytes:
    return _chunk(b"LIST", name + data)


def _jpeg(frame: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame)).convert("RGB").save(stream, "JPEG", quality=95)
    return stream.getvalue()


def slide(image: NDArray[np.uint8]) -> bytes:
    """Write *image*, ``(rows, columns, 3)``, as a tiled TIFF of two levels, uncompressed."""
    levels = [image, image[::4, ::4]]
    file = struct.pack("<2sHL", b"II", 42, 8)
    for number, level in enumerate(levels):
        tiles = b"".join(_tile(level, *at).tobytes() for at in _tiles(level))
        last = number == len(levels) - 1
        file += _directory(level, len(file), tiles, last=last, reduced=number > 0)
    return file


def _directory(
    level: NDArray[np.uint8], start: int, tiles: bytes, *, last: bool, reduced: bool
) -> bytes:
    """Return one image file directory that lies at *start*, then what it points to."""
    rows, columns = level.shape[:2]
    count, size = len(list(_tiles(level))), TILE * TILE * 3
    values: list[tuple[int, int, list[int]]] = [  # tag, type (3 short, 4 long), values
        (254, 4, [int(reduced)]),
        (256, 4, [columns]),
        (257, 4, [rows]),
        (258, 3, [8, 8, 8]),
        (259, 3, [1]),
        (262, 3, [2]),
        (277, 3, [3]),
        (284, 3, [1]),
        (322, 4, [TILE]),
        (323, 4, [TILE]),
        (324, 4, [0] * count),
        (325, 4, [size] * count),
    ]
    beyond = start + 2 + 12 * len(values) + 4
    data_at = beyond + sum(_width(kind) * len(v) for _, kind, v in values if _beyond(kind, v))
    values[10] = (324, 4, [data_at + size * number for number in range(count)])
    entries, others = b"", b""
    for tag, kind, held in values:
        packed = struct.pack(f"<{len(held)}{'H' if kind == 3 else 'L'}", *held)  # noqa: PLR2004 - TIFF's SHORT
        entries += struct.pack("<HHL", tag, kind, len(held))
        if _beyond(kind, held):
            entries += struct.pack("<L", beyond + len(others))
            others += packed
        else:
            entries += packed.ljust(4, b"\0")
    following = 0 if last else data_at + len(tiles)
    return struct.pack("<H", len(values)) + entries + struct.pack("<L", following) + others + tiles


def _width(kind: int) -> int:
    return 2 if kind == 3 else 4  # noqa: PLR2004 - short, long


def _beyond(kind: int, values: Sequence[int]) -> bool:
    return _width(kind) * len(values) > 4  # noqa: PLR2004 - bytes in an entry


def _tiles(level: NDArray[np.uint8]) -> Iterator[tuple[int, int]]:
    for y in range(0, level.shape[0], TILE):
        for x in range(0, level.shape[1], TILE):
            yield y, x


def _tile(level: NDArray[np.uint8], y: int, x: int) -> NDArray[np.uint8]:
    part = level[y : y + TILE, x : x + TILE]
    missing = [(0, TILE - part.shape[0]), (0, TILE - part.shape[1]), (0, 0)]
    return np.pad(part, missing, constant_values=255)


def slide_dicom(levels: Sequence[NDArray[np.uint8]], name: str) -> list[bytes]:
    """Write each of *levels*, ``(rows, columns, 3)``, as a tiled DICOM slide (PS3.3 A.32.8)."""
    from pydicom.uid import VLWholeSlideMicroscopyImageStorage

    from medreg.testing.attributes import Series, common, items, said, say, to_bytes, uid
    from medreg.volume import Volume

    of = Series(patient=name, study=name, series=f"{name}/slide")
    files = []
    for number, level in enumerate(levels, start=1):
        tiles = [_tile(level, *at) for at in _tiles(level)]
        flat = Volume(np.zeros((TILE, TILE, 1), np.uint8), np.eye(4))
        dataset = common(flat, VLWholeSlideMicroscopyImageStorage, of, "SM")
        kind: Any = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE" if number == 1 else "RESAMPLED"]
        measures = said(PixelSpacing=[0.001 * number] * 2, SliceThickness="0.001")
        say(
            dataset,
            ImageType=kind,
            InstanceNumber=number,
            NumberOfFrames=len(tiles),
            SamplesPerPixel=3,
            PhotometricInterpretation="RGB",
            PlanarConfiguration=0,
            BitsAllocated=8,
            BitsStored=8,
            HighBit=7,
            PixelRepresentation=0,
            LossyImageCompression="00",
            TotalPixelMatrixColumns=level.shape[1],
            TotalPixelMatrixRows=level.shape[0],
            TotalPixelMatrixFocalPlanes=1,
            NumberOfOpticalPaths=1,
            DimensionOrganizationType="TILED_FULL",
            ImagedVolumeWidth=float(level.shape[1]),
            ImagedVolumeHeight=float(level.shape[0]),
            ImagedVolumeDepth=1.0,
            ContainerIdentifier=name[:64],
            OpticalPathSequence=items([said(OpticalPathIdentifier="1")]),
            DimensionOrganizationSequence=items([said(DimensionOrganizationUID=uid(name))]),
            SharedFunctionalGroupsSequence=items([said(PixelMeasuresSequence=items([measures]))]),
            PixelData=b"".join(tile.tobytes() for tile in tiles),
        )
        dataset["PixelData"].VR = "OB"
        files.append(to_bytes(dataset, of.instance(number)))
    return files
