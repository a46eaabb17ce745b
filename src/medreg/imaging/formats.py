"""Images in other files than DICOM: NIfTI, MetaImage (MHA, MHD), NRRD, Analyze; told by ending.

MetaImage and NRRD are read by SimpleITK, which takes a path and believes headers. So the header
is looked at first: what it declares must be of a scan's size, and data may lie only in a file
beside it. NIfTI and Analyze: `medreg.imaging.nifti`.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zlib
from collections import Counter
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from medreg.errors import Refused
from medreg.imaging import nifti
from medreg.imaging.geometry import LPS_TO_RAS, check_affine
from medreg.imaging.guard import refuse_huge, refusing
from medreg.imaging.stream import CHUNK
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    import SimpleITK
    from numpy.typing import NDArray

    from medreg.model import Tree

META, NRRD = (".mha", ".mhd"), (".nrrd", ".nhdr")
PAIR = ".hdr"
DATA = {  # endings of the file beside a header that holds no voxels
    ".mhd": (".raw", ".zraw"),
    ".nhdr": (".raw", ".raw.gz", ".nrrd"),
    ".hdr": (".img", ".img.gz"),
}
HEADER = 1 << 16  # bytes in which a text header must end
LINE = re.compile(r"(?m)^\s*([A-Za-z][\w ]*?)\s*(?:=|:=?)\s*(.*?)\s*$")
GZIP = ("gzip", "gz")  # NRRD's encodings that SimpleITK inflates
EITHER = 32  # added to zlib's window bits: a zlib or a gzip header
LARGEST = 8  # bytes of a value
WIDTHS = (  # of a value by its type's name, the first that fits; others are no numbers
    (8, re.compile("long.?long|64|double", re.IGNORECASE)),
    (2, re.compile("short|16", re.IGNORECASE)),
    (1, re.compile("char|int8", re.IGNORECASE)),
    (4, re.compile("int|long|float", re.IGNORECASE)),
)
ONCE = frozenset(  # what a header may not say twice: readers differ in which they believe
    (
        *("ndims", "dimsize", "elementtype", "elementnumberofchannels", "compresseddata"),
        *("binarydata", "elementdatafile", "dimension", "sizes", "type", "encoding"),
        *("data file", "datafile"),
    )
)
ENCODINGS = ("raw", *GZIP, "ascii", "txt", "text", "hex")  # NRRD's that SimpleITK reads
SPACES = (3, 4)  # axes of a volume, and of several


def members(tree: Tree, path: str) -> tuple[str, ...]:
    """Return the files that *path* is read from: itself, and its data where they lie beside it."""
    ending = _ending(path)
    if ending not in DATA:
        return (path,)
    stem, known = path[: -len(ending)], set(tree.paths())
    return (path, *(stem + data for data in DATA[ending] if stem + data in known))


def read(tree: Tree, path: str, *, channel: int | None = None, unit: str = "") -> Volume:
    """Read one volume; *channel* (counted from 0) picks one where the file holds several.

    Raises `Refused` for a damaged file, one that does not say how it lies in the patient, and one
    whose data lie elsewhere than beside it.
    """
    ending = _ending(path)
    if ending in (*META, *NRRD):
        return _itk(tree, path, channel, unit)
    if ending == PAIR:
        _, *data = members(tree, path)
        if len(data) != 1:
            raise Refused(f"{path}: {len(data)} files beside it hold its voxels, not one .img")
        with tree.open(path) as header, tree.open(data[0]) as voxels:
            return nifti.read_pair(header, voxels, path, channel=channel, unit=unit)
    with tree.open(path) as stream:
        return nifti.read(stream, path, channel=channel, unit=unit)


def _ending(path: str) -> str:
    return "." + path.rpartition(".")[2].lower()


def _itk(tree: Tree, path: str, channel: int | None, unit: str) -> Volume:
    import SimpleITK

    with tree.open(path) as stream:
        fields, start = _fields(stream, path)
    shape = _shape(fields, path)
    least = _least(fields, shape, path)
    _check_space(fields, path)
    beside = _beside(tree, fields, path)
    with tempfile.TemporaryDirectory() as scratch:
        local = _copied(tree, path, beside, Path(scratch))
        data = local.with_name(beside[0]) if beside else local
        start = 0 if beside else start
        if _is_compressed(fields):
            size = _check_whole(data, start, prod(shape) * LARGEST, path)
        else:
            size = data.stat().st_size - start
        if size < least:  # before SimpleITK takes memory for what is not there
            raise Refused(f"{path} is truncated: {least - size:,} of {least:,} bytes missing")
        with refusing(path, "MetaImage" if _ending(path) in META else "NRRD"):
            image = SimpleITK.ReadImage(str(local))
            held = prod(image.GetSize()) * image.GetNumberOfComponentsPerPixel()
            if held != prod(shape):
                raise Refused(f"{path} declares {prod(shape):,} values, and holds {held:,}")
            if _is_compressed(fields) and size < held * image.GetSizeOfPixelComponent():
                raise Refused(f"{path} is truncated: {held:,} values do not fit {size:,} bytes")
            return _volume(image, path, channel, unit)


def _fields(stream: BinaryIO, path: str) -> tuple[dict[str, str], int]:
    """Return the lines of a MetaImage or NRRD header by lower-case name, and where it ends."""
    head = stream.read(HEADER)
    end = re.search(
        rb"ElementDataFile\s*=[^\n]*\n?" if _ending(path) in META else rb"\r?\n\r?\n|\Z", head
    )
    head = head[: end.end()] if end else b""
    text = head.decode("latin-1")
    lines = [(name.lower(), value) for name, value in LINE.findall(text)]
    fields = dict(lines)
    if not fields or (_ending(path) in NRRD and not text.startswith("NRRD")):
        raise Refused(f"{path} is not {'MetaImage' if _ending(path) in META else 'NRRD'}")
    twice = sorted(name for name, many in Counter(name for name, _ in lines).items() if many > 1)
    if ONCE.intersection(twice):
        raise Refused(f"{path} says twice what may be said once: {', '.join(twice)}")
    return fields, len(head)


def _is_compressed(fields: dict[str, str]) -> bool:
    return fields.get("compresseddata", "").lower() == "true" or fields.get("encoding") in GZIP


def _least(fields: dict[str, str], shape: Sequence[int], path: str) -> int:
    """Return how many bytes the voxels take at least, once they are inflated."""
    encoding = fields.get("encoding", "raw").lower()
    if _ending(path) in NRRD and encoding not in ENCODINGS:
        raise Refused(f"{path}: its encoding is {encoding!r}, which is not read")
    several = fields.get("elementnumberofchannels", "1")
    shape = (*shape, int(several) if several.isdecimal() else 1)
    refuse_huge(path, *shape)
    if encoding in ("ascii", "txt", "text") or fields.get("binarydata", "").lower() == "false":
        return 2 * prod(shape) - 1  # a digit each, and what stands between
    said = fields.get("elementtype") or fields.get("type") or ""
    return prod(shape) * next((width for width, name in WIDTHS if name.search(said)), 1)


def _check_whole(data: Path, start: int, most: int, path: str) -> int:
    """Return how much a zlib or gzip stream inflates to.

    Refuses one that is cut or damaged: SimpleITK passes over its checksum.
    """
    inflate = zlib.decompressobj(zlib.MAX_WBITS | EITHER)
    size = 0
    with data.open("rb") as stream, refusing(path, "compressed voxels"):
        stream.seek(start)
        while not inflate.eof and size <= most:
            chunk = inflate.unconsumed_tail or stream.read(HEADER)
            if not chunk:
                raise Refused(f"{path} is truncated: its compressed voxels have no end")
            size += len(inflate.decompress(chunk, CHUNK))
    if size > most:
        raise Refused(f"{path} inflates to more than the {most:,} bytes that it declares")
    return size


def _shape(fields: dict[str, str], path: str) -> tuple[int, ...]:
    said = fields.get("dimsize") or fields.get("sizes") or ""
    if not re.fullmatch(r"\d+( +\d+)*", said):
        raise Refused(f"{path} declares no sizes of its axes: {said!r}")
    shape = tuple(int(length) for length in said.split())
    refuse_huge(path, *shape)
    axes = fields.get("ndims") or fields.get("dimension") or ""
    if axes != str(len(shape)):  # MetaIO writes beyond its arrays for some other number
        raise Refused(f"{path} declares {axes or 'no number of'} axes, and sizes of {len(shape)}")
    if len(shape) not in SPACES:
        raise Refused(f"{path} has {len(shape)} axes ({said}); a volume has three")
    return shape


def _check_space(fields: dict[str, str], path: str) -> None:
    """Refuse an NRRD that does not name its space: left and right cannot be told from it."""
    if _ending(path) in NRRD and not (fields.get("space") and fields.get("space directions")):
        raise Refused(f"{path} does not say how it lies in the patient: no space directions")


def _beside(tree: Tree, fields: dict[str, str], path: str) -> list[str]:
    """Return the name of the file that holds the voxels; none where *path* itself does."""
    said = fields.get("elementdatafile") or fields.get("data file") or fields.get("datafile") or ""
    if _ending(path) in NRRD and not said:
        return []
    if said.upper() == "LOCAL":
        return []
    if said.upper().startswith("LIST") or "%" in said:
        raise Refused(f"{path}: its voxels lie in a list of files; only one file is read")
    folder = path.rpartition("/")[0]
    if not said or "/" in said or (f"{folder}/{said}" if folder else said) not in tree.paths():
        raise Refused(f"{path}: its voxels lie in {said!r}, which is no file beside it")
    return [said]


def _copied(tree: Tree, path: str, beside: Sequence[str], scratch: Path) -> Path:
    folder, _, name = path.rpartition("/")
    for file in (name, *beside):
        source = tree.open(f"{folder}/{file}" if folder else file)
        with source as stream, (scratch / file).open("wb") as copy:
            shutil.copyfileobj(stream, copy, HEADER)
    return scratch / name


def _volume(image: SimpleITK.Image, path: str, channel: int | None, unit: str) -> Volume:
    import SimpleITK

    array: NDArray[Any] = SimpleITK.GetArrayFromImage(image)  # axes k, j, i, then components
    spacing, direction = np.array(image.GetSpacing()), np.array(image.GetDirection())
    axes = direction.reshape(image.GetDimension(), -1)[:3, :3] * spacing[:3]
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = axes, image.GetOrigin()[:3]
    if image.GetNumberOfComponentsPerPixel() > 1:
        array = np.moveaxis(array, -1, 0)
    several = array.ndim == SPACES[1]
    count = array.shape[0] if several else 1
    if channel is None and count > 1:
        raise Refused(f"{path} holds {count} volumes; name one channel")
    if channel is not None and not 0 <= channel < count:
        raise Refused(f"{path} has no channel {channel}: it holds {count}")
    placed = LPS_TO_RAS @ affine
    check_affine(placed, path)
    chosen = array[channel or 0] if several else array
    return Volume(chosen.transpose(2, 1, 0), placed, unit)
