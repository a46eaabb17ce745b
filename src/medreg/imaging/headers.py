"""What the headers of a DICOM series say, before any pixel is read.

Attributes are those of PS3.3: Image Plane (C.7.6.2), Image Pixel (C.7.6.3), CT Image (C.8.2.1),
MR Image (C.8.3.1), PET Image (C.8.9.4). Frames of multi-frame files: `medreg.imaging.frames`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from medreg.errors import Refused
from medreg.imaging import fields
from medreg.imaging.attributes import MEDIA_CLASS, SYNTAX, WANTED, of_dataset
from medreg.imaging.dicom import parsed, rest_of
from medreg.imaging.guard import refusing
from medreg.imaging.local import head_of, loose
from medreg.imaging.scan import ENCODED, EXPLICIT, IMPLICIT, Scanned, scan
from medreg.model import CT, MR, PT
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medreg.imaging.attributes import Attributes
    from medreg.model import Tree

STORAGE = {  # PS3.4 table B.5-1: one slice per file
    "1.2.840.10008.5.1.4.1.1.2": CT,
    "1.2.840.10008.5.1.4.1.1.4": MR,
    "1.2.840.10008.5.1.4.1.1.128": PT,
}
ENHANCED = {  # many frames per file; the second of each is "Legacy Converted"
    "1.2.840.10008.5.1.4.1.1.2.1": CT,
    "1.2.840.10008.5.1.4.1.1.2.2": CT,
    "1.2.840.10008.5.1.4.1.1.4.1": MR,
    "1.2.840.10008.5.1.4.1.1.4.4": MR,
    "1.2.840.10008.5.1.4.1.1.130": PT,
    "1.2.840.10008.5.1.4.1.1.128.1": PT,
}
DIRECTORY = "1.2.840.10008.1.3.10"
TIMES = (  # the first that tells slices of one place apart, everywhere, orders them in time
    *("TemporalPositionIdentifier", "TemporalPositionIndex", "FrameReferenceTime"),
    *("TriggerTime", "NominalCardiacTriggerDelayTime", "AcquisitionNumber"),
    *("AcquisitionDateTime", "FrameAcquisitionDateTime", "AcquisitionTime"),
)
FEW, HEAD = 1 << 13, 1 << 16  # bytes in which most headers end, and nearly all
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One slice of CT, MR or PET; lengths in mm, in the patient's LPS axes."""

    path: str
    frame: int | None = None  # counted from 0, in a multi-frame file
    modality: str
    series: str  # UID; empty in some published data
    frame_of_reference: str
    kind: str  # third value of ImageType: AXIAL, or M and P for magnitude and phase
    rows: int
    columns: int
    position: tuple[float, ...]  # of the first pixel's center
    orientation: tuple[float, ...]  # along a row, then along a column
    spacing: tuple[float, ...]  # between rows, then between columns
    slope: float
    intercept: float
    rescaled: str  # how slope and intercept were found, where it is not the plain rescale
    unit: str
    lossy: bool
    echo: tuple[float, ...]  # ms
    b_value: tuple[float, ...]  # s/mm2
    direction: tuple[float, ...]  # of the diffusion gradient
    times: tuple[tuple[Any, ...], ...]  # the values of `TIMES`
    plain: Plain | None  # None: pydicom reads the pixels
    encoded: Encoded | None  # where a codec is needed, as far as the header was scanned

    @property
    def name(self) -> str:
        """The file, and the frame counted from 1 where it holds several."""
        return self.path if self.frame is None else f"{self.path} frame {self.frame + 1}"


def headers(tree: Tree, paths: Sequence[str]) -> tuple[list[Header], tuple[str, ...]]:
    """Read the slices among *paths*, in natural order, and name what was set aside.

    Set aside are localizers and DICOMDIR; every other file must hold slices.
    Raises `Refused` naming the file that does not, and when no slice is left.
    """
    slices: list[Header] = []
    aside: list[str] = []
    for path in sorted(paths, key=natural):
        found = _KEPT.get(tree, {}).pop(path, None) or read_header(tree, path)
        reason = set_aside(found.attributes)
        if reason:
            aside.append(f"set aside {path}: {reason}")
        elif class_of(found.attributes) in ENHANCED:
            from medreg.imaging.frames import frames

            slices += frames(tree, path)
        else:
            slices.append(single(tree, found, path))
    if not slices:
        raise Refused("; ".join(["no slice in the series", *aside]))
    return slices, tuple(aside)


_KEPT: WeakKeyDictionary[Tree, dict[str, Scanned]] = WeakKeyDictionary()
_MOST_KEPT = 4096


def keep(tree: Tree, path: str, found: Scanned) -> None:
    """Remember what the header of a file says until `headers` asks, unless there are too many."""
    kept = _KEPT.setdefault(tree, {})
    if len(kept) < _MOST_KEPT:
        kept[path] = found


