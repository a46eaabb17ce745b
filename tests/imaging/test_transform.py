"""What a recipe's transform does to a volume; SimpleITK, TorchIO and MONAI are witnesses."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st

from medreg.errors import Refused
from medreg.imaging import nifti, transform
from medreg.imaging.geometry import as_stored
from medreg.volume import Volume
from tests.peers import peer

if TYPE_CHECKING:
    from pathlib import Path

CODES = [
    "".join(letters[place] for place in order)
    for letters in product("RL", "AP", "SI")
    for order in permutations(range(3))
]
lengths = st.tuples(*[st.integers(1, 14)] * 3)
steps = st.tuples(*[st.floats(0.4, 6)] * 3)


def volume(shape: tuple[int, ...], spacing: tuple[float, ...], kind: str = "int16") -> Volume:
    """Return smooth values on a grid that is turned by some degrees, as scanners do."""
    turn = 0.1
    rotation = np.array(
        [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    )
    affine = np.eye(4)
    affine[:3, :3] = rotation * np.array(spacing)
    affine[:3, 3] = (-31.5, 12.25, 70.0)
    x, y, z = np.indices(shape)
    values = 900 * np.sin(x / 3) * np.cos(y / 4) + 20 * z
    return Volume(values.astype(kind), as_stored(affine), "HU")


def label(like: Volume) -> Volume:
    mask = (like.array > 100).astype(np.uint8) + 2 * (like.array < -300)
    return replace(like, array=mask.astype(np.uint8), unit="label")


def center(one: Volume) -> np.ndarray:
    return one.affine[:3, :3] @ ((np.array(one.shape) - 1) / 2) + one.affine[:3, 3]


# --- properties --------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(lengths, steps, steps, st.sampled_from(["nearest", "linear"]))
def test_image_and_mask_stay_on_one_grid(
    shape: tuple[int, ...], old: tuple[float, ...], new: tuple[float, ...], how: Any
) -> None:
    image = volume(shape, old)
    mask = label(image)
    made = transform.resampled(image, new, "linear")
    drawn = transform.resampled_mask(mask, new, how)
    assert made.same_grid(drawn)
    assert {*np.unique(drawn.array)} <= {*np.unique(mask.array)}
    assert (made.array.dtype, drawn.array.dtype) == (np.int16, np.uint8)
    assert np.allclose(made.spacing, new, atol=1e-4)
    assert np.linalg.norm(center(made) - center(image)) < 1e-3
    for n, mm, m, mm_ in zip(shape, old, made.shape, new, strict=True):
        assert m == 1 or abs(n * mm - m * mm_) <= mm_ / 2 + 1e-3
    assert made.array.min() >= image.array.min()
    assert made.array.max() <= image.array.max()


@settings(max_examples=30, deadline=None)
@given(lengths, steps, st.sampled_from(["linear", "bspline"]))
def test_the_spacing_that_it_has_changes_nothing(
    shape: tuple[int, ...], old: tuple[float, ...], how: Any
) -> None:
    image = volume(shape, old)
    for wanted in (image.spacing, old):  # as stored in float32, and as a person types it
        assert transform.resampled(image, wanted, how).digest() == image.digest()
    mask = label(image)
    assert transform.resampled_mask(mask, old, "linear").digest() == mask.digest()
    assert transform.turned(image, image.axes) is image
    assert transform.cast(image, "int16") is image
    assert transform.clipped(image, -2000, 2000) == (image, 0)


@settings(max_examples=30, deadline=None)
@given(
    st.tuples(*[st.floats(0.2, 0.8)] * 3),
    st.tuples(*[st.floats(0.8, 2)] * 3),
    st.sampled_from(["linear", "bspline"]),
)
def test_a_landmark_stays_where_it_is(
    share: tuple[float, ...], new: tuple[float, ...], how: Any
) -> None:
    """A ball of 6 mm: its center of mass moves by less than a tenth of a millimeter."""
    empty = volume((40, 36, 30), (1.0, 1.1, 1.3), "float32")
    at = np.array(share) * (np.array(empty.shape) - 1)
    apart = (np.indices(empty.shape).T - at) * np.array(empty.spacing)
    ball = np.exp(-((np.linalg.norm(apart, axis=-1) / 4) ** 2)).T.astype(np.float32)
    image = replace(empty, array=ball)
    made = transform.resampled(image, new, how)
    assert np.linalg.norm(mass(made) - mass(image)) < 0.1
    turned = transform.turned(made, "PIL")
    assert np.linalg.norm(mass(turned) - mass(made)) < 1e-3
    box = transform.body_box(replace(image, unit=""), ball > 0.5, 6)
    assert np.linalg.norm(mass(transform.cropped(image, box)) - mass(image)) < 0.5


def mass(image: Volume) -> np.ndarray:
    values = image.array.astype(np.float64)
    voxel = np.array([(values * places).sum() for places in np.indices(image.shape)])
    return image.affine[:3, :3] @ (voxel / values.sum()) + image.affine[:3, 3]


@pytest.mark.parametrize("code", CODES)
def test_axes_are_turned_and_written_so(tmp_path: Path, code: str) -> None:
    image = volume((6, 5, 4), (1.5, 2.0, 3.0))
    made = transform.turned(image, code)
    assert made.digest() == image.digest(), "it is the same volume"
    file = tmp_path / "a.nii.gz"
    nifti.write(made, file, turn=False)
    by_nibabel = nibabel.load(file)
    assert "".join(nibabel.aff2axcodes(by_nibabel.affine)) == code
    assert np.abs(by_nibabel.get_qform() - by_nibabel.get_sform()).max() < 1e-4
    assert np.array_equal(np.asarray(by_nibabel.dataobj), made.array)
    by_itk = SimpleITK.ReadImage(str(file))
    for voxel in ((0, 0, 0), tuple(n - 1 for n in made.shape)):
        place = made.affine @ (*voxel, 1)
        told = np.array(by_itk.TransformIndexToPhysicalPoint(voxel)) * (-1, -1, 1)
        assert np.abs(told - place[:3]).max() < 1e-3
    assert nifti.load(file).digest() == image.digest()


def test_bytes_do_not_depend_on_threads() -> None:
    image = volume((30, 31, 29), (1.0, 1.0, 2.0))
    found = set()
    before = SimpleITK.ProcessObject.GetGlobalDefaultNumberOfThreads()
    for threads in (1, 2, 5):
        SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
        found.add(transform.resampled(image, (0.7, 1.3, 1.1), "bspline").digest())
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(before)
    assert len(found) == 1


# --- crop, clip, cast --------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["HU", ""])
def test_a_crop_holds_body_and_mask_and_a_margin(unit: str) -> None:
    values = np.full((40, 44, 30), -1000 if unit == "HU" else 0, np.int16)
    values[10:30, 12:32, 5:25] = 40 if unit == "HU" else 300
    values[2, 2, 2] = 900  # a speck is no body
    image = replace(volume(values.shape, (2.0, 2.0, 2.0)), array=values, unit=unit)
    mask = np.zeros(values.shape, bool)
    mask[33, 20, 20] = True  # what was drawn stays
    assert transform.body_box(image, mask, 4) == ((8, 36), (10, 34), (3, 27))
    assert transform.body_box(image, mask, 500) == ((0, 40), (0, 44), (0, 30))
    part = transform.cropped(image, transform.body_box(image, mask, 4))
    assert np.array_equal(part.array, values[8:36, 10:34, 3:27])
    assert np.allclose(part.affine[:3, 3], (image.affine @ (8, 10, 3, 1))[:3], atol=1e-4)


def test_air_alone_is_kept_whole() -> None:
    image = volume((8, 8, 8), (1.0, 1.0, 1.0))
    air = replace(image, array=np.full(image.shape, -1000, np.int16))
    assert transform.body_box(air, np.zeros(image.shape, bool), 5) == ((0, 8),) * 3


def test_values_are_clipped_and_counted() -> None:
    image = volume((9, 9, 9), (1.0, 1.0, 1.0))
    made, beyond = transform.clipped(image, -100.5, 200)
    assert (made.array.min(), made.array.max(), made.array.dtype) == (-100, 200, np.int16)
    assert beyond == int(((image.array < -100) | (image.array > 200)).sum()) > 0


@pytest.mark.parametrize(
    ("values", "kind", "told"),
    [
        ([-1024, 100], "uint8", "values from -1024 to 100 do not fit uint8"),
        ([0.0, float("nan")], "int16", "do not fit int16"),
        ([0, 70000], "int16", "from 0 to 70000 do not fit int16"),
    ],
)
def test_what_does_not_fit_is_refused(values: list[float], kind: str, told: str) -> None:
    image = replace(volume((2, 1, 1), (1.0, 1.0, 1.0)), array=np.array(values).reshape(2, 1, 1))
    with pytest.raises(Refused, match=told) as raised:
        transform.cast(image, kind)
    assert "clip" in raised.value.hint


def test_splines_need_voxels() -> None:
    with pytest.raises(Refused, match="4 voxels along each axis"):
        transform.resampled(volume((9, 9, 3), (1.0, 1.0, 5.0)), (1, 1, 1), "bspline")


# --- witnesses ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["linear", "bspline"])
@pytest.mark.parametrize("new", [(1.0, 1.0, 1.0), (2.5, 1.7, 3.1)])
def test_it_is_what_simpleitk_does_in_the_patient(tmp_path: Path, how: Any, new: Any) -> None:
    """The whole geometry goes to SimpleITK here; medreg resamples along the array's axes."""
    image = volume((14, 15, 12), (1.5, 1.2, 2.0), "float32")
    made = transform.resampled(image, new, how)
    for name, one in (("old", image), ("new", made)):
        nifti.write(one, tmp_path / f"{name}.nii.gz")
    old, grid = (SimpleITK.ReadImage(str(tmp_path / f"{name}.nii.gz")) for name in ("old", "new"))
    method = {"linear": SimpleITK.sitkLinear, "bspline": SimpleITK.sitkBSpline}[how]
    told = SimpleITK.GetArrayFromImage(SimpleITK.Resample(old, grid, SimpleITK.Transform(), method))
    assert np.abs(told.T - made.array).max() < 0.05


