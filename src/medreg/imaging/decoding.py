"""The child process of `medreg.imaging.codecs`, run by its path so that it starts at once.

It reads whole DICOM files from its standard input, each after three lengths of 8 bytes: of the
file (0: the file before, once more), the wanted frame, and of a note in JSON that says where a
lone frame lies, or of none. It answers with a line of JSON and the pixels. A lone gray frame goes
straight to GDCM, which pydicom would ask first, too; whatever is not plain is left to pydicom.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMORY = 4 * 2**30  # bytes of address space
ASKED = struct.Struct("<QQQ")
JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
JPEG_2000 = ("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91")
JPEG_LOSSLESS = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
SOF_LS = struct.Struct(">2s2sHBHHB")  # SOI, SOF55 with its length, precision, lines, samples
SIZ = struct.Struct(">2s2sHH8LHB")  # SOC, SIZ
LEAST, MOST = 8, 16  # bits of samples that go straight to GDCM


def straight(stream: bytes, said: Mapping[str, Any]) -> bytes | None:
    """Return the stored values in *stream* as GDCM gives them, or None for pydicom to look."""
    rows, columns, allocated, stored = (
        said[name] for name in ("rows", "columns", "allocated", "stored")
    )
    if not LEAST <= stored <= MOST or allocated != (LEAST if stored == LEAST else MOST):
        return None
    if not _is_as_said(stream, said):
        return None
    import gdcm

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(stream)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    gray = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gray))
    syntax = gdcm.TransferSyntax.GetTSType(said["syntax"])
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    kind = (1, allocated, stored, stored - 1, int(said["signed"]))
    image.SetPixelFormat(gdcm.PixelFormat(*kind))
    pixels: bytes = image.GetBuffer().encode("utf-8", "surrogateescape")
    return pixels if len(pixels) == rows * columns * allocated // 8 else None


def _is_as_said(stream: bytes, said: Mapping[str, Any]) -> bool:
    """Tell whether the codestream declares what the header does; else pydicom knows best."""
    shape, stored = [said["rows"], said["columns"]], said["stored"]
    try:
        if said["syntax"] in JPEG_LS:
            start, frame, _, bits, *size, samples = SOF_LS.unpack_from(stream)
            return (start, frame, bits, size, samples) == (
                *(b"\xff\xd8", b"\xff\xf7"),
                *(stored, shape, 1),
            )
        if said["syntax"] in JPEG_2000:
            start, frame, _, _, *areas, samples, depth = SIZ.unpack_from(stream)
            wide, high, left, top = areas[:4]
            return (start, frame, [high - top, wide - left], samples, depth) == (
                *(b"\xff\x4f", b"\xff\x51", shape, 1),
                stored - 1 | said["signed"] << 7,
            )
    except struct.error:
        return False
    return said["syntax"] in JPEG_LOSSLESS


def _answered(file: bytes, frame: int, said: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return what was found, and the pixels; raises whatever a library does."""
    stream = file[said["start"] : said["end"]] if said else b""
    try:
        pixels = straight(stream, said) if said else None
    except Exception:  # noqa: BLE001 - pydicom says what is wrong with it
        pixels = None
    if pixels is not None:
        kind = f"<{'i' if said['signed'] else 'u'}{said['allocated'] // 8}"
        shape = (said["rows"], said["columns"])
        return {"type": kind, "shape": shape, "size": len(pixels), "straight": True}, pixels
    from medreg.imaging.codecs import decoded

    array = decoded(file, frame)
    return {"type": array.dtype.str, "shape": array.shape, "size": array.nbytes}, array.tobytes()


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more; what a library raises is an answer, too."""
    file = b""
    while head := requests.read(ASKED.size):
        length, frame, note = ASKED.unpack(head)
        said = json.loads(requests.read(note)) if note else {}
        file = requests.read(length) if length else file
        try:
            answer, pixels = _answered(file, frame, said)
        except Exception as error:  # noqa: BLE001 - told as it is
            reason = getattr(error, "message", "") or f"DICOM pixels ({type(error).__name__})"
            answer, pixels = {"refused": reason.partition(" as ")[2] or reason, "size": 0}, b""
        answers.write(json.dumps(answer).encode() + b"\n" + pixels)
        answers.flush()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    serve(sys.stdin.buffer, sys.stdout.buffer)
