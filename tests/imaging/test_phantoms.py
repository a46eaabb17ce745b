from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from medreg.errors import Refused
from medreg.imaging import phantoms
from medreg.imaging.canonical import canonical_image, canonical_mask
from medreg.imaging.fingerprint import fingerprint
from medreg.imaging.montage import montage
from medreg.model import CT, MR, PT
from medreg.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SEEDS = ["lits/volume-0", "lits/volume-1", "kits23/case_00003", "a", "b", "c"]
SHAPES = [(64, 64, 48), (40, 40, 32), (32, 32, 24), (50, 70, 30)]
NAMED = {
    *("liver", "liver_tumor", "spleen", "kidney_left", "kidney_right", "kidney_tumor"),
    *("kidney_cyst", "pancreas", "pancreas_tumor", "aorta", "gallbladder", "esophagus", "stomach"),
    *("inferior_vena_cava", "portal_and_splenic_vein", "adrenal_gland_left"),
    *("adrenal_gland_right", "lung", "bone", "duodenum", "colon", "small_bowel", "hepatic_vessel"),
}


def middle(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.array([axis.mean() for axis in np.nonzero(mask)]) / mask.shape


@pytest.mark.parametrize("kind", [phantoms.ct, phantoms.mr, phantoms.petct])
def test_a_phantom_depends_on_its_seed_alone(kind: Any) -> None:
    def digest(seed: str) -> str:
        made = kind(seed, shape=(24, 24, 20))
        image = made.pet if kind is phantoms.petct else made.image
        return str(image.digest())

    assert digest("a") == digest("a")
    assert len({digest(seed) for seed in SEEDS}) == len(SEEDS)


def test_the_same_subject_is_the_same_bytes_on_every_machine() -> None:
    made = phantoms.ct("medreg", shape=(16, 16, 12))
    assert fingerprint(made.image)[:19] == "sha256:5769b9446c47"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_an_abdomen_has_all_organs_where_they_belong(seed: str, shape: Any) -> None:
    made = phantoms.ct(seed, shape=shape)
    assert set(made.organs) >= NAMED
    assert made.image.shape == shape
    assert made.image.axes == "RAS"
    missing = [name for name, mask in made.organs.items() if not mask.any()]
    assert missing == []
    at = {name: middle(mask) for name, mask in made.organs.items()}
    assert at["liver"][0] > 0.5 > at["spleen"][0]  # the right is at the high end of x
    assert at["kidney_right"][0] > 0.5 > at["kidney_left"][0]
    assert at["stomach"][1] > at["kidney_left"][1]  # in front of
    assert at["lung"][2] > at["liver"][2] > at["colon"][2]  # above
    for whole, part in [
        ("liver", "liver_tumor"),
        ("kidney_right", "kidney_tumor"),
        ("kidney_left", "kidney_cyst"),
        ("pancreas", "pancreas_tumor"),
    ]:
        assert not (made.organs[part] & ~made.organs[whole]).any()
        assert made.organs[part].sum() < made.organs[whole].sum()


def test_ct_values_are_hounsfield_units_of_their_tissue() -> None:
    made = phantoms.ct("a", shape=(96, 96, 72))
    assert (made.image.array.dtype, made.image.unit) == (np.int16, "HU")
    median = {n: float(np.median(made.image.array[m])) for n, m in made.organs.items()}
    assert -900 < median["lung"] < -700
    assert 90 < median["liver"] < 130
    assert median["liver_tumor"] < median["liver"] - 20
    assert median["gallbladder"] < 40
    assert median["aorta"] > 110
    assert np.median(made.image.array[:3]) < -950
    assert canonical_image(made.image, CT).digest() == made.image.to_ras().digest()


def test_mr_and_ct_show_the_same_anatomy() -> None:
    one, other = phantoms.ct("a"), phantoms.mr("a")
    assert all(np.array_equal(one.organs[name], other.organs[name]) for name in one.organs)
    assert other.image.unit == ""
    assert other.image.array.min() >= 0
    assert canonical_image(other.image, MR).array.dtype == np.int16


def test_any_shape_covers_the_same_field() -> None:
    for shape in SHAPES:
        image = phantoms.ct("a", shape=shape).image
        extent = np.array(image.spacing) * image.shape
        assert extent == pytest.approx((400, 400, 300), rel=0.01)
    given = phantoms.ct("a", shape=(20, 20, 20), spacing=(5.0, 5.0, 5.0)).image
    assert given.spacing == (5.0, 5.0, 5.0)


def test_a_phantom_is_quick() -> None:
    phantoms.ct("warm")
    times = []
    for seed in SEEDS:
        start = time.process_time()
        phantoms.ct(seed)
        times.append(time.process_time() - start)
    assert min(times) < 0.1


# what the generator promises (features F095 and F096)


@pytest.mark.parametrize("seed", [f"patient {n}" for n in range(12)])
@pytest.mark.parametrize("shape", [(64, 64, 96), (40, 40, 32), (48, 48, 60)])
def test_petct_has_the_stated_characteristics(seed: str, shape: Any) -> None:
    made = phantoms.petct(seed, shape=shape)
    suv, hu, organs = made.pet.array, made.ct.array, made.organs
    assert made.ct.same_grid(made.pet, 0)
    assert (made.pet.unit, suv.dtype, hu.dtype) == ("SUV", np.float32, np.int16)
    assert 0.0002 <= made.lesions.mean() <= 0.0010
    assert suv[made.lesions].min() >= 5
    assert suv[made.lesions].max() <= 12
    assert suv[organs["brain"]].min() >= 6
    assert suv[organs["brain"]].max() <= 8
    body = hu > -1000
    quiet = body & ~organs["brain"] & ~made.lesions
    assert suv[quiet].min() >= 1
    assert np.quantile(suv[quiet], 0.95) <= 2.1  # the rest is what spills out of lesions
    assert suv[quiet].max() < 5
    assert suv[~body].max() == 0
    assert np.median(hu[~body]) == -1000
    assert abs(np.median(hu[quiet & ~organs["lung"] & ~organs["bone"]])) < 50
    assert np.median(hu[organs["bone"]]) == pytest.approx(300, abs=5)
    assert all(organs[name].any() for name in ("brain", "lung", "liver", "bone"))
    assert canonical_image(made.pet, PT).digest() == made.pet.to_ras().digest()


@pytest.mark.parametrize("seed", [f"patient {n}" for n in range(12)])
def test_lesions_are_two_to_four_round_spots_with_the_peak_inside(seed: str) -> None:
    made = phantoms.petct(seed, shape=(80, 80, 120))
    spots = components(made.lesions)
    assert 2 <= len(spots) <= 4
    for spot in spots:
        at = np.nonzero(spot)
        extent = [(np.ptp(a) + 1) * mm for a, mm in zip(at, made.pet.spacing, strict=True)]
        assert max(extent) - min(extent) <= 2 * max(made.pet.spacing)
        peak = np.array(np.unravel_index(np.where(spot, made.pet.array, 0).argmax(), spot.shape))
        center = np.array([a.mean() for a in at])
        assert np.abs(peak - center).max() <= 1.5


def components(mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Split *mask* into its connected parts."""
    left, found = mask.copy(), []
    while left.any():
        part = np.zeros_like(mask)
        part[tuple(np.argwhere(left)[0])] = True
        while True:
            grown = part.copy()
            for axis in range(3):
                for way in (1, -1):
                    grown |= np.roll(part, way, axis)
            grown &= left
            if (grown == part).all():
                break
            part = grown
        left &= ~part
        found.append(part)
    return found


# --- montage -----------------------------------------------------------------------------------


def labelled(made: phantoms.Phantom) -> Volume:
    values = np.zeros(made.image.shape, np.uint8)
    for number, name in enumerate(("liver", "liver_tumor", "spleen"), 1):
        values[made.organs[name]] = number
    return Volume(values, made.image.affine, "label")


def test_a_montage_is_one_picture_with_the_patients_right_on_the_left(tmp_path: Path) -> None:
    made = phantoms.ct("a")
    names = {1: "liver", 2: "liver_tumor", 3: "spleen"}
    montage(made.image, labelled(made), tmp_path / "a" / "preview.png", "abdomen", names)
    with Image.open(tmp_path / "a" / "preview.png") as picture:
        pixels = np.asarray(picture)
    assert pixels.shape[2] == 3
    assert 800 < pixels.shape[1] <= 1600
    orange = np.argwhere((pixels == (242, 142, 43)).all(axis=2))
    red = np.argwhere((pixels == (237, 88, 96)).all(axis=2))
    above = pixels.shape[0] - 60  # without the legend
    axial = pixels.shape[1] // 3
    liver = orange[(orange[:, 0] < above) & (orange[:, 1] < axial)]
    spleen = red[(red[:, 0] < above) & (red[:, 1] < axial)]
    assert liver[:, 1].mean() < spleen[:, 1].mean()


def test_a_montage_does_not_depend_on_how_the_volume_is_stored(tmp_path: Path) -> None:
    made = phantoms.ct("a", shape=(32, 32, 24))
    mask = labelled(made)
    turn = np.diag([-1.0, -1.0, 1.0, 1.0])
    turn[:2, 3] = 31

    def turned(volume: Volume) -> Volume:
        return Volume(volume.array[::-1, ::-1], volume.affine @ turn, volume.unit)

    montage(made.image, mask, tmp_path / "one.png", "x")
    montage(turned(made.image), turned(mask), tmp_path / "two.png", "x")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize(
    "image",
    [
        phantoms.mr("a", shape=(30, 30, 20)).image,
        phantoms.petct("a", shape=(30, 30, 40)).pet,
        Volume(np.zeros((8, 9, 10), np.int16), np.eye(4), "HU"),
        Volume(np.full((8, 9, 1), 7.0), np.diag([1.0, 1, 5, 1])),
    ],
    ids=["MR", "PET", "empty", "one slice"],
)
def test_any_volume_makes_a_picture(tmp_path: Path, image: Volume) -> None:
    montage(image, None, tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as picture:
        assert picture.width >= 800


def test_a_mask_of_another_shape_makes_no_picture(tmp_path: Path) -> None:
    made = phantoms.ct("a", shape=(20, 20, 20))
    with pytest.raises(Refused, match="shape"):
        montage(
            made.image, canonical_mask(Volume(np.ones((3, 3, 3)), np.eye(4)), None), tmp_path / "x"
        )
    assert not list(tmp_path.iterdir())
