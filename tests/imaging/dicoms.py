"""Small DICOM files to break, and a tree of files in memory."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, ExplicitVRLittleEndian

from medreg.errors import NotFound
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

STORAGE = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
}
ENHANCED = {
    "CT": "1.2.840.10008.5.1.4.1.1.2.1",
    "MR": "1.2.840.10008.5.1.4.1.1.4.1",
    "PT": "1.2.840.10008.5.1.4.1.1.130",
}
GONE = object()  # as a value: the attribute is left out


class MemoryTree:
    """Files in memory, as `medreg.model.Tree`."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)

    def paths(self) -> Sequence[str]:
        return sorted(self.files, key=natural)

    def open(self, path: str) -> BinaryIO:
        if path not in self.files:
            raise NotFound.named("file", path, list(self.files))
        return io.BytesIO(self.files[path])

    def read(self, path: str) -> bytes:
        return self.open(path).read()

    def container(self, path: str) -> str:
        return path


def series(
    stored: NDArray[Any],
    *,
    orientation: Sequence[float] = (1, 0, 0, 0, 1, 0),
    spacing: Sequence[float] = (0.75, 0.5),
    gap: float = 2.0,
    origin: Sequence[float] = (-20.0, -30.0, 40.0),
    **said: Any,
) -> dict[str, bytes]:
    """Return one file per slice of *stored*, ``(columns, rows, slices)``; *said* of every slice.

    A value of *said* that is callable gets the slice's number.
    """
    normal = np.cross(orientation[:3], orientation[3:])
    files = {}
    for k in range(stored.shape[2]):
        place = np.array(origin) + normal * gap * k
        header = {
            "ImagePositionPatient": [round(float(x), 6) for x in place],
            "ImageOrientationPatient": list(orientation),
            "PixelSpacing": list(spacing),
            "InstanceNumber": k + 1,
        }
        header |= {name: value(k) if callable(value) else value for name, value in said.items()}
        files[f"IM{k + 1}"] = one(stored[:, :, k].T, **header)
    return files


def one(pixels: NDArray[Any], **said: Any) -> bytes:
    """Return one slice of *pixels*, ``(rows, columns)``, as a DICOM file."""
    return to_bytes(dataset(pixels, **said))


def dataset(pixels: NDArray[Any], **said: Any) -> Dataset:
    modality = said.get("Modality", "CT")
    header: dict[str, Any] = {
        "SOPClassUID": STORAGE.get(modality, STORAGE["CT"]),
        "SOPInstanceUID": f"1.2.3.{said.get('InstanceNumber', 0)}",
        "SeriesInstanceUID": "1.2.3",
        "FrameOfReferenceUID": "1.2.4",
        "Modality": modality,
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
        "BitsAllocated": 8 * pixels.dtype.itemsize,
        "BitsStored": 8 * pixels.dtype.itemsize,
        "HighBit": 8 * pixels.dtype.itemsize - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        "RescaleSlope": 1,
        "RescaleIntercept": -1024,
        "PixelData": np.ascontiguousarray(pixels).tobytes(),
    }
    if modality == "PT":
        header |= {"Units": "BQML", "RescaleIntercept": 0}
    return fill(Dataset(), header | said)


def fill(into: Dataset, attributes: Mapping[str, Any]) -> Dataset:
    for name, value in attributes.items():
        if value is not GONE:
            setattr(into, name, value)
    return into


def to_bytes(content: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    content.file_meta = meta
    file = io.BytesIO()
    content.preamble = bytes(128)
    dcmwrite(file, content, enforce_file_format="SOPClassUID" in content)
    return file.getvalue()


def enhanced(stored: NDArray[Any], **said: Any) -> bytes:
    """Return *stored*, ``(columns, rows, frames)``, as one multi-frame file.

    What is the same for all frames stands in the shared groups. A value of *said* that is callable
    gets the frame's number; names of functional groups take a mapping of their attributes.
    """
    modality = said.get("Modality", "MR")
    scale = {"RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "US"}
    groups: dict[str, Any] = {
        "PlaneOrientationSequence": {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]},
        "PixelMeasuresSequence": {"PixelSpacing": [0.75, 0.5]},
        "PixelValueTransformationSequence": scale,
        "PlanePositionSequence": lambda k: {"ImagePositionPatient": [-20, -30, 40 + 2 * k]},
    }
    groups |= {name: said.pop(name) for name in [*said] if name.endswith("Sequence")}
    shared = {name: item(**v) for name, v in groups.items() if not callable(v) and v is not GONE}
    per_frame = [
        fill(Dataset(), {name: item(**v(k)) for name, v in groups.items() if callable(v)})
        for k in range(stored.shape[2])
    ]
    content = dataset(
        stored[:, :, 0].T,
        **{
            "SOPClassUID": ENHANCED[modality],
            "Modality": modality,
            "RescaleSlope": GONE,
            "RescaleIntercept": GONE,
            "NumberOfFrames": stored.shape[2],
            "SharedFunctionalGroupsSequence": Items([fill(Dataset(), shared)]),
            "PerFrameFunctionalGroupsSequence": Items(per_frame),
            "PixelData": np.ascontiguousarray(stored.T).tobytes(),
            **said,
        },
    )
    return to_bytes(content)


def seg(frames: Sequence[tuple[int, NDArray[np.bool_], Sequence[float]]], **said: Any) -> bytes:
    """Return a binary SEG of *frames*: segment, pixels ``(rows, columns)``, position."""
    bits = np.concatenate([pixels.ravel() for _, pixels, _ in frames])
    packed = np.packbits(bits, bitorder="little").tobytes()
    rows, columns = frames[0][1].shape
    orientation = said.pop("orientation", [1, 0, 0, 0, 1, 0])
    shared = fill(
        Dataset(),
        {
            "PlaneOrientationSequence": item(ImageOrientationPatient=orientation),
            "PixelMeasuresSequence": item(PixelSpacing=said.pop("spacing", [0.75, 0.5])),
        },
    )
    content: dict[str, Any] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4",
        "SOPInstanceUID": "1.2.5",
        "Modality": "SEG",
        "SegmentationType": "BINARY",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": rows,
        "Columns": columns,
        "NumberOfFrames": len(frames),
        "BitsAllocated": 1,
        "BitsStored": 1,
        "HighBit": 0,
        "PixelRepresentation": 0,
        "SegmentSequence": Items(
            fill(Dataset(), {"SegmentNumber": n}) for n in sorted({f[0] for f in frames})
        ),
        "SharedFunctionalGroupsSequence": Items([shared]),
        "PerFrameFunctionalGroupsSequence": Items(
            fill(
                Dataset(),
                {
                    "PlanePositionSequence": item(ImagePositionPatient=list(position)),
                    "SegmentIdentificationSequence": item(ReferencedSegmentNumber=number),
                },
            )
            for number, _, position in frames
        ),
        "PixelData": packed + bytes(len(packed) % 2),
    }
    return to_bytes(fill(Dataset(), content | said))


def damaged(data: bytes, seed: int) -> bytes:
    """Return *data* with up to six bytes changed."""
    rng = np.random.default_rng(seed)
    broken = bytearray(data)
    for _ in range(rng.integers(1, 7)):
        broken[rng.integers(len(broken))] = rng.integers(256)
    return bytes(broken)


def item(**attributes: Any) -> Items:
    return Items([fill(Dataset(), attributes)])
