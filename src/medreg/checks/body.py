"""Ask whether the mask stays inside the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.model import CT, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from medreg.model import Converted

TISSUE = -500  # HU; air around the patient is below it
COARSE = 128  # voxels along an axis are enough to tell the body from the air around it
FEW = 10  # voxels that may stray without a word


class Body:
    """Warns of mask voxels in the air around the patient of a CT; air in the body is none."""

    name = "body"

    def ask(self, case: Converted) -> Iterator[Finding]:
        """Count them."""
        image = case.images[case.grid]
        if case.mask is None or case.dataset.modalities.get(case.grid) != CT:
            return
        if case.mask.shape != image.shape:
            return  # the geometry check says so
        outside = _outside(image.array, case.mask.array)
        if outside > FEW:
            message = f"{case.mask_file} reaches outside the body ({outside:,} voxels)"
            yield Finding(self.name, Severity.WARN, message)


def _outside(image: NDArray[np.generic], mask: NDArray[np.generic]) -> int:
    """Count the voxels of *mask* that are more than a coarse voxel away from the body.

    In each axial slice the body is what is denser than air, with its holes filled: lungs and
    bowel gas lie within it.
    """
    import numpy as np

    steps = tuple(-(-n // COARSE) for n in image.shape)
    coarse = image[:: steps[0], :: steps[1], :: steps[2]]
    body = _filled(np.greater(coarse, TISSUE))
    nearest = [
        np.minimum((np.arange(n) + step // 2) // step, length - 1)
        for n, step, length in zip(image.shape, steps, body.shape, strict=True)
    ]
    outside = 0
    for k in range(mask.shape[2]):
        i, j = mask[..., k].nonzero()
        outside += int(np.count_nonzero(~body[nearest[0][i], nearest[1][j], nearest[2][k]]))
    return outside


def _filled(tissue: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill the holes of every axial slice, then grow by one voxel."""
    import numpy as np
    import SimpleITK

    itk: Any = SimpleITK  # without types
    slices = np.pad(np.moveaxis(tissue, 2, 0), ((0, 0), (1, 1), (1, 1))).astype(np.uint8)
    one_below_the_other = itk.GetImageFromArray(slices.reshape(-1, slices.shape[2]))
    filled = itk.GetArrayFromImage(itk.BinaryFillhole(one_below_the_other))
    body = itk.GetImageFromArray(filled.reshape(slices.shape)[:, 1:-1, 1:-1])
    grown = itk.GetArrayFromImage(itk.BinaryDilate(body, (1, 1, 1)))
    return np.moveaxis(np.asarray(grown, dtype=bool), 0, 2)
