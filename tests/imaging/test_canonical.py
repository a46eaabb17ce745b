from __future__ import annotations

import itertools
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from medreg.errors import Refused
from medreg.imaging.canonical import canonical_image, canonical_mask
from medreg.imaging.fingerprint import fingerprint
from medreg.model import CT, MR, PT, Modality
from medreg.volume import Volume

LAS = np.diag([-2.0, 2.0, 3.0, 1.0])


def volume(values: Any, affine: np.ndarray = LAS) -> Volume:
    array = np.asarray(values)
    return Volume(array.reshape(array.size, 1, 1), affine)


def flat(found: Volume) -> list[float]:
    return list(found.array.ravel().tolist())


def test_images_become_ras_with_values_in_place() -> None:
    found = canonical_image(volume(np.array([1, 2, 3])), CT)
    assert found.axes == "RAS"
    assert flat(found) == [3, 2, 1]


@pytest.mark.parametrize("kind", ["i2", "u2", "i4", "f4", "f8", ">i2"])
def test_ct_is_int16_and_the_number_is_the_hounsfield_unit(kind: str) -> None:
    found = canonical_image(volume(np.array([0, 40, 3071], kind)), CT)
    assert found.array.dtype == np.int16
    assert found.unit == "HU"
    assert sorted(flat(found)) == [0, 40, 3071]
    assert found.notes == ()


def test_floating_point_noise_in_hounsfield_units_is_no_correction() -> None:
    found = canonical_image(volume([-1023.99995, 40.0002]), CT)
    assert (flat(found), found.notes) == ([40, -1024], ())


def test_fractional_hounsfield_units_are_rounded_and_it_is_said() -> None:
    found = canonical_image(volume([-1000.4, 40.25, 300.0]), CT)
    assert flat(found) == [300, 40, -1000]
    assert found.notes == ("rounded to whole Hounsfield units, by at most 0.400",)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([0, 40_000], "do not fit int16"),
        ([-32_769.0, 0], "do not fit int16"),
        ([0.0, 0.5, 1.0], "no Hounsfield units"),
        ([0.0, np.nan], "1 of 2 voxels are not finite"),
        ([np.inf, -np.inf], "2 of 2 voxels are not finite"),
        ([1 + 2j], "not real numbers"),
        ([], "empty"),
    ],
)
def test_what_is_no_ct_is_refused(values: list[Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        canonical_image(volume(values), CT)


@pytest.mark.parametrize(
    ("values", "modality", "kind"),
    [
        ([0, 900], MR, "int16"),
        ([0.0, 900.0], MR, "int16"),
        ([0, 40_000], MR, "float32"),
        ([0.5, 900.0], MR, "float32"),
        ([0, 900], PT, "float32"),
        ([0.25, 9e5], PT, "float32"),
    ],
)
def test_mr_is_int16_where_it_fits_and_pet_is_float32(
    values: list[float], modality: Modality, kind: str
) -> None:
    found = canonical_image(volume(values), modality)
    assert found.array.dtype == np.dtype(kind)
    assert sorted(flat(found)) == values


def test_what_float32_cannot_hold_is_refused() -> None:
    with pytest.raises(Refused, match="not finite"):
        canonical_image(volume([1e300, 0.5]), PT)


def test_notes_travel_along() -> None:
    given_notes = Volume(np.zeros((2, 2, 2)), LAS, "", ("set aside a: a localizer",))
    assert canonical_image(given_notes, MR).notes == ("set aside a: a localizer",)
    assert canonical_mask(given_notes, None).notes == ("set aside a: a localizer",)


@pytest.mark.parametrize("degrees", [0.5, 5, 18.5])
def test_a_gantry_tilt_in_the_affine_is_refused(degrees: float) -> None:
    tilted = np.diag([0.7, 0.7, 5.0, 1.0])
    tilted[1, 2] = 5.0 * np.tan(np.radians(degrees))
    with pytest.raises(Refused, match=f"sheared by {degrees:.2f} degrees"):
        canonical_image(Volume(np.zeros((64, 64, 20), np.int16), tilted), CT)


def test_axes_that_are_nearly_perpendicular_are_made_so_and_it_is_said() -> None:
    leaning = np.diag([1.0, 1.0, 1.0, 1.0])
    leaning[0, 1] = 0.0005
    before = Volume(np.zeros((100, 100, 10), np.int16), leaning)
    found = canonical_image(before, CT)
    assert 0.001 < found.corner_error(before) < 0.1
    assert found.notes[0].startswith("axes made perpendicular; corners moved by at most 0.0")
    axes = found.affine[:3, :3] / np.array(found.spacing)
    assert np.allclose(axes.T @ axes, np.eye(3), atol=1e-6)


def corners(of: Volume) -> np.ndarray:
    """Where the corner voxels lie, in whatever order."""
    ends = [(0, n - 1) for n in of.shape]
    return np.array([of.affine @ [*voxel, 1] for voxel in itertools.product(*ends)])


@example(angles=(0.0, 2.3560895254639034, 1.0), digits=3)  # at 45 degrees, nearly
@example(angles=(0.0, np.pi / 4, 0.0), digits=9)
@example(angles=(0.0, 0.5, 1.0), digits=6)  # perpendicular to 5e-7 before float32, not after
@given(angles=st.tuples(*[st.floats(-3.1, 3.1)] * 3), digits=st.integers(3, 9))
def test_canonical_is_canonical(angles: tuple[float, ...], digits: int) -> None:
    turn = np.round(nib.eulerangles.euler2mat(*angles), digits)
    affine = nib.affines.from_matvec(turn @ np.diag([0.7, 0.8, 1.5]), [-120.3, 55.1, 7.7])
    rng = np.random.default_rng(1)
    before = Volume(rng.integers(-1000, 1000, (9, 8, 7)), affine)
    once = canonical_image(before, CT)
    assert once.axes == "RAS"
    assert np.array_equal(once.affine, once.affine.astype(np.float32))
    assert all(min(np.linalg.norm(corners(before) - one, axis=1)) < 0.1 for one in corners(once))
    again = canonical_image(once, CT)
    assert again.digest() == once.digest()
    assert np.array_equal(again.affine, once.affine)


@pytest.mark.parametrize(
    "affine",
    [
        np.diag([1.0, 0.0, 1.0, 1.0]),
        np.full((4, 4), np.nan),
        np.diag([1e9, 1.0, 1.0, 1.0]),
        np.ones((4, 4)),
    ],
)
def test_what_is_no_geometry_is_refused(affine: np.ndarray) -> None:
    with pytest.raises(Refused, match=r"no geometry|do not span"):
        canonical_image(volume([1, 2], affine), CT)


# --- masks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 1, 255], "uint8"),
        ([0, 256], "uint16"),
        ([0.0, 2.0], "uint8"),
        ([0.0, 1.0000001], "uint8"),
        ([False, True], "uint8"),
        ([0, 65_535], "uint16"),
    ],
)
def test_masks_take_the_smallest_type(values: list[float], kind: str) -> None:
    found = canonical_mask(volume(values), None)
    assert found.array.dtype == np.dtype(kind)
    assert found.unit == "label"
    assert sorted(flat(found)) == sorted(round(v) for v in values)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([0.0, 0.9999], "no labels"),
        ([0.0, 0.5], "no labels"),
        ([-1, 1], "from -1 to 1"),
        ([0, 65_536], "from 0 to 65536"),
        ([np.nan, 1], "not finite"),
    ],
)
def test_what_is_no_label_is_refused(values: list[float], says: str) -> None:
    with pytest.raises(Refused, match=says):
        canonical_mask(volume(values), None)


