"""Two masks are compared as MONAI compares them, to 1e-6 (F064)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medreg.errors import Refused
from medreg.imaging import phantoms
from medreg.imaging.agreement import agreement, agreements, border, distances
from medreg.volume import Volume
from tests.peers import peer

SPACINGS = [(1.0, 1.0, 1.0), (0.7, 0.7, 5.0), (0.8, 1.3, 2.5)]


def blob(seed: int, shape: tuple[int, int, int] = (18, 15, 12)) -> np.ndarray:
    random = np.random.default_rng(seed)
    grid = np.stack(np.indices(shape)).reshape(3, -1).T
    center = np.array(shape) / 2 + random.uniform(-3, 3, 3)
    radii = random.uniform(2, 7, 3)
    inside = (((grid - center) / radii) ** 2).sum(axis=1).reshape(shape) < 1
    return inside | (random.random(shape) < random.choice([0.0, 0.01]))


def slow(a: np.ndarray, b: np.ndarray, spacing: tuple[float, ...]) -> np.ndarray:
    one, other = (np.argwhere(border(m)) * spacing for m in (a, b))
    return np.sqrt(((one[:, None] - other[None]) ** 2).sum(axis=2)).min(axis=1)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), spacing=st.sampled_from(SPACINGS))
def test_distances_are_those_of_every_pair_of_border_voxels(
    seed: int, spacing: tuple[float, float, float]
) -> None:
    a, b = blob(seed), blob(seed + 1)
    if a.any() and b.any():
        assert distances(a, b, spacing) == pytest.approx(slow(a, b, spacing), abs=1e-9)


def test_one_mask_agrees_with_itself() -> None:
    found = agreement("liver", blob(1), blob(1), (1, 1, 1))
    assert (found.dice, found.surface_dice, found.hausdorff95) == (1, 1, 0)


@pytest.mark.parametrize(("a", "b"), [(blob(1), blob(1) & False), (blob(1) & False, blob(1))])
def test_what_one_rater_alone_drew_is_no_agreement(a: np.ndarray, b: np.ndarray) -> None:
    found = agreement("liver", a, b, (1, 1, 1))
    assert (found.dice, found.surface_dice, found.hausdorff95) == (0, 0, float("inf"))


def test_what_neither_drew_is_agreement() -> None:
    none = np.zeros((4, 4, 4), bool)
    assert agreement("liver", none, none, (1, 1, 1)).dice == 1


def test_a_shift_is_measured_in_millimeters() -> None:
    a = np.zeros((20, 20, 20), bool)
    a[5:10, 5:10, 5:10] = True
    found = agreement("x", a, np.roll(a, 2, axis=2), (1, 1, 3), tolerance=6.0)
    assert found.hausdorff95 == 6
    assert found.surface_dice == 1
    assert found.dice == pytest.approx(0.6)
    assert agreement("x", a, np.roll(a, 2, axis=2), (1, 1, 3), tolerance=5.9).surface_dice < 1


def test_masks_of_different_grids_are_refused() -> None:
    mask = np.zeros((4, 4, 4), np.uint8)
    moved = np.eye(4)
    moved[0, 3] = 2
    one = Volume(mask, np.eye(4), "label")
    for other, words in (
        (Volume(mask, moved, "label"), "2 mm apart"),
        (Volume(mask[1:], np.eye(4), "label"), "4 x 4 x 4 and 3 x 4 x 4"),
    ):
        with pytest.raises(Refused, match=words):
            agreements(one, other, {"liver": [1]})


def drawn(organ: str) -> tuple[np.ndarray, np.ndarray, tuple[float, float, float]]:
    """Return an organ as two raters would draw it, on a grid of oblong voxels."""
    phantom = phantoms.ct("agreement", (64, 48, 40))
    region = phantom.organs[organ]
    second = region & ~border(region) if organ == "liver" else np.roll(region, 1, axis=0)
    return region, second, phantom.image.spacing


CASES = [
    *(("organ", name) for name in ("liver", "spleen", "kidney_left", "aorta", "colon")),
    *(("blob", seed) for seed in range(12)),
]


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore")  # MONAI's own warnings are not ours to fix
@pytest.mark.parametrize(("kind", "which"), CASES)
@pytest.mark.parametrize("tolerance", [1.0, 2.0, 6.25])
def test_numbers_are_those_of_monai(kind: str, which: str | int, tolerance: float) -> None:
    metrics, torch = peer("monai.metrics"), peer("torch")
    if kind == "organ":
        a, b, spacing = drawn(str(which))
    else:
        a, b, spacing = blob(int(which)), blob(int(which) + 50), SPACINGS[int(which) % 3]
    found = agreement("x", a, b, spacing, tolerance)
    one, other = (torch.from_numpy(m[None, None].astype(np.float32)) for m in (a, b))
    dice = metrics.compute_dice(one, other, include_background=True).item()
    far = metrics.compute_hausdorff_distance(
        one, other, include_background=True, percentile=95, spacing=spacing
    ).item()
    near = metrics.compute_surface_dice(
        one, other, [tolerance], include_background=True, spacing=spacing
    ).item()
    assert found.dice == pytest.approx(dice, rel=1e-6, abs=1e-6)
    assert found.hausdorff95 == pytest.approx(far, rel=1e-6, abs=1e-6)
    assert found.surface_dice == pytest.approx(near, rel=1e-6, abs=1e-6)


@pytest.mark.peers
@pytest.mark.parametrize(("kind", "which"), CASES)
def test_numbers_are_those_of_scipy(kind: str, which: str | int) -> None:
    """Written anew with SciPy's erosion and exact distance transform, from the definitions."""
    ndimage = peer("scipy.ndimage")
    if kind == "organ":
        a, b, spacing = drawn(str(which))
    else:
        a, b, spacing = blob(int(which)), blob(int(which) + 50), SPACINGS[int(which) % 3]
    edges = [m ^ ndimage.binary_erosion(m) for m in (a, b)]
    maps = [ndimage.distance_transform_edt(~edge, sampling=spacing) for edge in edges]
    there, back = maps[1][edges[0]], maps[0][edges[1]]
    found = agreement("x", a, b, spacing, 2.0)
    far = max(np.percentile(there, 95), np.percentile(back, 95))
    near = ((there <= 2.0 + 1e-9).sum() + (back <= 2.0 + 1e-9).sum()) / (there.size + back.size)
    assert found.hausdorff95 == pytest.approx(far, abs=1e-6)
    assert found.surface_dice == pytest.approx(near, abs=1e-6)
    assert sorted(distances(a, b, spacing)) == pytest.approx(sorted(there), abs=1e-6)
