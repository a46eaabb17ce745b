"""Masks of one PNG per slice of a DICOM series, as CHAOS publishes them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.codecs import Decoder
from medreg.imaging.dicom import read_bytes
from medreg.imaging.guard import refusing
from medreg.imaging.series import read_grid
from medreg.tables import natural
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medreg.model import Tree

MODES = ("1", "L", "P", "I;16", "I")  # Pillow's names for one number per pixel


def read_png_stack(tree: Tree, paths: Sequence[str], series: Sequence[str]) -> Volume:
    """Read the PNGs *paths* as a mask on the grid of the DICOM *series*.

    The k-th PNG belongs to the k-th slice file, both in natural order of their names; where a
    slice lies is what its header says. Values are the stored ones (palette indices; 0 and 255 for
    1-bit files). Raises `Refused` when the counts or a size differ, or a PNG has colors.
    """
    with Decoder() as decoder:
        _, grid = read_grid(tree, series, decoder)
    masks = sorted(paths, key=natural)
    names = sorted((one.name for one in grid.slices), key=natural)
    if len(masks) != len(names):
        raise Refused(
            f"{len(masks)} PNG masks ({_ends(masks)}) for {len(names)} slices ({_ends(names)})"
        )
    mask_of = dict(zip(names, masks, strict=True))
    columns, rows, _ = grid.shape
    planes = [_plane(tree, mask_of[one.name], columns, rows) for one in grid.slices]
    return Volume(np.stack(planes).transpose(2, 1, 0), grid.affine, "label")


def _plane(tree: Tree, path: str, columns: int, rows: int) -> NDArray[Any]:
    from PIL import Image

    data = read_bytes(tree, path)
    with refusing(path, "PNG"), Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        if image.size != (columns, rows):  # before anything of that size is decoded
            raise Refused(
                f"{path} has {image.width} x {image.height} pixels, its slice {columns} x {rows}"
            )
        if image.mode not in MODES:
            raise Refused(f"{path} has colors ({image.mode}); a mask has one number per pixel")
        return np.array(image.convert("L") if image.mode == "1" else image)


def _ends(names: Sequence[str]) -> str:
    return f"{names[0]} to {names[-1]}" if names else "none"