def test_a_mask_on_the_images_grid_gets_exactly_its_affine() -> None:
    image = canonical_image(Volume(np.zeros((3, 4, 5)), LAS), MR)
    shifted = LAS.copy()
    shifted[:3, 3] += 0.004
    found = canonical_mask(Volume(np.ones((3, 4, 5)), shifted), image)
    assert np.array_equal(found.affine, image.affine)


def test_a_mask_stored_the_other_way_round_is_turned() -> None:
    image = canonical_image(Volume(np.zeros((3, 4, 5)), LAS), MR)
    labels = np.arange(60).reshape(3, 4, 5)
    ras = Volume(labels, image.affine)
    lps = Volume(
        labels[::-1, ::-1],
        image.affine
        @ nib.orientations.inv_ornt_aff(np.array([[0, -1], [1, -1], [2, 1]]), (3, 4, 5)),
    )
    assert canonical_mask(lps, image).digest() == canonical_mask(ras, image).digest()
    assert canonical_mask(lps, image).same_grid(image, 0)


def test_a_mask_that_lies_elsewhere_keeps_its_place_for_a_check_to_find() -> None:
    image = canonical_image(Volume(np.zeros((3, 4, 5)), LAS), MR)
    shifted = LAS.copy()
    shifted[2, 3] += 2
    found = canonical_mask(Volume(np.ones((3, 4, 5)), shifted), image)
    assert found.corner_error(image) == pytest.approx(2)


def test_a_mask_of_another_shape_is_refused() -> None:
    image = canonical_image(Volume(np.zeros((3, 4, 5)), LAS), MR)
    with pytest.raises(Refused, match="3 x 4 x 6 voxels, its image 3 x 4 x 5"):
        canonical_mask(Volume(np.ones((3, 4, 6)), LAS), image)


# --- fingerprint -------------------------------------------------------------------------------


def test_the_fingerprint_is_of_values_alone() -> None:
    values = np.arange(60).reshape(3, 4, 5)
    scan = Volume(values.astype(np.int16), LAS, "HU")
    same = [
        Volume(values.astype(np.float64), LAS @ np.diag([2.0, 1, 0.5, 1]), ""),
        Volume(values[::-1], np.diag([7.0, 7, 7, 1]), "HU"),
        scan.to_ras(),
    ]
    other = [
        Volume(values + (values == 7), LAS),
        Volume(values[::-1], LAS),
        Volume(values[:2], LAS),
    ]
    assert {fingerprint(one) for one in same} == {fingerprint(scan)}
    assert fingerprint(scan) not in {fingerprint(one) for one in other}
    assert fingerprint(scan).startswith("sha256:")
    assert fingerprint(scan) != scan.digest()
