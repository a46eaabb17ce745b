"""Fabricate what stays packed: pictures, arrays, clips and slides of gradients and discs."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Misuse
from medreg.layouts import Arrays, Images2d
from medreg.layouts.packed import ClipRef, MasksRef, PictureRef, RowRef, SlideRef
from medreg.layouts.refs import RefusedRef
from medreg.model import IGNORED, Modality
from medreg.testing.containers import avi, slide, slide_dicom

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from medreg.model import Case, Dataset, ImageRef, Tree

COLORED = (Modality.OP, Modality.DMS, Modality.SM, Modality.XC)
SIDE = (48, 40)  # rows, columns
ROW = (28, 28)
ROWS = 4  # of each split
SPLITS = ("train", "val", "test")
FRAMES = 20
SLIDE = (1024, 768)
CLASSES = ("a", "b")
FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".ppm": "PPM",
    ".pgm": "PPM",
}
WHITE = 255


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of 8 bits, ``(rows, columns[, 3])``, and the mask of its labels."""

    image: NDArray[np.uint8]
    mask: NDArray[Any]


def shown(dataset: Dataset, seed: str, shape: tuple[int, int] = SIDE) -> Shown:
    """Return a gradient with a disc for each label; it depends on *seed* alone."""
    rng = np.random.default_rng(list(hashlib.sha256(seed.encode()).digest()[:8]))
    y, x = np.indices(shape)
    plane = 40 + rng.uniform(0.5, 1.5) * x + rng.uniform(0.5, 1.5) * y
    plane += rng.normal(0, 4, shape)
    values = [value for value, label in dataset.raw_labels.items() if label != IGNORED] or [1]
    mask = np.zeros(shape, np.min_scalar_type(max(values)))
    radius = min(shape) / (3 + len(values))
    for number, value in enumerate(values):
        angle = 2 * np.pi * number / len(values)
        away = (len(values) > 1) * min(shape) / 4
        middle = shape[0] / 2 + away * np.sin(angle), shape[1] / 2 + away * np.cos(angle)
        mask[(y - middle[0]) ** 2 + (x - middle[1]) ** 2 <= radius**2] = value
    plane += np.where(mask > 0, 60, 0)
    image = np.rint(plane).clip(0, WHITE).astype(np.uint8)
    if next(iter(dataset.modalities.values())) in COLORED:
        image = np.stack([image, image // 2, image // 3], axis=-1)
    return Shown(image, mask)


def files(dataset: Dataset, case: Case, seed: str) -> Mapping[str, bytes]:
    """Return the files of one packed *case*, so that it reads back what `shown` returns.

    Rows of arrays have none of their own: see `indices`. Raises `Misuse` for another reference.
    """
    return dict(_files(dataset, case, seed))


def _files(dataset: Dataset, case: Case, seed: str) -> Iterator[tuple[str, bytes]]:
    for ref in (*case.images.values(), *([case.mask] if case.mask else [])):
        match ref:
            case PictureRef():
                yield ref.path, picture(shown(dataset, seed).image, ref.path)
            case MasksRef():
                mask = shown(dataset, seed).mask
                if ref.above is not None:
                    mask = np.where(mask > 0, WHITE, 0).astype(np.uint8)
                for path in ref.members:
                    yield path, picture(mask, path)
            case ClipRef():
                first = shown(dataset, seed).image
                frames = [np.roll(first, at, axis=1) for at in range(FRAMES)]
                yield ref.path, avi(frames)
            case SlideRef():
                yield from _slide(dataset, ref, seed)
            case RowRef() | RefusedRef():
                pass
            case _:
                raise Misuse(f"a miniature cannot write what {type(ref).__name__} reads")


def _slide(dataset: Dataset, ref: SlideRef, seed: str) -> Iterator[tuple[str, bytes]]:
    image = shown(dataset, seed, SLIDE).image
    colors = image if image.ndim > len(SLIDE) else np.repeat(image[..., None], 3, axis=-1)
    if ref.members[0].lower().endswith(".dcm"):
        halves = [colors[:: 2**level, :: 2**level] for level in range(len(ref.members))]
        yield from zip(ref.members, slide_dicom(halves, seed), strict=True)
    else:
        yield from ((path, slide(colors)) for path in ref.members)


def picture(array: NDArray[Any], path: str) -> bytes:
    """Write *array* as the ending of *path* says; raises `Misuse` for an unknown one."""
    from PIL import Image

    name = PurePosixPath(path.removesuffix(".gz"))
    kind = FORMATS.get(name.suffix.lower())
    stream = io.BytesIO()
    if name.suffix.lower() in (".dcm", ".dicom"):
        stream.write(_dicom(array, path))
    elif kind:
        Image.fromarray(np.ascontiguousarray(array)).save(stream, kind)
    else:
        raise Misuse(f"a miniature cannot write {path}: it ends like no picture")
    data = stream.getvalue()
    return gzip.compress(data, mtime=0) if path.endswith(".gz") else data


def _dicom(array: NDArray[Any], path: str) -> bytes:
    """Write *array* as a Secondary Capture image (PS3.3 section A.8.1)."""
    from pydicom.uid import SecondaryCaptureImageStorage

    from medreg.testing.attributes import Series, common, say, to_bytes
    from medreg.volume import Volume

    gray = array if array.ndim == len(SIDE) else array[..., 0]
    of = Series(patient=path[-64:], study=path, series=path)  # LO: 64 characters
    flat = Volume(np.ascontiguousarray(gray.T)[:, :, None], np.eye(4))
    dataset = common(flat, SecondaryCaptureImageStorage, of, "OT")
    say(
        dataset,
        ConversionType="WSD",
        InstanceNumber=1,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
        PixelData=gray.astype(np.uint8).tobytes() + b"\0" * (gray.size % 2),
    )
    dataset["PixelData"].VR = "OB"
    return to_bytes(dataset, of.instance(1))


# --- what a layout reads to find its cases ------------------------------------------------------


def indices(dataset: Dataset, tree: Tree) -> Mapping[str, bytes]:
    """Return what the layout of *dataset* reads to find its cases, made of the names in *tree*."""
    match dataset.layout:
        case Images2d(table=str(table)) as layout if table:
            path = _ending(tree, table)
            return {path: _table(layout, tree)} if path else {}
        case Arrays(file=file) as layout:
            path = _ending(tree, file)
            return {path: _arrays(dataset, layout)} if path else {}
    return {}


def _ending(tree: Tree, file: str) -> str:
    return next((p for p in tree.paths() if p == file or p.endswith(f"/{file}")), "")


def _table(layout: Images2d, tree: Tree) -> bytes:
    """Write the table of every image that the layout finds, two of each patient."""
    named = replace(layout, table="", key="", class_column="", patient_column="")
    columns = layout.class_column
    each = [columns] if isinstance(columns, str) else [*columns]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(filter(None, [layout.key, *each, layout.patient_column]))
    answers = CLASSES if isinstance(columns, str) else ("1", "0")
    for number, case in enumerate(named.cases(tree)):
        path = _first(case.images.values())
        said = [answers[(number + at) % 2] for at, name in enumerate(each) if name]
        writer.writerow([path, *said, *([f"p{number // 2}"] if layout.patient_column else [])])
    return text.getvalue().encode()


def _first(refs: Sequence[ImageRef] | Any) -> str:
    return next((path for ref in refs for path in ref.members), "")


def _arrays(dataset: Dataset, layout: Arrays) -> bytes:
    """Write the rows of each split: pictures, and masks or classes."""
    drawn = dataset.annotation == "segmentation"
    stream = io.BytesIO()
    content: dict[str, NDArray[Any]] = {}
    for split in SPLITS if "{split}" in layout.images else ("",):
        made = [shown(dataset, f"{dataset.name}/{split}/{row}", ROW) for row in range(ROWS)]
        content[layout.images.replace("{split}", split)] = np.stack([one.image for one in made])
        if layout.labels:
            classes = np.arange(ROWS, dtype=np.uint8)[:, None] % len(CLASSES)
            labels = np.stack([one.mask for one in made]) if drawn else classes
            content[layout.labels.replace("{split}", split)] = labels
    np.savez_compressed(stream, **content)  # type: ignore[arg-type]  # its other keyword is a flag
    return stream.getvalue()
