"""Made-up subjects: an abdomen in CT or MR, a whole body in PET/CT; from a seed and nothing else.

Anatomy is drawn, not simulated: sizes, places and values are plausible, so that a picture shows
at once whether left is left. Same seed and shape, same voxels, on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medreg.imaging import abdomen, wholebody
from medreg.imaging.anatomy import Canvas, blurred
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from medreg.imaging.anatomy import Mask, Point

Size = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Phantom:
    """An image in RAS+ and the organs it shows, by their names in the vocabulary.

    A whole includes its parts: the liver its tumors, a kidney its cyst. From 32 x 32 x 24 voxels
    on, every organ has at least one.
    """

    image: Volume
    organs: Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class PetCtPhantom:
    """A CT in HU, a PET in SUV on the same grid, and what they show: *lesions* take up tracer."""

    ct: Volume
    pet: Volume
    lesions: NDArray[np.bool_]
    organs: Mapping[str, NDArray[np.bool_]]


def ct(seed: str, shape: Size = (64, 64, 48), spacing: Point | None = None) -> Phantom:
    """Return an abdominal CT: int16 HU, portal venous phase.

    Without *spacing* (mm) any *shape* covers the same 400 x 400 x 300 mm.
    """
    canvas = _abdomen(seed, shape, spacing)
    values = blurred(canvas.values({name: hu for name, (hu, _) in abdomen.LOOKS.items()}))
    values += 6 * canvas.noise("ct") + 20 * blurred(canvas.noise("ct grain"))
    array = np.clip(np.rint(values), -1024, 3071).astype(np.int16)
    return Phantom(Volume(array, canvas.affine, "HU"), _organs(canvas, abdomen.ORGANS))


def mr(seed: str, shape: Size = (64, 64, 48), spacing: Point | None = None) -> Phantom:
    """Return a T1-weighted MR (int16, no unit) of the same anatomy, with a coil's shading."""
    canvas = _abdomen(seed, shape, spacing)
    values = blurred(canvas.values({name: signal for name, (_, signal) in abdomen.LOOKS.items()}))
    values = values * (1 + np.float32(0.15) * canvas.drift("coil")) + 16 * canvas.noise("mr")
    array = np.rint(np.abs(values)).astype(np.int16)
    return Phantom(Volume(array, canvas.affine), _organs(canvas, abdomen.ORGANS))


def petct(seed: str, shape: Size = (64, 64, 96), spacing: Point | None = None) -> PetCtPhantom:
    """Return a whole body with FDG: CT and PET on one grid of any *shape*, 500 x 500 x 1000 mm.

    Air is -1000 HU, soft tissue about 0, bone about 300. SUV is 1 to 2 in the body, 6 to 8 in the
    brain, 5 to 12 in 2 to 4 round lesions with a Gaussian profile, which are 0.02 to 0.10 % of
    all voxels.
    """
    canvas = Canvas(seed, shape, spacing or _covering(wholebody.EXTENT, shape))
    wholebody.draw(canvas)
    lesions, uptake = wholebody.lesions(canvas)
    hounsfield = canvas.values({name: hu for name, (hu, _) in wholebody.LOOKS.items()})
    body = canvas.tissue > 0
    hounsfield += np.where(body, 6 * canvas.noise("ct") + 30 * lesions, 0)
    array = np.clip(np.rint(hounsfield), -1000, 3071).astype(np.int16)
    return PetCtPhantom(
        Volume(array, canvas.affine, "HU"),
        Volume(uptake, canvas.affine, "SUV"),
        lesions,
        _organs(canvas, wholebody.ORGANS),
    )


def _abdomen(seed: str, shape: Size, spacing: Point | None) -> Canvas:
    canvas = Canvas(seed, shape, spacing or _covering(abdomen.EXTENT, shape))
    abdomen.draw(canvas)
    return canvas


def _covering(extent: Point, shape: Size) -> Point:
    x, y, z = (round(mm / count, 2) for mm, count in zip(extent, shape, strict=True))
    return x, y, z


def _organs(canvas: Canvas, tissues: Mapping[str, tuple[str, ...]]) -> dict[str, Mask]:
    return {organ: canvas.where(*names) for organ, names in tissues.items()}