def test_labels_by_share_are_the_largest_of_their_own() -> None:
    """Each label interpolated by itself, then the largest: the definition, against one pass."""
    mask = label(volume((12, 13, 11), (1.5, 1.2, 2.0)))
    made = transform.resampled_mask(mask, (1.0, 1.0, 1.3), "linear")
    shares = [
        transform.resampled(
            replace(mask, array=(mask.array == value).astype(np.float32)), (1.0, 1.0, 1.3), "linear"
        ).array
        for value in range(3)
    ]
    first, second = np.sort(shares, axis=0)[-1], np.sort(shares, axis=0)[-2]
    clear = first - second > 1e-4
    assert clear.mean() > 0.9
    assert np.array_equal(np.argmax(shares, axis=0)[clear], made.array[clear])


@pytest.mark.peers
def test_torchio_resamples_alike() -> None:
    """Where the new voxels fill the old extent exactly, TorchIO chooses the same grid."""
    tio, torch = peer("torchio"), peer("torch")
    image = volume((12, 10, 8), (2.0, 1.0, 3.0), "float32")
    theirs = tio.Resample((1.0, 2.0, 1.5), image_interpolation="linear")(
        tio.ScalarImage(tensor=torch.from_numpy(image.array[None].copy()), affine=image.affine)
    )
    made = transform.resampled(image, (1.0, 2.0, 1.5), "linear")
    assert made.shape == tuple(theirs.spatial_shape)
    assert np.abs(made.affine - theirs.affine).max() < 1e-3
    assert np.abs(made.array - theirs.numpy()[0]).max() < 0.05


@pytest.mark.peers
def test_monai_resamples_alike() -> None:
    """MONAI's Spacing, asked for the same grid, gives the same values away from the border."""
    meta, spatial = peer("monai.data"), peer("monai.transforms")
    image = volume((12, 10, 8), (2.0, 1.0, 3.0), "float32")
    made = transform.resampled(image, (1.0, 2.0, 1.5), "linear")
    given_ = meta.MetaTensor(image.array[None].copy(), affine=image.affine)
    theirs = spatial.SpatialResample(mode="bilinear", padding_mode="border", align_corners=True)(
        given_, dst_affine=made.affine, spatial_size=made.shape
    )
    assert np.abs(made.array - np.asarray(theirs[0])).max() < 0.05
