"""A whole body, drawn for PET/CT: head, trunk and thighs, with brain, lungs, liver and bones."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from medreg.imaging.anatomy import Canvas, Column, Ellipsoid, Tube, blurred, chance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from numpy.typing import NDArray

    from medreg.imaging.anatomy import Field, Mask, Point

EXTENT = (500.0, 500.0, 1000.0)  # mm that the drawing fills

# tissue: HU, and SUV of FDG an hour after injection
LOOKS = {
    "air": (-1000, 0.0),
    "soft": (0, 1.35),
    "fat": (-40, 1.1),
    "lung": (-850, 1.0),
    "heart": (20, 1.9),
    "liver": (30, 2.0),
    "spleen": (25, 1.8),
    "bone": (300, 1.55),
    "brain": (20, 7.0),
}
ORGANS = {name: (name,) for name in ("brain", "lung", "heart", "liver", "spleen", "bone")}
SIDES = (1, -1)  # right, left
HOT = (5.2, 11.8)  # SUV within a lesion
REST = 1.5  # SUV around a lesion
TRUNK = ((-95.0, -40.0, -190.0), (95.0, 50.0, 200.0))  # mm between which lesions have their centers
WARM = 4.8  # SUV that spills out of one at most
STEP = 2.0**-8  # SUV are multiples of it, which float32 holds exactly


def draw(canvas: Canvas) -> None:
    """Draw one subject, of the canvas's seed, onto *canvas*."""
    rng = chance(f"{canvas.seed}/body")
    wide, deep = rng.uniform(158, 176), rng.uniform(106, 120)
    thighs = [Tube((side * 84, 0, -330), (side * 88, 0, -620), 76) for side in SIDES]
    hips = Ellipsoid((0, -4, -262), (wide + 6, deep, 120))
    trunk = Column((0, 0), (wide, deep), -280, 215, waist=0.08)
    shoulders = [
        Ellipsoid((0, -8, 200), (wide + 32, 96, 84)),
        Ellipsoid((0, -14, 262), (100, 62, 66)),
    ]
    neck = Tube((0, -8, 250), (0, 4, 380), 54)
    head = Ellipsoid((0, 14, 394), (80, 98, 92))
    canvas.paint("soft", *thighs, hips, trunk, *shoulders, neck, head)
    inner = Column((0, 6), (wide - 28, deep - 26), -300, 60, waist=0.1)
    canvas.paint("fat", inner, over=("soft",))
    _bones(canvas)
    canvas.paint("brain", Ellipsoid((0, 12, 406), (63, 80, 64)))
    _organs(canvas, rng)


