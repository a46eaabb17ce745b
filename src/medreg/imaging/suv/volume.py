"""A PET series as uptake, and a CT on the PET's grid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.imaging.canonical import canonical_image
from medreg.imaging.codecs import Decoder
from medreg.imaging.geometry import LPS_TO_RAS, unit
from medreg.imaging.series import read_grid
from medreg.imaging.stack import stack
from medreg.imaging.suv.factor import factor
from medreg.imaging.suv.facts import read_facts
from medreg.model import CT
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.imaging.stack import Slice
    from medreg.imaging.suv.body import Kind
    from medreg.imaging.suv.factor import Factor
    from medreg.model import Tree

OUTSIDE = -1024  # HU where the PET reaches beyond the CT
RESAMPLED = f"resampled to the PET's grid: linear, {OUTSIDE} HU outside the CT, whole HU"


def read_suv(tree: Tree, paths: Sequence[str], kind: Kind = "bw") -> tuple[Volume, Factor]:
    """Read a PET series as uptake (float32): every slice times its own slope and factor.

    Notes tell the factor and how it was found. Raises `Refused` as `series.read_series` does, and
    naming what is missing when the factor cannot be computed (`suv.factor.factor`).
    """
    with Decoder() as decoder:
        found, grid = read_grid(tree, paths, decoder)
        paths_of = {header.name: header.path for header in found}
        made = factor(read_facts(tree, list(dict.fromkeys(paths_of.values()))), kind)
        slices = [_times(one, made.of(one.name)) for one in grid.slices]
        notes = (*grid.notes, *made.notes)
        volume = stack(replace(grid, slices=slices, notes=notes), made.unit)
    return replace(volume, array=volume.array.astype(np.float32, copy=False)), made


def _times(one: Slice, value: float) -> Slice:
    return replace(one, slope=one.slope * value, intercept=one.intercept * value)


def onto(ct: Volume, pet: Volume) -> Volume:
    """Return *ct* on the grid of *pet*: linear between voxels, -1024 HU outside, whole HU (int16).

    No smoothing comes before, as in the common scripts for PET/CT: a voxel is the CT at its center.
    """
    import SimpleITK

    itk: Any = SimpleITK  # without types
    fine, coarse = canonical_image(ct, CT), pet.to_ras()
    image = itk.GetImageFromArray(np.ascontiguousarray(fine.array.transpose(2, 1, 0)))
    image = itk.Cast(_placed(image, fine), itk.sitkFloat64)
    shape = [int(n) for n in coarse.shape]
    like = _placed(itk.Image(*shape, itk.sitkUInt8), coarse)
    made = itk.Resample(image, like, itk.Transform(), itk.sitkLinear, float(OUTSIDE))
    array = np.rint(itk.GetArrayFromImage(made)).astype(np.int16).transpose(2, 1, 0)
    return Volume(np.ascontiguousarray(array), coarse.affine, "HU", (*fine.notes, RESAMPLED))


def _placed(image: Any, volume: Volume) -> Any:
    """Give a SimpleITK *image* the place of *volume*; ITK speaks LPS."""
    lps = LPS_TO_RAS @ volume.affine
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetSpacing(list(volume.spacing))
    image.SetDirection(np.column_stack([unit(lps[:3, axis]) for axis in range(3)]).ravel().tolist())
    return image
