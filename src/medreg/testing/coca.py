"""Write COCA's property lists: outlines between pixel centers, with their places in mm."""

from __future__ import annotations

import plistlib
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.testing.attributes import orientation, position, to_lps
from medreg.testing.rtstruct import outlines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medreg.volume import Volume


def property_list(mask: Volume, names: Mapping[int, str]) -> bytes:
    """Write *mask*, whose values *names* tells, as OsiriX exports ROIs.

    ``ImageIndex`` counts from the head, while the volume's slices begin at the feet.
    """
    pixels = to_lps(mask)
    count = pixels.shape[2]
    images = [
        {"ImageIndex": count - 1 - k, "NumberOfROIs": len(rois), "ROIs": rois}
        for k in reversed(range(count))
        if (rois := list(_rois(pixels, k, names)))
    ]
    return plistlib.dumps({"Images": images})


def _rois(pixels: Volume, k: int, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    along = np.array(orientation(pixels), dtype=np.float64).reshape(2, 3)
    steps = along * np.array(pixels.spacing[:2])[:, None]
    origin = np.array(position(pixels, k), dtype=np.float64)
    for number, name in sorted(names.items()):
        for loop in outlines(pixels.array[:, :, k] == number):
            yield {
                "Area": 1.0,
                "Name": name,
                "NumberOfPoints": len(loop),
                "Point_mm": [_text(point) for point in (origin + loop @ steps).tolist()],
                "Point_px": [_text(point) for point in loop.tolist()],
            }


def _text(point: list[float]) -> str:
    return f"({', '.join(f'{value:.6f}' for value in point)})"