def read_header(tree: Tree, path: str) -> Scanned:
    """Read what the header of one file says; raises `Refused` for what is not DICOM."""
    file = loose(tree, path)
    if file and (found := _whole(head_of(file, FEW), FEW)):
        return found
    with tree.open(path) as stream:
        head = stream.read(HEAD)
        found = _whole(head, HEAD)
        if found:
            return found
        data = rest_of(stream, head, path)
    found = scan(data) if len(data) > len(head) else None
    if found is not None:
        return found
    dataset = parsed(data, path, only=[*WANTED], pixels=False)
    with refusing(path, "DICOM"):
        return Scanned(of_dataset(dataset, WANTED), 0, 0)


def _whole(head: bytes, size: int) -> Scanned | None:
    """Return what a header says that ends within *head*, the first *size* bytes of a file."""
    found = scan(head)
    if found is not None and (found.offset or len(head) < size):
        return found  # it ends in pixels or with the file: nothing comes after
    return None


def set_aside(said: Attributes) -> str:
    """Return why a file with these attributes is no slice of any volume, or an empty string."""
    if "DirectoryRecordSequence" in said or class_of(said) == DIRECTORY:
        return "a DICOM directory"
    if "LOCALIZER" in said.get("ImageType", ()):
        return "a localizer"
    return ""


def class_of(said: Attributes) -> str:
    """Return the SOP class UID; empty in some published data."""
    return fields.text(said, "SOPClassUID") or fields.text(said, MEDIA_CLASS)


def class_name(uid: str) -> str:
    """Return what the standard calls a SOP class."""
    from pydicom.config import IGNORE
    from pydicom.uid import UID

    return UID(uid, validation_mode=IGNORE).name


def single(tree: Tree, found: Scanned, path: str) -> Header:
    """Return the slice that the single-frame file *path* says it is."""
    said = found.attributes
    modality = _modality(said, path)
    if modality == MR and "RealWorldValueMappingSequence" in said and fields.is_philips(said):
        from medreg.imaging.frames import with_real_world

        said = with_real_world(said, tree, path)
    return header(said, path, modality, _plain(found), encoded=_encoded(found))


def header(  # noqa: PLR0913 - what a file says, and where in it
    said: Attributes,
    path: str,
    modality: str,
    plain: Plain | None,
    frame: int | None = None,
    *,
    encoded: Encoded | None = None,
) -> Header:
    """Return the slice that *said* describes; raises `Refused` for what cannot be right."""
    name = path if frame is None else f"{path} frame {frame + 1}"
    rows, columns = fields.plane(said, name)
    slope, intercept, how = fields.rescale(said, name, modality)
    kinds = said.get("ImageType", ())[2:3]
    return Header(
        path=path,
        frame=frame,
        modality=modality,
        series=fields.text(said, "SeriesInstanceUID"),
        frame_of_reference=fields.text(said, "FrameOfReferenceUID"),
        kind=kinds[0] if kinds else "",
        rows=rows,
        columns=columns,
        position=fields.numbers(said, name, "ImagePositionPatient", 3),
        orientation=fields.orientation(said, name),
        spacing=fields.pixel_spacing(said, name),
        slope=slope,
        intercept=intercept,
        rescaled=how,
        unit=fields.unit(said, name, modality),
        lossy=fields.text(said, "LossyImageCompression") == "01",
        echo=said.get("EchoTime", ()),
        b_value=said.get("DiffusionBValue", ()),
        direction=said.get("DiffusionGradientOrientation", ()),
        times=tuple(said.get(attribute, ()) for attribute in TIMES),
        plain=plain,
        encoded=encoded,
    )


def _modality(said: Attributes, path: str) -> str:
    modality, uid = fields.text(said, "Modality"), class_of(said)
    if uid in STORAGE and said.get("NumberOfFrames", (1,))[0] > 1:
        raise Refused(f"{path} is multi-frame, but {class_name(uid)} is one slice per file")
    if uid and uid not in STORAGE:
        raise Refused(f"{path} is {class_name(uid)}, not a CT, MR or PET slice")
    if modality not in set(STORAGE.values()) or STORAGE.get(uid, modality) != modality:
        raise Refused(f"{path} has Modality {modality or '(none)'}, not CT, MR or PT")
    return modality


def _plain(found: Scanned) -> Plain | None:
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


def _encoded(found: Scanned) -> Encoded | None:
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


def one_series(slices: Sequence[Header]) -> None:
    """Raise `Refused` when *slices* do not make one series, naming what differs and where."""
    refuse_mixed("SeriesInstanceUID", lambda h: h.series, slices)
    refuse_mixed("Modality", lambda h: h.modality, slices)
    refuse_mixed("Rows x Columns", lambda h: f"{h.rows} x {h.columns}", slices)
    refuse_mixed("FrameOfReferenceUID", lambda h: h.frame_of_reference, slices)
    refuse_mixed("unit", lambda h: h.unit, slices)


def refuse_mixed(name: str, value_of: Callable[[Header], object], slices: Sequence[Header]) -> None:
    """Raise `Refused` when the value called *name* is not the same in all *slices*."""
    groups: defaultdict[object, list[str]] = defaultdict(list)
    for one in slices:
        groups[value_of(one)].append(one.name)
    if len(groups) > 1:
        listed = ", ".join(
            f"{value or '(none)'} in {len(group)} (such as {group[0]})"
            for value, group in groups.items()
        )
        raise Refused(f"mixed series: {name} is {listed}")