def lesions(canvas: Canvas) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Grow 2 to 4 lesions; return their voxels, and the SUV of the whole body with them."""
    rng = chance(f"{canvas.seed}/lesions")
    suv = _quiet(canvas)
    found = np.zeros(canvas.shape, np.bool_)
    room = canvas.where(*(name for name in LOOKS if name not in ("air", "brain")))
    count = 2 + int(rng.uniform(0, 3))
    voxels = max(count, round(rng.uniform(0.0004, 0.0008) * room.size))
    shares = [rng.uniform(0.7, 1.3) for _ in range(count)]
    taken: list[tuple[Point, float]] = []
    for share in shares:
        size = max(1, int(voxels * share / sum(shares)))
        radius = (size * math.prod(canvas.spacing) * 3 / (4 * math.pi)) ** (1 / 3)
        site = _site(rng, radius, taken)
        taken.append((site, radius))
        away = canvas.away(canvas.nearest(site))
        lesion = _nearest(away, room & ~found, size)
        more = _gaussian(away, float(away[lesion].max()), rng.uniform(8.0, 11.5))
        hot, spilt = np.clip(REST + more, *HOT), np.maximum(suv, np.minimum(suv + more, WARM))
        suv = np.where(lesion, hot, np.where(room & ~found, spilt, suv))
        found |= lesion
    return found, (np.rint(suv / STEP) * STEP).astype(np.float32)


def _quiet(canvas: Canvas) -> Field:
    """Return the SUV of a body without lesions: 1 to 2, and 6 to 8 in the brain."""
    suv = canvas.values({name: value for name, (_, value) in LOOKS.items()})
    grainy = blurred(suv) * (1 + np.float32(0.05) * canvas.noise("pet"))
    calm = np.where(canvas.where("brain"), np.clip(grainy, 6.1, 7.9), np.clip(grainy, 1.0, 2.0))
    return np.where(suv > 0, calm, np.float32(0)).astype(np.float32)


def _site(rng: Random, radius: float, taken: Sequence[tuple[Point, float]]) -> Point:
    """Choose a place deep in the trunk, apart from the lesions in *taken*."""
    low, high = TRUNK
    site = (0.0, 0.0, 0.0)
    for _ in range(100):
        x, y, z = (rng.uniform(a, b) for a, b in zip(low, high, strict=True))
        site = (x, y, z)
        if all(math.dist(site, other) > 3 * (radius + size) for other, size in taken):
            break
    return site


def _nearest(away: Field, room: Mask, count: int) -> Mask:
    """Return the *count* voxels of *room* with the least *away*: a ball, if room is free."""
    order = np.argsort(away[room], kind="stable")[:count]
    chosen = np.zeros(room.shape, np.bool_)
    chosen.flat[np.flatnonzero(room)[order]] = True
    return chosen


def _gaussian(away: Field, edge: float, peak: float) -> Field:
    """Return the SUV that a lesion adds: to *peak* at its center, to just `HOT` at its *edge*.

    Both *away* and *edge* are squared distances in mm.
    """
    fall = math.log((peak - REST) / (HOT[0] - REST)) / max(edge, 1.0)
    return ((peak - REST) * np.exp(-fall * away.astype(np.float64))).astype(np.float32)


def _bones(canvas: Canvas) -> None:
    canvas.paint("bone", Ellipsoid((0, 12, 406), (72, 89, 73)))
    canvas.paint(
        "bone", Tube((0, 62, 342), (0, 92, 332), 14), Tube((-40, 50, 352), (40, 50, 352), 12)
    )
    canvas.paint(
        "bone", *(Column((0, -60), (22, 20), z - 11, z + 11) for z in range(-270, 370, 28))
    )
    for side in SIDES:
        canvas.paint("bone", Ellipsoid((side * 88, -30, -262), (26, 66, 62)), over=("soft", "fat"))
        canvas.paint("soft", Ellipsoid((side * 74, -10, -256), (22, 60, 52)), over=("bone",))
        canvas.paint("bone", Tube((side * 96, -6, -318), (side * 86, 0, -620), 15))
        canvas.paint("bone", Tube((side * 20, 48, 246), (side * 132, -4, 244), 8), over=("soft",))
        for number in range(9):
            canvas.paint("bone", *_rib(side, 236.0 - 27 * number, 92.0 + min(number, 4) * 9))


def _rib(side: int, top: float, wide: float) -> Iterator[Tube]:
    """Yield one rib as a chain of tubes from the spine around the chest to the front."""
    chain = []
    for step in range(9):
        turn = -1 + 2 * step / 8 * 0.9  # -1 is behind, 0 beside, 1 in front
        across, along = (1 - turn * turn) / (1 + turn * turn), 2 * turn / (1 + turn * turn)
        chain.append((side * (14 + wide * across), 4 + 80 * along, top - 24 * (turn + 1)))
    for start, end in pairwise(chain):
        yield Tube(start, end, 6)


def _organs(canvas: Canvas, rng: Random) -> None:
    free = ("soft", "fat")
    long = rng.uniform(104, 122)
    lungs = [Ellipsoid((side * 72, -4, 128), (52, 74, long)) for side in SIDES]
    canvas.paint("lung", *lungs, over=free)
    canvas.paint("heart", Ellipsoid((-26, 30, 92), (54, 46, 50)), over=("soft", "fat", "lung"))
    big = rng.uniform(0.92, 1.08)
    liver = [Ellipsoid((62, 4, 0), (84 * big, 78, 74)), Ellipsoid((0, 40, 18), (66, 36, 32 * big))]
    canvas.paint("liver", *liver, over=("soft", "fat", "lung"))
    canvas.paint("spleen", Ellipsoid((-104, -34, 8), (28, 40, 48)), over=("soft", "fat", "lung"))
