"""The abdomen, drawn: where its organs lie, and how they look in CT and MR.

Lengths are mm toward the patient's right, front and head. Later shapes are drawn over earlier
ones, and *over* says over which, so that the liver ends at the diaphragm and the ribs.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from medreg.imaging.anatomy import Above, Canvas, Column, Ellipsoid, Shape, Tube, chance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

EXTENT = (400.0, 400.0, 300.0)  # mm that the drawing fills

# tissue: HU in the portal venous phase, and signal in a T1-weighted MR
LOOKS = {
    "air": (-1000, 0),
    "skin": (-10, 420),
    "fat": (-105, 820),
    "visceral_fat": (-98, 770),
    "skeletal_muscle": (58, 330),
    "bone": (440, 90),
    "marrow": (150, 520),
    "disc": (85, 260),
    "spinal_cord": (32, 200),
    "lung": (-850, 25),
    "heart": (138, 230),
    "liver": (112, 470),
    "liver_tumor": (58, 290),
    "hepatic_vessel": (165, 260),
    "spleen": (126, 290),
    "kidney_left": (182, 350),
    "kidney_right": (182, 350),
    "renal_pelvis": (-20, 600),
    "kidney_tumor": (92, 270),
    "kidney_cyst": (4, 110),
    "pancreas": (100, 560),
    "pancreas_tumor": (50, 330),
    "gallbladder": (8, 690),
    "stomach": (36, 240),
    "stomach_gas": (-900, 5),
    "duodenum": (52, 270),
    "small_bowel": (78, 310),
    "bowel_content": (18, 220),
    "colon": (28, 250),
    "colon_gas": (-900, 5),
    "esophagus": (46, 290),
    "aorta": (176, 140),
    "inferior_vena_cava": (146, 160),
    "portal_and_splenic_vein": (170, 170),
    "adrenal_gland_left": (70, 300),
    "adrenal_gland_right": (70, 300),
}

# organ, by its name in the vocabulary: its tissues; a whole includes its parts
ORGANS = {
    "liver": ("liver", "liver_tumor", "hepatic_vessel"),
    "kidney_left": ("kidney_left", "kidney_cyst"),
    "kidney_right": ("kidney_right", "kidney_tumor"),
    "pancreas": ("pancreas", "pancreas_tumor"),
    "stomach": ("stomach", "stomach_gas"),
    "small_bowel": ("small_bowel", "bowel_content", "duodenum"),
    "colon": ("colon", "colon_gas"),
    "bone": ("bone", "marrow"),
    **{
        name: (name,)
        for name in (
            *("spleen", "gallbladder", "duodenum", "esophagus", "lung"),
            *("heart", "aorta", "inferior_vena_cava", "portal_and_splenic_vein", "spinal_cord"),
            *("adrenal_gland_left", "adrenal_gland_right", "skeletal_muscle"),
            *("hepatic_vessel", "liver_tumor", "kidney_tumor", "kidney_cyst", "pancreas_tumor"),
        )
    },
}

FREE = ("visceral_fat",)
SIDES = (1, -1)  # right, left


def draw(canvas: Canvas) -> None:
    """Draw one subject, of the canvas's seed, onto *canvas*."""
    rng = chance(f"{canvas.seed}/abdomen")
    _trunk(canvas, rng)
    _skeleton(canvas)
    _chest(canvas, rng)
    _upper_organs(canvas, rng)
    _kidneys(canvas, rng)
    _vessels(canvas)
    _bowel(canvas, rng)
    _masses(canvas, rng)


def _trunk(canvas: Canvas, rng: Random) -> None:
    wide, deep = rng.uniform(156, 172), rng.uniform(106, 118)
    fat = rng.uniform(10, 18)
    layers = {
        "skin": ((0, 0), (wide, deep)),
        "fat": ((0, 0), (wide - 4, deep - 4)),
        "skeletal_muscle": ((0, -3), (wide - fat, deep - fat)),
        "visceral_fat": ((0, 9), (wide - fat - 13, deep - fat - 20)),
    }
    for name, (center, radii) in layers.items():
        canvas.paint(name, Column(center, radii, -220, 220, waist=0.05))


