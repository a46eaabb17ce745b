"""Change the voxels of one case as its recipe asks, and say what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.tables import TransformRow, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medreg.curate.transform import Transform
    from medreg.tables import SelectionRow
    from medreg.volume import Volume

TABLE = "transforms.csv"


def transformed(
    row: SelectionRow,
    asked: Transform,
    images: Mapping[str, Volume],
    mask: Volume,
    ignore: int | None,
) -> tuple[dict[str, Volume], Volume, TransformRow]:
    """Return *images* and *mask*, which share a grid, as *asked*; they share one again.

    *ignore* is the mask's value of what nobody judged: a crop may lose it. Raises `Refused` for
    values that do not fit.
    """
    from medreg.imaging import transform as change

    made, box, shares = dict(images), None, {}
    if asked.crop:
        shown = mask.array != 0 if ignore is None else (mask.array != 0) & (mask.array != ignore)
        box = change.body_box(_densest(images.values()), shown, asked.margin)
        made = {channel: change.cropped(image, box) for channel, image in made.items()}
        mask_made = change.cropped(mask, box)
    else:
        mask_made = mask
    if asked.spacing:
        made = {
            channel: change.resampled(image, asked.spacing, asked.images)
            for channel, image in made.items()
        }
        mask_made = change.resampled_mask(mask_made, asked.spacing, asked.masks)
    for channel, image in made.items():
        if limits := asked.clips(channel):
            made[channel], beyond = change.clipped(image, *limits)
            shares[channel] = f"{beyond / image.array.size:.4g}"
    if asked.cast:
        made = {channel: change.cast(image, asked.cast) for channel, image in made.items()}
    if asked.orientation:
        made = {channel: change.turned(image, asked.orientation) for channel, image in made.items()}
        mask_made = change.turned(mask_made, asked.orientation)
    types = {
        channel: f"{images[channel].array.dtype}>{image.array.dtype}"
        for channel, image in made.items()
        if image.array.dtype != images[channel].array.dtype
    }
    told = TransformRow(
        dataset=row.dataset,
        case=row.case,
        crop=" ".join(f"{start}:{stop}" for start, stop in box or ()),
        clipped=words(shares),
        types=words(types),
        **{f"{key}_before": value for key, value in _grid(mask).items()},
        **_grid(mask_made),
    )
    return made, mask_made, told


def _densest(images: Iterable[Volume]) -> Volume:
    """Return the image that tells best where the body is: the first in HU, else the first."""
    every = list(images)
    return next((image for image in every if image.unit == "HU"), every[0])


def _grid(volume: Volume) -> dict[str, str]:
    return {
        "shape": " ".join(map(str, volume.shape)),
        "spacing": " ".join(f"{mm:.6g}" for mm in volume.spacing),
        "axes": volume.axes,
        "affine": " ".join(f"{cell:.9g}" for cell in volume.affine[:3].ravel().tolist()),
    }
