"""Small whole files of every kind that medreg reads, and the public reader of each."""

from __future__ import annotations

import gzip
import io
import tempfile
import time
import zipfile
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom import dcmread
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)
from tests.imaging.dicoms import MemoryTree, enhanced, seg

from medreg.imaging import formats, nifti
from medreg.imaging.masks.labels import read_labels
from medreg.imaging.masks.lidc import read_lidc
from medreg.imaging.masks.png import read_png_stack
from medreg.imaging.masks.rtstruct import read_rtstruct
from medreg.imaging.masks.seg import read_seg, read_segments
from medreg.imaging.series import read_series, read_volumes
from medreg.imaging.suv.volume import read_suv
from medreg.model import CT, MR, PT
from medreg.readiness.profile import BUILT_IN, named
from medreg.readiness.validate import validate
from medreg.testing.dicom import Series, segmentation, slices
from medreg.testing.encode import pngs
from medreg.testing.rtstruct import structure_set
from medreg.testing.volumes import nifti as nifti_bytes
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydicom.uid import UID

    from medreg.model import Modality

Files = dict[str, bytes]  # contents by path

SHAPE = (36, 34, 5)  # JPEG 2000 halves 32 pixels five times
AFFINE = np.diag([1.0, 1.0, 2.0, 1.0])
NAMES = {1: "liver", 2: "spleen"}
CODECS = {"rle": RLELossless, "jpeg-ls": JPEGLSLossless, "jpeg2000": JPEG2000Lossless}
SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
}
RING = ((3, 3), (4, 3), (5, 3), (6, 3), (6, 4), (6, 5), (6, 6), (5, 6), (4, 6), (3, 6), (3, 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """Whole files, and who reads them; *share* says how often they are mutated."""

    files: Files
    read: Callable[[Files], Any]
    among: str = ""  # how the name of a file that is mutated begins
    share: int = 4


@cache
def seeds() -> Mapping[str, Seed]:
    """Return every kind by name: the same bytes every time."""
    ct, mr, pet = (_series(modality) for modality in (CT, MR, PT))
    drawn = _mask()
    made = {
        "ct": Seed(files=ct, read=_volumes, share=8),
        "mr": Seed(files=mr, read=_volumes),
        "pet": Seed(files=pet, read=_series_of),
        "suv": Seed(files=pet, read=_suv, share=6),
        "enhanced": Seed(files={"1.dcm": enhanced(_array(MR).astype("<u2"))}, read=_volumes),
        "seg": Seed(files={"1.dcm": _seg(drawn)}, read=_segments, share=5),
        "seg label map": Seed(files={"1.dcm": _seg_by_hand()}, read=_labels_of_seg, share=2),
        "rtstruct": Seed(files={"1.dcm": _rtstruct(drawn)}, read=_rois, share=5),
        "lidc": Seed(files={"1.xml": _lidc()}, read=_nodules),
        "png": Seed(files=ct | _pngs(drawn), read=_png, among="p"),
        "labels": Seed(files={"1.nii.gz": nifti_bytes([drawn], gzipped=True)}, read=_labels),
        **{
            f"dicom {name}": Seed(files=_recoded(ct, syntax), read=_volumes, share=2)
            for name, syntax in SYNTAXES.items()
        },
        **{
            f"dicom {name}": Seed(files=_compressed(ct, syntax), read=_volumes, share=1)
            for name, syntax in CODECS.items()
        },
        **_formats(),
    }
    validated = {"readme.txt": b"none", **ct}
    made["validate"] = Seed(files=validated, read=_validate, share=8)
    made["validate zip"] = Seed(files={"a.zip": _zip(ct | mr)}, read=_validate, share=3)
    return made


TRAPS: Mapping[str, Callable[[Files], Any]] = {  # what the harness itself must notice
    "trap: error": lambda files: files["no such file"],
    "trap: hang": lambda _: time.sleep(600),
    "trap: memory": lambda _: bytearray(1 << 33),
    "trap: crash": lambda _: __import__("os").abort(),
}


def readers() -> Mapping[str, Seed]:
    """Return the kinds and the traps, which are read only when they are named."""
    return {**seeds(), **{k: Seed(files={"1": b"12"}, read=r, share=0) for k, r in TRAPS.items()}}


# --- readers -----------------------------------------------------------------------------------


def _images(files: Files) -> tuple[MemoryTree, list[str]]:
    tree = MemoryTree(files)
    return tree, [*tree.paths()]


def _volumes(files: Files) -> Any:
    return list(read_volumes(*_images(files)))


def _series_of(files: Files) -> Any:
    return read_series(*_images(files))


def _suv(files: Files) -> Any:
    return read_suv(*_images(files))


def _onto() -> Volume:
    return Volume(np.zeros(SHAPE, np.int16), AFFINE)


def _segments(files: Files) -> Any:
    return read_segments(MemoryTree(files), "1.dcm", _onto())


def _labels_of_seg(files: Files) -> Any:
    return read_seg(MemoryTree(files), "1.dcm", Volume(np.zeros((8, 6, 3)), _by_hand()))


def _rois(files: Files) -> Any:
    return read_rtstruct(MemoryTree(files), "1.dcm", _onto())


def _nodules(files: Files) -> Any:
    return read_lidc(MemoryTree(files), "1.xml", _onto())


def _labels(files: Files) -> Any:
    return read_labels(MemoryTree(files), "1.nii.gz", _onto(), resample=True)


def _png(files: Files) -> Any:
    masks = [path for path in files if path.startswith("p")]
    return read_png_stack(MemoryTree(files), masks, [path for path in files if path not in masks])


def _nifti(name: str, files: Files) -> Any:
    return nifti.read(io.BytesIO(files[name]), name)


def _format(name: str, files: Files) -> Any:
    return formats.read(MemoryTree(files), name)


def _validate(files: Files) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        for path, data in files.items():
            (Path(folder) / path).write_bytes(data)
        return [validate([Path(folder)], named(profile)).json() for profile in BUILT_IN]


# --- whole files -------------------------------------------------------------------------------


def _array(modality: Modality) -> Any:
    rng = np.random.default_rng(7)
    low, high = {CT: (-1000, 1000), MR: (0, 900), PT: (0, 20000)}[modality]
    array = rng.integers(low, high, SHAPE)
    return array.astype(np.float64) if modality == PT else array.astype(np.int16)


def _of(name: str) -> Series:
    return Series(patient="1", study="fuzz", series=f"fuzz/{name}")


def _series(modality: Modality) -> Files:
    unit = {CT: "HU", PT: "Bq/ml"}.get(modality, "")
    written = slices(Volume(_array(modality), AFFINE, unit), modality, _of(modality))
    return {f"{modality}{number}.dcm": data for number, data in enumerate(written, start=1)}


def _mask() -> Volume:
    array = np.zeros(SHAPE, np.uint8)
    array[2:9, 2:9, 1:4] = 1
    array[4:6, 4:6, 2] = 2
    return Volume(array, AFFINE, "label")


def _seg(drawn: Volume) -> bytes:
    return segmentation(drawn, NAMES, _of("seg"), source=_of(CT), modality=CT)


def _by_hand() -> Any:
    affine = np.diag([-0.5, -0.75, 2.0, 1.0])
    affine[:3, 3] = 20, 30, 40
    return affine


def _seg_by_hand() -> bytes:
    plane = np.arange(48).reshape(6, 8) % 3 == 0
    return seg([(1 + k % 2, plane, (-20, -30, 40 + 2 * k)) for k in range(3)])


def _rtstruct(drawn: Volume) -> bytes:
    return structure_set(drawn, NAMES, _of("rtstruct"), source=_of(CT), modality=CT)


def _lidc() -> bytes:
    edges = "".join(f"<edgeMap><xCoord>{x}</xCoord><yCoord>{y}</yCoord></edgeMap>" for x, y in RING)
    rois = "\n".join(
        f"<roi><imageZposition>{z}</imageZposition><imageSOP_UID>1.{z}</imageSOP_UID>"
        f"<inclusion>{said}</inclusion>{edges}</roi>"
        for z, said in ((2, "TRUE"), (4, "TRUE"), (4, "FALSE"))
    )
    traits = "<characteristics><malignancy>3</malignancy></characteristics>"
    sessions = "\n".join(
        f"<readingSession><unblindedReadNodule><noduleID>{number}</noduleID>\n{traits}{rois}"
        "</unblindedReadNodule></readingSession>"
        for number in range(4)
    )
    header = "<ResponseHeader><SeriesInstanceUid>1.2.3</SeriesInstanceUid></ResponseHeader>"
    said = f'<?xml version="1.0"?><LidcReadMessage xmlns="http://www.nih.gov">{header}\n'
    return f"{said}{sessions}</LidcReadMessage>".encode()


def _pngs(drawn: Volume) -> Files:
    return {f"p{number}.png": data for number, data in enumerate(pngs(drawn), start=1)}


def _recoded(files: Files, syntax: UID) -> Files:
    recoded = {}
    for path, data in files.items():
        dataset, stream = dcmread(io.BytesIO(data)), io.BytesIO()
        pixels = dataset.pixel_array.astype("<i2" if dataset.PixelRepresentation else "<u2")
        dataset.file_meta.TransferSyntaxUID = syntax
        big = not syntax.is_little_endian
        dataset.PixelData = pixels.byteswap().tobytes() if big else pixels.tobytes()
        dcmwrite(
            stream,
            dataset,
            implicit_vr=syntax.is_implicit_VR,
            little_endian=not big,
            force_encoding=True,
        )
        recoded[path] = stream.getvalue()
    return recoded


def _compressed(files: Files, syntax: UID) -> Files:
    compressed = {}
    for path, data in files.items():
        dataset, stream = dcmread(io.BytesIO(data)), io.BytesIO()
        dataset.compress(syntax, generate_instance_uid=False)
        dcmwrite(stream, dataset, enforce_file_format=True)
        compressed[path] = stream.getvalue()
    return compressed


def _formats() -> Mapping[str, Seed]:
    volume = Volume(_array(CT), AFFINE)
    plain = nifti_bytes([volume], gzipped=False)
    pair = bytearray(plain[:348])
    pair[344:348] = b"ni1\0"
    pair[108:112] = bytes(4)  # vox_offset
    return {
        "nii": Seed(files={"1.nii": plain}, read=partial(_nifti, "1.nii"), share=8),
        "nii.gz": Seed(
            files={"1.nii.gz": gzip.compress(plain, 1, mtime=0)}, read=partial(_nifti, "1.nii.gz")
        ),
        "nii 4-D": Seed(
            files={"1.nii": nifti_bytes([volume, volume], gzipped=False)},
            read=lambda files: nifti.read(io.BytesIO(files["1.nii"]), "1.nii", channel=1),
            share=2,
        ),
        "hdr": Seed(
            files={"1.hdr": bytes(pair), "1.img": plain[352:]},
            read=partial(_format, "1.hdr"),
            share=3,
        ),
        **{
            name: Seed(files=_by_itk(file, packed=packed), read=partial(_format, file), share=share)
            for name, file, packed, share in (
                ("mha", "1.mha", False, 4),
                ("mha zlib", "1.mha", True, 2),
                ("mhd", "1.mhd", False, 2),
                ("nrrd", "1.nrrd", False, 4),
                ("nrrd gzip", "1.nrrd", True, 2),
            )
        },
    }


def _by_itk(name: str, *, packed: bool) -> Files:
    import SimpleITK

    image = SimpleITK.GetImageFromArray(_array(CT))
    with tempfile.TemporaryDirectory() as folder:
        SimpleITK.WriteImage(image, str(Path(folder) / name), packed)
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def _zip(files: Files) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(f"s/{path}"), data)
    return stream.getvalue()