def _skeleton(canvas: Canvas) -> None:
    muscle = [Ellipsoid((side * 42, -60, -70), (21, 21, 120)) for side in SIDES]
    canvas.paint("skeletal_muscle", *muscle, over=FREE)
    canvas.paint("skeletal_muscle", Column((0, -74), (46, 26), -220, 220), over=FREE)
    canvas.paint("bone", *(rib for side in SIDES for rib in _ribs(side)))
    canvas.paint("disc", Column((0, -62), (22, 17), -220, 220, boxy=0))
    heights = range(-153, 160, 34)
    canvas.paint("bone", *(Column((0, -62), (23, 18), z - 13, z + 13, boxy=0) for z in heights))
    canvas.paint("marrow", *(Column((0, -62), (18, 13), z - 9, z + 9, boxy=0) for z in heights))
    canvas.paint("bone", *(Tube((-36, -82, z), (36, -82, z), 5) for z in heights))
    canvas.paint("bone", *(Column((0, -88), (17, 14), z - 14, z + 10, boxy=0) for z in heights))
    canvas.paint("bone", *(Column((0, -104), (4, 11), z - 16, z + 2) for z in heights))
    canvas.paint("spinal_cord", Column((0, -87), (11, 9), -220, 220, boxy=0))
    wings = [Ellipsoid((side * 88, -40, -158), (20, 60, 56)) for side in SIDES]
    canvas.paint("bone", *wings, Ellipsoid((0, -70, -165), (52, 24, 34)))
    inner = [Ellipsoid((side * 88, -40, -158), (13, 52, 49)) for side in SIDES]
    canvas.paint("marrow", *inner, Ellipsoid((0, -70, -165), (44, 17, 28)))


def _ribs(side: int) -> Iterator[Shape]:
    """Yield ribs as chains of tubes from the spine around the trunk, falling toward the front."""
    for number in range(7):
        top = 165 - 28 * number
        chain = []
        for step in range(13):
            turn = -1 + 2 * step / 12 * (0.96 - 0.06 * number)  # -1 is behind, 0 beside, 1 in front
            across, along = (1 - turn * turn) / (1 + turn * turn), 2 * turn / (1 + turn * turn)
            chain.append((side * (18 + 120 * across), 4 + 78 * along, top - 26 * (turn + 1)))
        for start, end in pairwise(chain):
            yield Tube(start, end, 5.0)


def _chest(canvas: Canvas, rng: Random) -> None:
    right, left = rng.uniform(82, 100), rng.uniform(74, 90)
    canvas.paint("lung", Above([(74, -4, right), (-74, -4, left)], fall=90), over=FREE)
    canvas.paint("visceral_fat", Column((-6, -8), (30, 76), 20, 220), over=("lung",))
    heart = Ellipsoid((-30, 34, left + 34), (60, 44, 46))
    canvas.paint("heart", heart, over=("lung", "visceral_fat"))


def _upper_organs(canvas: Canvas, rng: Random) -> None:
    big = rng.uniform(0.92, 1.06)
    right = Ellipsoid((66, -4, 24), (88 * big, 90 * big, 88 * big))
    left = Ellipsoid((-2, 40, 46), (74 * big, 40, 36 * big))
    canvas.paint("liver", right, left, over=FREE)
    long = rng.uniform(42, 58)
    canvas.paint("spleen", Ellipsoid((-106, -34, 34), (33, 46, long)), over=FREE)
    outlet = Tube((-34, 46, 4), (22, 46, -10), 17)
    canvas.paint("stomach", Ellipsoid((-56, 36, 34), (50, 42, 46)), outlet, over=FREE)
    air = Ellipsoid((-56, 62, 38), (34, rng.uniform(14, 22), 32))
    canvas.paint("stomach_gas", air, over=("stomach",))
    canvas.paint("esophagus", Tube((-8, -16, 220), (-16, 2, 62), 9), over=("visceral_fat", "heart"))
    body = [Tube((24, 12, -6), (-22, 8, 4), 12), Tube((-22, 8, 4), (-80, -20, 22), 10)]
    head = Ellipsoid((34, 6, -18), (21, 18, 27))
    canvas.paint("pancreas", head, *body, over=("visceral_fat", "liver", "stomach"))
    bag = Ellipsoid((58, 56, -24), (15, 20, rng.uniform(20, 30)))
    canvas.paint("gallbladder", bag, over=("visceral_fat", "liver"))


def _kidneys(canvas: Canvas, rng: Random) -> None:
    for side, name in zip(SIDES, ("right", "left"), strict=True):
        x, z, long = side * rng.uniform(62, 68), -34.0 - 5 * side, rng.uniform(48, 56)
        around = Ellipsoid((x, -44, z), (36, 33, long + 9))
        canvas.paint("visceral_fat", around, over=("liver", "spleen", "visceral_fat"))
        canvas.paint(f"kidney_{name}", Ellipsoid((x, -44, z), (28, 25, long)), over=FREE)
        hilum = Ellipsoid((x - side * 17, -42, z), (13, 8, 24))
        canvas.paint("renal_pelvis", hilum, over=(f"kidney_{name}",))
        gland = Tube((side * 44, -28, z + 58), (side * 50, -46, z + 52), 7.5)
        canvas.paint(f"adrenal_gland_{name}", gland, over=("visceral_fat", "liver"))


