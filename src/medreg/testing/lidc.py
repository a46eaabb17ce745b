"""Write LIDC XML: one reader's outline of a mask, whose pixels lie just outside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medreg.testing.attributes import Series, position, to_lps, uid
from medreg.testing.rtstruct import outlines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.volume import Volume


def reading(mask: Volume, *, source: Series) -> bytes:
    """Write all of *mask* as one nodule of one reader, drawn on the series *source*.

    What is no hole is exact where *mask* has no notch of one pixel; holes are filled.
    """
    rois = "".join(_rois(to_lps(mask)))
    nodule = (
        "<unblindedReadNodule><noduleID>1</noduleID><characteristics><malignancy>3</malignancy>"
        f"</characteristics>{rois}</unblindedReadNodule>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><LidcReadMessage xmlns="http://www.nih.gov">'
        f"<ResponseHeader><SeriesInstanceUid>{uid(source.series)}</SeriesInstanceUid>"
        f"</ResponseHeader><readingSession>{nodule if rois else ''}</readingSession>"
        "</LidcReadMessage>"
    ).encode()


def _rois(pixels: Volume) -> Iterator[str]:
    for k in range(pixels.shape[2]):
        inside = np.pad(pixels.array[:, :, k] != 0, 1)
        touched = inside[:-1, :-1] | inside[1:, :-1] | inside[:-1, 1:] | inside[1:, 1:]
        for loop in outlines(touched):  # its corners are centers of pixels
            edges = "".join(
                f"<edgeMap><xCoord>{x:.0f}</xCoord><yCoord>{y:.0f}</yCoord></edgeMap>"
                for x, y in (loop - 0.5).tolist()
            )
            yield (
                f"<roi><imageZposition>{position(pixels, k)[2]}</imageZposition>"
                f"<inclusion>TRUE</inclusion>{edges}</roi>"
            )
