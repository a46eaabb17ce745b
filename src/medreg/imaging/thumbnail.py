"""One look at a picture, a clip's first frame or a slide, with its mask drawn on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.montage import COLORS, FILL

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from medreg.model import Picture

LONGEST, SHORT = 2048, 512  # pixels of the longer side: at most; what small pictures grow to
BYTE = 255
FLAT = 2  # axes of a plane without colors


def drawn(picture: Picture, mask: Picture | None) -> Image:
    """Draw *picture*, its longer side at most 2048 pixels; labels are drawn on it.

    Gray values of more than 8 bits are shown from their 0.5th to their 99.5th percentile; what
    is smaller than 256 pixels grows by whole numbers. Raises `Refused` for a mask of another size.
    """
    from PIL import Image as Pillow

    pixels = _colors(picture.plane())
    if mask is not None:
        labels = mask.plane()
        if labels.shape != pixels.shape[:2]:
            raise Refused(f"the mask has shape {labels.shape}, its picture {pixels.shape[:2]}")
        for number, value in enumerate(v for v in np.unique(labels).tolist() if v):
            color = np.array(COLORS[number % len(COLORS)])
            where = labels == value
            pixels[where] = np.rint(pixels[where] * (1 - FILL) + color * FILL)
    image = Pillow.fromarray(np.ascontiguousarray(pixels))
    longest = max(image.size)
    if longest > LONGEST:
        image.thumbnail((LONGEST, LONGEST), Pillow.Resampling.LANCZOS)
    elif longest < SHORT // 2:
        times = SHORT // longest
        image = image.resize((image.width * times, image.height * times), Pillow.Resampling.NEAREST)
    return image


def _colors(plane: NDArray[Any]) -> NDArray[np.uint8]:
    """Return *plane* as 8-bit RGB."""
    shown = np.asarray(plane, np.float64)
    if plane.dtype != np.uint8:
        low, high = np.percentile(shown, [0.5, 99.5]).tolist()
        shown = (shown - low) / max(high - low, 1e-9) * BYTE
    eight = np.rint(shown).clip(0, BYTE).astype(np.uint8)
    return np.repeat(eight[..., None], 3, axis=-1) if eight.ndim == FLAT else eight.copy()