def _vessels(canvas: Canvas) -> None:
    free = ("visceral_fat", "liver", "pancreas", "lung", "skeletal_muscle")
    aorta = [Tube((-14, -34, 220), (-12, -33, -100), 11)]
    aorta += [Tube((-12, -33, -100), (side * 42, -24, -180), 7) for side in SIDES]
    canvas.paint("aorta", *aorta, over=free)
    cava = [Tube((22, -32, -108), (22, -32, 0), 12), Tube((22, -32, 0), (26, -18, 84), 12)]
    canvas.paint("inferior_vena_cava", *cava, over=free)
    portal = [Tube((54, 8, 24), (16, -6, 2), 7.5), Tube((16, -6, 2), (-40, -14, 10), 6.5)]
    portal += [Tube((-40, -14, 10), (-84, -30, 28), 6.5), Tube((16, -6, 2), (14, 14, -80), 6)]
    canvas.paint("portal_and_splenic_vein", *portal, over=free)
    fans = [((26, -16, 70), (98, -28, 56)), ((26, -16, 70), (84, 44, 52))]
    fans += [
        ((26, -16, 70), (20, 44, 54)),
        ((54, 8, 24), (104, -6, 10)),
        ((54, 8, 24), (74, 50, 18)),
    ]
    canvas.paint("hepatic_vessel", *(Tube(a, b, 5) for a, b in fans), over=("liver",))


def _bowel(canvas: Canvas, rng: Random) -> None:
    loop = [Tube((30, 30, -2), (60, 12, -6), 11), Tube((60, 12, -6), (58, 4, -48), 11)]
    canvas.paint("duodenum", *loop, Tube((58, 4, -48), (-6, -4, -58), 10), over=FREE)
    frame = [((110, 10, -130), (112, 12, -34)), ((112, 18, -34), (40, 74, -52))]
    frame += [((40, 74, -52), (-40, 72, -46)), ((-40, 72, -46), (-106, 14, -18))]
    frame += [((-110, -6, -18), (-112, -4, -150))]
    canvas.paint("colon", *(Tube(a, b, 21) for a, b in frame), over=FREE)
    for (a, b, c), (d, e, f) in frame:  # gas rises to the front of a patient who lies on the back
        share = rng.uniform(0.2, 0.7)
        end = (a + share * (d - a), b + share * (e - b) + 8, c + share * (f - c))
        canvas.paint("colon_gas", Tube((a, b + 8, c), end, 9), over=("colon",))
    for number in range(40):
        row, column = divmod(number % 20, 5)
        x, z = -76 + 38 * column + rng.uniform(-10, 10), -74 - 28 * row + rng.uniform(-9, 9)
        y, size = 44 - 40 * (number // 20) + rng.uniform(-12, 12), rng.uniform(14, 20)
        canvas.paint("small_bowel", Ellipsoid((x, y, z), (size * 1.4, size, size)), over=FREE)
        inner = Ellipsoid((x, y, z), (size * 1.4 - 6, size - 6, size - 6))
        canvas.paint("bowel_content", inner, over=("small_bowel",))


def _masses(canvas: Canvas, rng: Random) -> None:
    """Draw tumors and a cyst, each large enough to hold a voxel of any grid."""
    a, b, c = (0.9 * mm for mm in canvas.spacing)

    def mass(x: float, y: float, z: float, size: float) -> Shape:
        return Ellipsoid((x, y, z), (max(size, a), max(size, b), max(size, c)))

    for _ in range(1 + int(rng.uniform(0, 3))):
        at = rng.uniform(46, 106), rng.uniform(-20, 46), rng.uniform(16, 66)
        canvas.paint("liver_tumor", mass(*at, rng.uniform(9, 22)), over=("liver", "hepatic_vessel"))
    high, low = rng.uniform(-64, -10), rng.uniform(-58, 0)
    canvas.paint(
        "kidney_tumor",
        mass(82, -38, high, rng.uniform(13, 22)),
        over=("visceral_fat", "kidney_right", "liver", "colon"),
    )
    canvas.paint(
        "kidney_cyst",
        mass(-84, -40, low, rng.uniform(11, 18)),
        over=("visceral_fat", "kidney_left", "spleen", "colon"),
    )
    head = (34, 6, -20) if rng.uniform(0, 1) < 0.5 else (-52, -6, 14)  # noqa: PLR2004 - a coin
    canvas.paint("pancreas_tumor", mass(*head, rng.uniform(9, 13)), over=("pancreas",))
