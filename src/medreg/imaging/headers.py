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
from medreg.imaging.attributes import MEDIA_CLASS, WANTED, of_dataset
from medreg.imaging.dicom import parsed, rest_of
from medreg.imaging.guard import refusing
from medreg.imaging.local import head_of, loose
from medreg.imaging.scan import FEW, HEAD, Scanned, scan, scan_head
from medreg.imaging.stored import Encoded, Plain, encoded, plain
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
    if file and (found := scan_head(head_of(file, FEW), FEW)):
        return found
    with tree.open(path) as stream:
        head = stream.read(HEAD)
        found = scan_head(head, HEAD)
        if found:
            return found
        data = rest_of(stream, head, path)
    found = scan(data) if len(data) > len(head) else None
    if found is not None:
        return found
    dataset = parsed(data, path, only=[*WANTED], pixels=False)
    with refusing(path, "DICOM"):
        return Scanned(of_dataset(dataset, WANTED), 0, 0)


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
    return header(said, path, modality, plain(found), encoded=encoded(found))


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
