from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.volume import Volume

AFFINE = np.array([[-2.0, 0, 0, 90], [0, 0, 1.5, -126], [0, 3, 0, -72], [0, 0, 0, 1]])
TURNS = [
    (order, flips)
    for order in itertools.permutations(range(3))
    for flips in itertools.product((1, -1), repeat=3)
]


def volume(kind: str = "i2", unit: str = "HU") -> Volume:
    values = np.arange(-30, 30).reshape(3, 4, 5)
    return Volume(values.astype(kind), AFFINE, unit)


def turned(of: Volume, order: tuple[int, ...], flips: tuple[int, ...]) -> Volume:
    """The same volume with its array axes permuted and flipped."""
    way = np.array(list(zip(order, flips, strict=True)), dtype=float)
    image = nib.Nifti1Image(of.array.astype("f8"), of.affine).as_reoriented(way)
    array = np.asarray(image.dataobj).astype(of.array.dtype)
    return replace(of, array=array, affine=image.affine)


def test_the_digest_is_what_its_docstring_says() -> None:
    flat = Volume(np.array([[[1, 2]], [[3, 4]]], np.uint8), np.diag([2.0, 3, 4.5, 1]))
    expected = hashlib.sha256(b"medreg voxels 1\n")
    expected.update(np.array([2, 1, 2], "<i8").tobytes())
    expected.update(np.rint(np.diag([2.0, 3, 4.5, 1]) * 10_000).astype("<i8").tobytes())
    expected.update(b"<i4" + np.array([1, 3], "<i4").tobytes() + np.array([2, 4], "<i4").tobytes())
    assert flat.digest() == f"sha256:{expected.hexdigest()}"


@pytest.mark.parametrize(("order", "flips"), TURNS)
def test_the_digest_does_not_depend_on_axis_order(
    order: tuple[int, ...], flips: tuple[int, ...]
) -> None:
    assert turned(volume(), order, flips).digest() == volume().digest()


@pytest.mark.parametrize("kind", ["i1", ">i2", "i4", ">i8", "f4", ">f8", "f2"])
def test_the_digest_does_not_depend_on_the_stored_type(kind: str) -> None:
    assert volume(kind).digest() == volume().digest()


def test_the_digest_does_not_depend_on_memory_order_unit_or_notes() -> None:
    other = Volume(np.asfortranarray(volume().array), AFFINE, "", ("set aside x: a localizer",))
    assert other.digest() == volume().digest()


def test_minus_zero_is_zero_and_every_nan_is_one() -> None:
    plus = Volume(np.array([[[0.0, 0.5, np.nan]]]), np.eye(4))
    minus = Volume(np.array([[[-0.0, 0.5, -np.nan]]]), np.eye(4))
    assert plus.digest() == minus.digest()


@given(
    i=st.integers(0, 2), j=st.integers(0, 3), k=st.integers(0, 4), by=st.sampled_from([1, -1, 0.25])
)
def test_any_value_changes_the_digest(i: int, j: int, k: int, by: float) -> None:
    values = volume("f8").array.copy()
    values[i, j, k] += by
    assert Volume(values, AFFINE, "HU").digest() != volume().digest()


@pytest.mark.parametrize(
    "change", [np.diag([1.001, 1, 1, 1]), np.diag([-1.0, 1, 1, 1]), np.diag([1.0, 1, 1.01, 1])]
)
def test_any_spacing_or_side_changes_the_digest(change: np.ndarray) -> None:
    assert Volume(volume().array, change @ AFFINE).digest() != volume().digest()


def test_rounding_noise_in_the_affine_does_not_change_the_digest() -> None:
    noisy = AFFINE.copy()
    noisy[:3] += 2e-6
    assert Volume(volume().array, noisy).digest() == volume().digest()


def test_complex_numbers_are_no_volume() -> None:
    with pytest.raises(TypeError, match="real numbers"):
        Volume(np.zeros((1, 1, 1), complex), np.eye(4)).digest()


@pytest.mark.parametrize(("order", "flips"), TURNS)
def test_to_ras_puts_every_value_where_it_was(
    order: tuple[int, ...], flips: tuple[int, ...]
) -> None:
    ras = turned(volume(), order, flips).to_ras()
    assert ras.axes == "RAS"
    assert ras.unit == "HU"
    for voxel in np.ndindex(ras.shape):
        place = ras.affine @ [*voxel, 1]
        old = np.rint(np.linalg.solve(AFFINE, place))[:3].astype(int)
        assert ras.array[voxel] == volume().array[tuple(old)]


@pytest.mark.parametrize("noise", [0, 1e-8, -1e-8])
def test_a_volume_at_45_degrees_is_turned_once(noise: float) -> None:
    half = np.sqrt(0.5)
    turn = [[half + noise, -half, 0, 0], [half, half + noise, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    for way in (np.eye(4), np.diag([-1.0, 1, 1, 1]), np.eye(4)[[1, 0, 2, 3]]):
        ras = Volume(volume().array, np.array(turn) @ way).to_ras()
        assert ras.axes == "RAS"
        assert ras.to_ras() is ras


def test_spacing_is_the_distance_between_voxel_centers() -> None:
    assert volume().spacing == (2.0, 3.0, 1.5)
    assert volume().axes == "LSA"


def test_corner_error_is_the_largest_distance_between_corners() -> None:
    wider = Volume(volume().array, AFFINE @ np.diag([1.1, 1, 1, 1]))
    assert wider.corner_error(volume()) == pytest.approx(0.2 * 2)
    assert volume().same_grid(volume())
    assert not wider.same_grid(volume())
    assert not volume().same_grid(Volume(volume().array[:2], AFFINE))
