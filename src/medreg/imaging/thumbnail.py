"""One look at a picture, a clip's first frame or a slide, with its mask drawn on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.montage import colors_of, legend, overlay
from medreg.imaging.sheet import sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from PIL.Image import Image

    from medreg.model import Picture

LONGEST, SHORT = 2048, 512  # pixels of the longer side: at most; what small pictures grow to
NARROWEST = 640  # pixels of a sheet
BYTE = 255
FLAT = 2  # axes of a plane without colors


def drawn(picture: Picture, mask: Picture | None, colors: Mapping[int, str] | None = None) -> Image:
    """Draw *picture*, its longer side at most 2048 pixels; labels are drawn on it.

    Gray values of more than 8 bits are shown from their 0.5th to their 99.5th percentile; what
    is smaller than 256 pixels grows by whole numbers. *colors* (#rrggbb) are those of the mask's
    values. Raises `Refused` for a mask of another size.
    """
    from PIL import Image as Pillow

    pixels = _colors(picture.plane())
    if picture.inverted:
        pixels = BYTE - pixels
    labels = None if mask is None else mask.plane()
    if labels is not None and labels.shape != pixels.shape[:2]:
        raise Refused(f"the mask has shape {labels.shape}, its picture {pixels.shape[:2]}")
    image = Pillow.fromarray(np.ascontiguousarray(pixels))
    longest = max(image.size)
    if longest > LONGEST:
        image.thumbnail((LONGEST, LONGEST), Pillow.Resampling.LANCZOS)
    elif longest < SHORT // 2:
        times = SHORT // longest
        image = image.resize((image.width * times, image.height * times), Pillow.Resampling.NEAREST)
    if labels is None:
        return image
    shown = np.asarray(image, np.float32).copy()
    whole = Pillow.fromarray(np.ascontiguousarray(labels, np.int32))
    large = np.asarray(whole.resize(image.size, Pillow.Resampling.NEAREST))
    for value, color in colors_of(labels, colors or {}).items():
        overlay(shown, large == value, color)
    return Pillow.fromarray(np.rint(shown).astype(np.uint8))


def sheet_of(
    picture: Picture,
    mask: Picture | None,
    title: str,
    names: Mapping[int, str],
    colors: Mapping[int, str],
) -> Image:
    """Return what `drawn` returns on paper, with its *title*, its size and its legend."""
    shape = picture.shape
    said = f"{shape[-1]:,} x {shape[-2]:,} pixels"
    if len(shape) > FLAT:
        said = f"frame {1 if picture.size else shape[0] // 2 + 1} of {shape[0]:,}   {said}"
    own = {} if mask is None else colors_of(mask.plane(), colors)
    keys = legend(own, names, masked=mask is not None)
    return sheet(drawn(picture, mask, colors), title, said, keys, NARROWEST)


def _colors(plane: NDArray[Any]) -> NDArray[np.uint8]:
    """Return *plane* as 8-bit RGB."""
    shown = np.asarray(plane, np.float64)
    if plane.dtype != np.uint8:
        low, high = np.percentile(shown, [0.5, 99.5]).tolist()
        shown = (shown - low) / max(high - low, 1e-9) * BYTE
    eight = np.rint(shown).clip(0, BYTE).astype(np.uint8)
    return np.repeat(eight[..., None], 3, axis=-1) if eight.ndim == FLAT else eight.copy()
