"""One DICOM file, read with care: bounded in size, and refused by name when it is damaged."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

from medreg.errors import Refused
from medreg.imaging.guard import refusing
from medreg.imaging.stream import CHUNK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom import Dataset
    from pydicom.uid import UID

    from medreg.model import Tree

MAX_FILE = 2**30  # bytes of one file
MAX_INFLATED = 2**28  # bytes of a deflated data set; deflate can promise a thousandfold
PREAMBLE = 132  # bytes up to and including "DICM" (PS3.10 section 7.1)
GROUP_LENGTH = b"\x02\x00\x00\x00UL\x04\x00"  # first element of the meta group (PS3.10 7.1)
PIXELS = 0x7FE00010
UNDEFINED = 0xFFFFFFFF
DEFLATED = b"1.2.840.10008.1.2.1.99"


def read_dataset(
    tree: Tree, path: str, *, only: Sequence[str] | Sequence[int] | None = None, pixels: bool = True
) -> Dataset:
    """Read the DICOM file *path*; see `parsed`."""
    return parsed(read_bytes(tree, path), path, only=only, pixels=pixels)


def parsed(
    data: bytes,
    path: str,
    *,
    only: Sequence[str] | Sequence[int] | None = None,
    pixels: bool = True,
) -> Dataset:
    """Parse a DICOM file: the attributes named in *only* (all by default).

    Without *pixels* it stops before the pixel data. A file without preamble is read too, if it
    says what it is. Raises `Refused` naming *path* for anything else.
    """
    from pydicom import dcmread
    from pydicom.tag import Tag

    with refusing(path, "DICOM"):
        dataset = dcmread(
            io.BytesIO(_bounded(data, path)),
            force=True,
            stop_before_pixels=not pixels,
            specific_tags=None if only is None else [Tag(name) for name in only],
        )
        _refuse_cut(dataset, path)
    if data[PREAMBLE - 4 : PREAMBLE] != b"DICM" and "Modality" not in dataset:
        raise Refused(f"{path} is not DICOM")
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = _syntax(*dataset.original_encoding)
    return dataset


def _refuse_cut(dataset: Dataset, path: str) -> None:
    """Refuse a file that ends within an element before the pixels: pydicom takes what is there.

    A sequence that is cut between two items would otherwise just be shorter.
    """
    from pydicom.dataelem import RawDataElement

    for tag in sorted(dataset.keys()):
        element: Any = dataset.get_item(tag)  # typed as if nothing were raw
        if tag < PIXELS and isinstance(element, RawDataElement) and element.length != UNDEFINED:
            missing = element.length - len(element.value or b"")
            if missing > 0:
                raise Refused(f"{path} is truncated: {missing:,} bytes of {tag} missing")


def _syntax(implicit: bool | None, little: bool | None) -> UID:  # noqa: FBT001 - pydicom's pair
    """Return the plain transfer syntax of a file that does not name it, as it was found to be."""
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian


def read_bytes(tree: Tree, path: str) -> bytes:
    """Read the file *path*; raises `Refused` when it is larger than a gigabyte."""
    with tree.open(path) as stream:
        return rest_of(stream, b"", path)


def rest_of(stream: BinaryIO, head: bytes, path: str) -> bytes:
    """Return *head* and whatever follows it in *stream*, as `read_bytes` does."""
    parts, size = [head], len(head)
    while chunk := stream.read(CHUNK):  # what is asked for is allocated: never the whole bound
        parts.append(chunk)
        size += len(chunk)
        if size > MAX_FILE:
            raise Refused(f"{path} is larger than {MAX_FILE:,} bytes")
    return b"".join(parts)


def _bounded(data: bytes, path: str) -> bytes:
    """Return *data* unless it is a deflated data set that would swell without end (PS3.5 A.5)."""
    head = data[PREAMBLE : PREAMBLE + 1024]
    if DEFLATED in head:
        if not head.startswith(GROUP_LENGTH):
            raise Refused(f"{path} is deflated but does not say where its data set begins")
        (length,) = struct.unpack_from("<L", head, len(GROUP_LENGTH))
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        with refusing(path, "deflated DICOM"):
            inflate.decompress(data[PREAMBLE + 12 + length :], MAX_INFLATED)
        if inflate.unconsumed_tail:
            raise Refused(f"{path} inflates to more than {MAX_INFLATED:,} bytes")
    return data
