"""Count voxels, what several checks need.

One slice along the last axis at a time: files hold them so, and an index takes 8 bytes per voxel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from medreg.volume import Volume

INT16 = 1 << 16
ZERO = 1 << 15  # where 0 HU stands in a histogram


def voxels_of(mask: Volume) -> Mapping[int, int]:
    """Return how many voxels of *mask* hold each value other than 0, by ascending value."""
    import numpy as np

    size = int(mask.array.max(initial=0)) + 1
    totals = np.zeros(size, dtype=np.int64)
    for k in range(mask.shape[2]):
        totals += np.bincount(mask.array[..., k].ravel(order="K"), minlength=size)
    return {value: int(totals[value]) for value in totals.nonzero()[0].tolist() if value}


def histogram(image: Volume) -> NDArray[np.int64]:
    """Return how many voxels of an int16 *image* hold each value; index `ZERO` stands for 0."""
    import numpy as np

    counts = np.zeros(INT16, dtype=np.int64)
    for k in range(image.shape[2]):
        values = image.array[..., k].ravel(order="K").astype(np.int32)
        counts += np.bincount(values + ZERO, minlength=INT16)
    return counts
