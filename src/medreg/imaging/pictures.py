"""Pictures: PNG, JPEG, TIFF, BMP, GIF, PPM (also gzipped), and single DICOM images."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.dicom import MAX_FILE, read_bytes
from medreg.imaging.guard import refusing
from medreg.model.pictures import RGB, Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image

    from medreg.model import Tree

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "PPM")
DICOM = (".dcm", ".dicom")
MOST_PIXELS = 2**27  # of one file, all pages together
GRAY = {"1": "L", "L": "L", "LA": "L", "I;16": "", "I;16B": "", "I;16L": "", "I": "", "F": ""}
PLANES = 2


def read(tree: Tree, path: str) -> Picture:
    """Decode a picture as it is shown: gray as stored, anything else as RGB without opacity.

    Several pages of one size are frames. 1-bit pixels are 0 and 255. Raises `Refused` for a
    damaged file, a file of another kind, and one of more than `MOST_PIXELS` pixels.
    """
    if path.lower().endswith(DICOM):
        return _dicom(tree, path)
    pages = _pages(tree, path, shown=True)
    array = pages[0] if len(pages) == 1 else np.stack(pages)
    return Picture(array, "gray" if pages[0].ndim == PLANES else "RGB")


def read_masks(tree: Tree, paths: Sequence[str], above: int | None = None) -> Picture:
    """Decode the masks *paths* and put them together, the highest value on top.

    Values are the stored ones: indices where there is a palette. With *above*, what is brighter
    in any color is 1, and all else 0. Raises `Refused` for a mask in colors without *above*, and
    for masks of several sizes.
    """
    whole: NDArray[Any] | None = None
    for path in paths:
        mask = _mask(tree, path, above)
        if whole is not None and mask.shape != whole.shape:
            raise Refused(f"{path} has {_size(mask.shape)} pixels, {paths[0]} {_size(whole.shape)}")
        whole = mask if whole is None else np.maximum(whole, mask)
    if whole is None:
        raise Refused("there is no mask")
    return Picture(whole)


def _mask(tree: Tree, path: str, above: int | None) -> NDArray[Any]:
    pages = _pages(tree, path, shown=False)
    if len(pages) > 1:
        raise Refused(f"{path} has {len(pages)} pages; a mask has one")
    plane = pages[0]
    if plane.ndim > PLANES:
        if above is None and (plane != plane[..., :1]).any():
            raise Refused(
                f"{path} has colors; a mask has one number per pixel",
                hint="above= in the layout takes whatever is brighter as the mask",
            )
        plane = plane.max(axis=-1)
    return plane if above is None else (plane > above).astype(np.uint8)


def _pages(tree: Tree, path: str, *, shown: bool) -> list[NDArray[Any]]:
    from PIL import Image

    data = read_bytes(tree, path)
    if path.lower().endswith(".gz"):
        data = _inflated(data, path)
    with refusing(path, "a picture"):
        limit = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None  # ours is asked below, for every page
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                return _decoded(image, path, shown=shown)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _decoded(image: Image, path: str, *, shown: bool) -> list[NDArray[Any]]:
    pages: list[NDArray[Any]] = []
    size, left = image.size, MOST_PIXELS
    for page in range(getattr(image, "n_frames", 1)):
        image.seek(page)
        left -= image.width * image.height
        if left < 0:
            raise Refused(f"{path} has more than {MOST_PIXELS:,} pixels")
        if image.size != size:
            raise Refused(
                f"{path} holds pictures of several sizes: {_size(size[::-1])} and "
                f"{_size(image.size[::-1])}",
                hint="WholeSlide reads slides",
            )
        pages.append(_array(image, shown=shown))
    if any(page.shape != pages[0].shape for page in pages):
        raise Refused(f"{path}: some of its pages have colors, and some have not")
    return pages


def _array(image: Image, *, shown: bool) -> NDArray[Any]:
    mode = image.mode
    if mode == "P" and not shown:
        return np.array(image)  # indices
    to = GRAY.get(mode, "RGB")
    array = np.array(image.convert(to) if to and to != mode else image)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _inflated(data: bytes, path: str) -> bytes:
    with refusing(path, "gzip"), gzip.open(io.BytesIO(data)) as stream:
        whole = stream.read(MAX_FILE + 1)
    if len(whole) > MAX_FILE:
        raise Refused(f"{path} inflates to more than {MAX_FILE:,} bytes")
    return whole


def _size(shape: Sequence[int]) -> str:
    return f"{shape[1]} x {shape[0]}"


# --- a DICOM image that is no slice: a radiograph, a mammogram, an ultrasound frame --------------


def _dicom(tree: Tree, path: str) -> Picture:
    """Return the stored values; colors as RGB. Rescale and VOI transformations are not applied."""
    from medreg.imaging.codecs import Decoder, decode
    from medreg.imaging.dicom import parsed

    data = read_bytes(tree, path)
    dataset = parsed(data, path)
    with refusing(path, "a DICOM image"):
        frames = int(dataset.get("NumberOfFrames") or 1)
        rows, columns, samples = (
            int(dataset.get(name) or 0) for name in ("Rows", "Columns", "SamplesPerPixel")
        )
        if "PixelData" not in dataset or samples not in (1, RGB):
            raise Refused(f"{path} holds no image")
        if not 0 < rows * columns * frames <= MOST_PIXELS:
            raise Refused(f"{path} declares {columns} x {rows} x {frames} pixels")
        if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
            with Decoder() as decoder:
                planes = [decoder.decode(data, path, frame) for frame in range(frames)]
        else:
            planes = [decode(dataset, frame) for frame in range(frames)]
    array = planes[0] if frames == 1 else np.stack(planes)
    inverted = dataset.get("PhotometricInterpretation") == "MONOCHROME1"
    return Picture(array, "RGB" if samples == RGB else "gray", inverted=inverted)
