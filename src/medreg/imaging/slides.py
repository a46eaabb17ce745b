"""Whole slides from afar, by OpenSlide (extra ``wsi``): SVS, tiled TIFF, DICOM and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import CannotHere, Refused
from medreg.imaging.guard import refusing
from medreg.imaging.local import on_disk
from medreg.model.pictures import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.model import Tree

LONGEST = 2048  # pixels of a thumbnail's longer side
MOST_PIXELS = 2**27  # of the level that it is made from


def read(tree: Tree, paths: Sequence[str], longest: int = LONGEST) -> Picture:
    """Return the thumbnail of a slide, its longer side at most *longest* pixels, as RGB.

    *paths* is the one file, or the DICOM files of one slide. Raises `CannotHere` without
    OpenSlide; `Refused` for no slide, and for one without a small enough level.
    """
    openslide = _openslide()
    name = paths[0]
    with on_disk(tree, paths) as file, refusing(name, "a slide"):
        try:
            slide = openslide.OpenSlide(str(file))
        except openslide.OpenSlideUnsupportedFormatError:
            raise Refused(f"{name} is no slide that OpenSlide knows") from None
        with slide:
            columns, rows = slide.dimensions
            factor = max(columns, rows, longest) / longest
            level = slide.level_dimensions[slide.get_best_level_for_downsample(factor)]
            if level[0] * level[1] > MOST_PIXELS:
                raise Refused(
                    f"{name} has {columns} x {rows} pixels and no level below {MOST_PIXELS:,}"
                )
            array = np.array(slide.get_thumbnail((longest, longest)).convert("RGB"))
    return Picture(array, "RGB", size=(rows, columns))


def _openslide() -> Any:
    try:
        import openslide
    except ImportError:
        raise CannotHere(
            "slides are read by OpenSlide, which is not installed",
            hint='pip install "medreg[wsi]"',
        ) from None
    return openslide
