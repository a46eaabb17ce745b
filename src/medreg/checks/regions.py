"""Pieces and holes of a region, found with ITK; the tests let SciPy find the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]


def pieces(region: Mask) -> NDArray[np.int32]:
    """Give each connected part a number from 1; voxels that share a corner are connected."""
    import numpy as np
    import SimpleITK

    itk: Any = SimpleITK  # without types
    found = itk.ConnectedComponent(itk.GetImageFromArray(region.T.astype(np.uint8)), True)
    return np.asarray(itk.GetArrayFromImage(found).T, dtype=np.int32)


def holes(region: Mask) -> Mask:
    """Return the voxels outside *region* that no way through shared faces leads out from."""
    import numpy as np
    import SimpleITK

    itk: Any = SimpleITK  # without types
    padded = np.pad(region, 1).T.astype(np.uint8)
    filled = itk.GetArrayFromImage(itk.BinaryFillhole(itk.GetImageFromArray(padded)))
    return np.asarray(filled.T[1:-1, 1:-1, 1:-1].astype(bool) & ~region)
