"""What a fabricated case shows: a phantom of the right modality, with the dataset's own labels."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from medreg.imaging import phantoms
from medreg.layouts.refs import OntoRef, SeriesRef, SuvRef
from medreg.model import CT, IGNORED, PT
from medreg.testing.encode import Content
from medreg.volume import Volume

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medreg.model import Case, Dataset

Shape = tuple[int, int, int]
Organs = Mapping[str, "NDArray[np.bool_]"]

_BLOB = 0.06  # radius of a stand-in structure, as a share of the shortest side


def content(dataset: Dataset, case: Case, seed: str, shape: Shape) -> Content:
    """Return what *case* shows: the phantom of *seed*, *shape* voxels large.

    A channel that is a DICOM series has as many slices as files. Labels that the phantom's
    anatomy lacks (a prostate zone, say) are small balls at fixed places.
    """
    modalities = dataset.modalities
    grids = {channel: _grid(case, channel, shape) for channel in modalities}
    if PT in modalities.values():
        images, organs = _pet_ct(dataset, seed, grids)
    else:
        images, organs = _channels(dataset, seed, grids)
    labels = {value: name for value, name in dataset.raw_labels.items() if name != IGNORED}
    grid = images[case.grid]
    mask = Volume(_painted(labels, organs, grid.shape), grid.affine, "label")
    return Content(
        images=images,
        mask=mask if case.mask is not None else None,
        modalities=modalities,
        names=labels
        | {value: raw.replace("*", "1") for raw, value in reversed([*dataset.raw_values.items()])},
    )


def _grid(case: Case, channel: str, shape: Shape) -> Shape:
    ref = case.images[channel]
    ref = ref.stored if isinstance(ref, SuvRef | OntoRef) else ref
    return (*shape[:2], len(ref.members)) if isinstance(ref, SeriesRef) else shape


def _channels(
    dataset: Dataset, seed: str, grids: Mapping[str, Shape]
) -> tuple[dict[str, Volume], Organs]:
    """Return one volume per channel of one anatomy; later channels have other contrast."""
    images = {}
    for number, (channel, modality) in enumerate(dataset.modalities.items()):
        fabricate = phantoms.ct if modality is CT else phantoms.mr
        phantom = fabricate(seed, shape=grids[channel])
        values = phantom.image.array // (1 + number)
        images[channel] = Volume(values, phantom.image.affine, phantom.image.unit)
    return images, phantom.organs


def _pet_ct(
    dataset: Dataset, seed: str, grids: Mapping[str, Shape]
) -> tuple[dict[str, Volume], Organs]:
    made = {shape: phantoms.petct(seed, shape=shape) for shape in set(grids.values())}
    images = {
        channel: made[grids[channel]].pet if modality is PT else made[grids[channel]].ct
        for channel, modality in dataset.modalities.items()
    }
    pet = next(channel for channel, modality in dataset.modalities.items() if modality is PT)
    return images, {**made[grids[pet]].organs, "lesion": made[grids[pet]].lesions}


def _painted(labels: Mapping[int, str], organs: Organs, shape: Shape) -> NDArray[np.generic]:
    """Draw each label, large ones first, so that parts lie on their wholes."""
    unknown = [name for name in labels.values() if not _drawn(name, organs)]
    regions = {
        value: np.logical_or.reduce(_drawn(name, organs) or [_ball(unknown.index(name), shape)])
        for value, name in labels.items()
    }
    mask = np.zeros(shape, dtype=np.min_scalar_type(max(labels, default=0)))
    for value in sorted(regions, key=lambda v: (-int(regions[v].sum()), v)):
        mask[regions[value]] = value
    return mask


def _drawn(name: str, organs: Organs) -> list[NDArray[np.bool_]]:
    """Return the organs that *name* stands for: ``kidney`` is both kidneys and their masses."""
    return [
        region for organ, region in organs.items() if organ == name or organ.startswith(f"{name}_")
    ]


def _ball(number: int, shape: Shape) -> NDArray[np.bool_]:
    """Return a ball at the *number*-th of 36 places around the center."""
    across = (0.5, 0.38, 0.62)
    places = [*product(across, across, (0.42, 0.58)), *product(across, across, (0.3, 0.7))]
    place = places[number % len(places)]
    radius = max(1.0, _BLOB * min(shape))
    apart = sum(
        (axis - share * (side - 1)) ** 2
        for axis, share, side in zip(np.indices(shape), place, shape, strict=True)
    )
    return np.asarray(apart <= radius**2)
