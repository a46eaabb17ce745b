"""Label files, in NIfTI and others: several as one drawing, or one in another geometry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging import formats
from medreg.imaging.canonical import SAME_GRID, canonical_mask
from medreg.imaging.masks.structures import EMPTY, Structure, on_grid, region_of
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.imaging.masks.structures import Drawing, Region
    from medreg.model import Tree


def read_each(tree: Tree, files: Mapping[str, str], onto: Volume) -> Drawing:
    """Read one file per structure (*files*: name to path) on the grid of *onto*.

    Every value but 0 is the structure. Raises `Refused` naming the file that is no mask, or lies
    in another geometry than *onto*.
    """
    return on_grid(
        [
            Structure(name=name, number=number, region=_region(_read(tree, path), onto, path))
            for number, (name, path) in enumerate(files.items(), start=1)
        ],
        onto,
    )


def read_labels(tree: Tree, path: str, onto: Volume, *, resample: bool = False) -> Drawing:
    """Read a label map on the grid of *onto*: each value is a structure, named for it.

    In another geometry it is refused, or brought to the grid by the nearest label's value when
    *resample* is true, which a note records. Raises `Refused` naming *path*.
    """
    labels = _read(tree, path)
    notes = labels.notes
    if not _aligned(labels, onto):
        if not resample:
            raise _elsewhere(labels, onto, path)
        labels = nearest(labels, onto)
        notes += ("resampled to the image's grid by nearest neighbor",)
    placed = _turned(labels, onto)
    values = np.unique(placed).tolist()
    structures = [
        Structure(name=str(value), number=value, region=_where(placed == value))
        for value in values
        if value
    ]
    return on_grid(structures, onto, notes)


def nearest(labels: Volume, onto: Volume) -> Volume:
    """Return *labels* on the grid of *onto*: each voxel takes the value at the nearest center.

    Voxels farther than half a voxel outside of *labels* are 0. A center in the middle between two
    takes the one of the higher index.
    """
    to_labels = np.linalg.inv(labels.affine) @ onto.affine
    array = np.zeros(onto.shape, labels.array.dtype)
    i, j = np.arange(onto.shape[0])[:, None], np.arange(onto.shape[1])[None, :]
    for k in range(onto.shape[2]):
        index = [
            np.floor(np.round(row[0] * i + row[1] * j + (row[2] * k + row[3]), 6) + 0.5).astype(
                np.intp
            )
            for row in to_labels[:3]
        ]
        inside = np.logical_and.reduce(
            [(at >= 0) & (at < n) for at, n in zip(index, labels.shape, strict=True)]
        )
        array[..., k][inside] = labels.array[tuple(at[inside] for at in index)]
    return Volume(array, onto.affine, "label", labels.notes)


def _read(tree: Tree, path: str) -> Volume:
    volume = formats.read(tree, path, unit="label")
    try:
        return canonical_mask(volume, None)
    except Refused as refusal:
        raise Refused(f"{path}: {refusal.message}", hint=refusal.hint) from None


def _region(labels: Volume, onto: Volume, path: str) -> Region:
    if not _aligned(labels, onto):
        raise _elsewhere(labels, onto, path)
    return _where(_turned(labels, onto) != 0)


def _where(chosen: Any) -> Region:
    i, j, k = chosen.nonzero()
    return region_of([(i, j, k)]) if i.size else EMPTY


def _aligned(labels: Volume, onto: Volume) -> bool:
    return labels.to_ras().same_grid(onto.to_ras(), SAME_GRID)


def _elsewhere(labels: Volume, onto: Volume, path: str) -> Refused:
    ours, theirs = labels.to_ras(), onto.to_ras()
    size = " x ".join(map(str, ours.shape)), " x ".join(map(str, theirs.shape))
    if ours.shape != theirs.shape:
        problem = f"{path} has {size[0]} voxels, its image {size[1]}"
    else:
        problem = f"{path} lies {ours.corner_error(theirs):.3f} mm beside its image"
    return Refused(
        problem, hint="--resample takes the nearest label for each of the image's voxels"
    )


def _turned(labels: Volume, onto: Volume) -> Any:
    """Return the array of *labels* (the same grid) with the axes of *onto*."""
    from nibabel.orientations import apply_orientation, io_orientation, ornt_transform

    turn = ornt_transform(io_orientation(labels.affine), io_orientation(onto.affine))
    return apply_orientation(labels.array, turn)
