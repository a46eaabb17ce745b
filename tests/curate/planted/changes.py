"""What is done to a scan and its mask before somebody else publishes it, or by mistake."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from medreg.imaging import abdomen
from medreg.imaging.anatomy import Canvas, blurred
from medreg.volume import Volume
from tests.imaging import copies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.generic]
    Change = Callable[["Scan"], "Scan"]

LIVER, SPLEEN, RIGHT, LEFT = 1, 2, 3, 4
LEVELS = 255  # of a gray JPEG


@dataclass(frozen=True)
class Scan:
    """An image, its masks (one, or one per structure), and gzip's level in its files."""

    image: Volume
    masks: tuple[Volume, ...]
    level: int = 2

    def with_mask(self, array: Array) -> Scan:
        """Put another array into the only mask."""
        (mask,) = self.masks
        return replace(self, masks=(replace(mask, array=array),))


# --- copies ------------------------------------------------------------------------------------


def moved(make: Callable[[Volume], Volume]) -> Change:
    """Do to the masks what *make* does to the image."""

    def change(scan: Scan) -> Scan:
        return replace(scan, image=make(scan.image), masks=tuple(map(make, scan.masks)))

    return change


def sampled(make: Callable[[Volume], Volume]) -> Change:
    """Let *make* interpolate the image, and each label by its share in a voxel."""

    def of_mask(mask: Volume) -> Volume:
        made = [(v, shares(mask, v)) for v in np.unique(mask.array).tolist() if v]
        array = np.zeros(make(mask).shape, np.uint8)
        for value, share in made:
            array[share > 50] = value
        return replace(make(mask), array=array)

    def shares(mask: Volume, value: int) -> Array:
        return make(replace(mask, array=np.equal(mask.array, value) * np.int16(100))).array

    def change(scan: Scan) -> Scan:
        return replace(scan, image=make(scan.image), masks=tuple(map(of_mask, scan.masks)))

    return change


def alone(make: Callable[[Volume], Volume]) -> Change:
    """Change the image's values, and no mask."""
    return lambda scan: replace(scan, image=make(scan.image))


def to_3_mm(scan: Volume) -> Volume:
    """Resample linearly to cubes of 3 mm."""
    array = scan.array.astype(np.float32)
    for axis, step in enumerate(scan.spacing):
        places = np.arange(0, array.shape[axis] - 1, 3 / step)
        low = places.astype(int)
        part = (places - low).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
        array = np.take(array, low, axis) * (1 - part) + np.take(array, low + 1, axis) * part
    affine = scan.affine @ np.diag([*(3 / np.array(scan.spacing)), 1])
    return Volume(np.rint(array).astype(np.int16), affine, scan.unit)


def lossy(scan: Volume) -> Volume:
    """Store every slice as a gray JPEG of -1000 to 1000 HU."""
    from PIL import Image

    gray = np.clip((scan.array + 1000.0) * LEVELS / 2000, 0, LEVELS).astype(np.uint8)
    planes = []
    for k in range(gray.shape[2]):
        stream = io.BytesIO()
        Image.fromarray(gray[:, :, k]).save(stream, format="jpeg", quality=90)
        planes.append(np.asarray(Image.open(stream), np.float32))
    values = np.rint(np.stack(planes, axis=2) * 2000 / LEVELS - 1000)
    return replace(scan, array=values.astype(np.int16))


def relabeled(scan: Scan) -> Scan:
    """Draw the masks anew: everything a voxel smaller along the first axis."""
    smaller = tuple(
        replace(m, array=np.where(np.roll(m.array, 1, 0) == m.array, m.array, 0))
        for m in scan.masks
    )
    return replace(scan, masks=smaller)


COPIES: Mapping[str, Change] = {
    "re-orientation": moved(copies.turned),
    "mirrored by a lost header": moved(copies.mirrored),
    "axes permuted": moved(copies.upside_down),
    "header and spacing reset": moved(copies.header_lost),
    "dtype change": alone(copies.other_type),
    "offset of 1024": alone(copies.shifted),
    "clipping at HU limits": alone(copies.clipped),
    "crop in z": moved(copies.cropped_in_z),
    "crop in plane": moved(copies.cropped),
    "gzip level": lambda scan: replace(scan, level=9),
    "label-only change": relabeled,
    "resampling to 3 mm": sampled(to_3_mm),
    "mild noise": alone(copies.noisy),
    "lossy compression": alone(lossy),
}


# --- another visit -----------------------------------------------------------------------------


def revisited(scan: Scan, seed: str) -> Scan:
    """Scan the anatomy that *seed* draws again: with its own noise, and after a deeper breath."""
    canvas = Canvas(seed, scan.image.shape, scan.image.spacing)
    other = Canvas(f"{seed} again", scan.image.shape, scan.image.spacing)
    abdomen.draw(canvas)
    values = blurred(canvas.values({name: hu for name, (hu, _) in abdomen.LOOKS.items()}))
    values += 6 * other.noise("ct") + 20 * blurred(other.noise("ct grain"))
    image = replace(scan.image, array=np.rint(_breathed(values)).astype(np.int16))
    masks = tuple(replace(mask, array=_breathed(mask.array)) for mask in scan.masks)
    return replace(scan, image=image, masks=masks)


def _breathed(array: Array) -> Array:
    """Stretch *array* downwards, by up to a voxel and a half in the middle."""
    last = array.shape[2] - 1
    places = np.arange(last + 1)
    places = np.clip(places + 1.5 * np.sin(np.pi * places / last), 0, last)
    low = np.minimum(places.astype(int), last - 1)
    if array.dtype.kind in "iu":
        return array[:, :, np.rint(places).astype(int)]
    part = (places - low).astype(np.float32)
    return array[:, :, low] * (1 - part) + array[:, :, low + 1] * part


# --- mistakes ----------------------------------------------------------------------------------


def empty(scan: Scan) -> Scan:
    """Show nothing."""
    return scan.with_mask(np.zeros_like(scan.masks[0].array))


def tiny(scan: Scan) -> Scan:
    """Leave five voxels of liver."""
    array = np.zeros_like(scan.masks[0].array)
    array[tuple(place[:5] for place in np.equal(scan.masks[0].array, LIVER).nonzero())] = LIVER
    return scan.with_mask(array)


def islands(scan: Scan) -> Scan:
    """Call two blocks of the left back liver."""
    array = scan.masks[0].array.copy()
    i, j, k = (n // 2 for n in array.shape)
    array[i - 12 : i - 9, j - 6 : j - 4, k - 12 : k - 10] = LIVER
    array[i - 4 : i - 1, j - 9 : j - 7, k - 14 : k - 12] = LIVER
    return scan.with_mask(array)


def holes(scan: Scan) -> Scan:
    """Leave a hole in the liver's middle."""
    array = scan.masks[0].array.copy()
    i, j, k = _deepest(np.equal(array, LIVER))
    array[i - 1 : i + 2, j - 1 : j + 2, k - 1 : k + 2] = 0
    return scan.with_mask(array)


def _deepest(region: NDArray[np.bool_]) -> tuple[int, int, int]:
    """Return a voxel from which the edge of *region* is farthest."""
    inside = region
    while True:
        smaller = inside.copy()
        for axis in range(3):
            smaller &= np.roll(inside, 1, axis) & np.roll(inside, -1, axis)
        if not smaller.any():
            i, j, k = (int(place[0]) for place in inside.nonzero())
            return i, j, k
        inside = smaller


def outside(scan: Scan) -> Scan:
    """Paint a block of spleen in the air of a corner."""
    array = scan.masks[0].array.copy()
    array[:4, :4, 5:9] = LEFT
    return scan.with_mask(array)


def swapped(scan: Scan) -> Scan:
    """Take left for right."""
    array = scan.masks[0].array
    return scan.with_mask(np.where(array == RIGHT, LEFT, np.where(array == LEFT, RIGHT, array)))


def elsewhere(scan: Scan) -> Scan:
    """Say in the mask's header that it lies 30 mm off."""
    (mask,) = scan.masks
    affine = mask.affine.copy()
    affine[2, 3] += 30
    return replace(scan, masks=(replace(mask, affine=affine),))


def unknown(scan: Scan) -> Scan:
    """Use a value that nobody listed."""
    array = scan.masks[0].array.copy()
    array[20:23, 20:23, 20] = 9
    return scan.with_mask(array)


def touching(scan: Scan) -> Scan:
    """Paint spleen onto half of the right kidney."""
    array = scan.masks[0].array.copy()
    i, j, k = np.equal(array, RIGHT).nonzero()
    half = k > np.median(k)
    array[i[half], j[half], k[half]] = SPLEEN
    return scan.with_mask(array)


def lung(scan: Scan) -> Scan:
    """Call lung what is liver."""
    array = scan.masks[0].array.copy()
    array[array == LIVER] = 0
    aerated = (scan.image.array > -920) & (scan.image.array < -600) & (array == 0)
    array[aerated] = LIVER
    return scan.with_mask(array)


def too_small(scan: Scan) -> Scan:
    """Leave the lowest part of the liver: a sixth of its voxels."""
    array = scan.masks[0].array.copy()
    i, j, k = np.equal(array, LIVER).nonzero()
    above = k > np.quantile(k, 1 / 6)
    array[i[above], j[above], k[above]] = 0
    return scan.with_mask(array)


MISTAKES: Mapping[str, tuple[str, Change]] = {  # and the check that finds it
    "empty mask": ("labels", empty),
    "tiny mask": ("size", tiny),
    "islands": ("islands", islands),
    "holes": ("holes", holes),
    "mask outside the body": ("body", outside),
    "left and right swapped": ("sides", swapped),
    "wrong affine": ("geometry", elsewhere),
    "unknown value": ("labels", unknown),
    "touching what it cannot": ("neighbors", touching),
    "liver in the lung": ("tissue", lung),
    "a sixth of a liver": ("outliers", too_small),
}
