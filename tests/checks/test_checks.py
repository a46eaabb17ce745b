"""Each check finds what it asks for, and nothing in a good case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.checks import BUILT_IN
from medreg.checks.counts import ZERO, histogram, voxels_of
from medreg.model import CT, MR, PT, Check, Converted, Dataset, Modality
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPE = (40, 32, 16)
AFFINE = np.diag([8.0, 8.0, 5.0, 1.0])
LABELS = {1: "liver", 2: "spleen", 3: "kidney_left", 4: "kidney_right", 255: "ignored"}


class Nowhere:
    """A source and layout that nobody asks."""


def dataset(modality: Modality) -> Dataset:
    return Dataset(
        name="toy",
        title="Toy",
        homepage="",
        licenses=(),
        cite=(),
        modality=modality if modality is CT else {"ct": modality},
        source=Nowhere(),
        layout=Nowhere(),
        labels=LABELS,
    )


def inside(shrink: float = 1.0) -> np.ndarray:
    x, y, _ = np.indices(SHAPE)
    return ((x - 19.5) / 16) ** 2 + ((y - 15.5) / 12) ** 2 < shrink


def body() -> np.ndarray:
    noise = np.random.default_rng(1).integers(-30, 30, SHAPE)
    image = np.where(inside(), 40 + noise, -1000 + noise // 3)
    x, y, _ = np.indices(SHAPE)
    image[(abs(x - 19.5) < 5) & (abs(y - 20) < 4)] = -850  # a lung
    return image.astype(np.int16)


def organs() -> np.ndarray:
    mask = np.zeros(SHAPE, np.uint8)
    mask[22:28, 10:16, 4:12] = 1  # the patient's right is the high end of the first axis
    mask[12:16, 10:16, 4:12] = 2
    mask[12:15, 5:8, 4:8] = 3
    mask[24:27, 5:8, 4:8] = 4
    mask[18:22, 18:22, 4:8] = 255  # in the lung
    return mask


def case(
    image: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    *,
    affine: np.ndarray = AFFINE,
    mask_affine: np.ndarray | None = None,
    modality: Modality = CT,
) -> Converted:
    volume = Volume(body() if image is None else image, affine, "HU")
    labels = organs() if mask is None else mask
    return Converted(
        dataset=dataset(modality),
        case="c1",
        images={"ct": volume},
        mask=Volume(labels, affine if mask_affine is None else mask_affine, "label"),
        grid="ct",
        annotated=frozenset({"liver"}),
        raw={"ct": "a/image.nii", "mask": "a/mask.nii"},
    )


def found(one: Converted) -> list[str]:
    return [
        f"{finding.check}:{finding.severity}:{finding.message}"
        for check in BUILT_IN
        for finding in check.ask(one)
    ]


def shifted(millimeters: float) -> np.ndarray:
    affine = AFFINE.copy()
    affine[0, 3] += millimeters
    return affine


def test_checks_have_names_of_their_own() -> None:
    names = [check.name for check in BUILT_IN]
    assert names == [
        *("geometry", "labels", "values", "body", "sides", "privacy"),
        *("tissue", "size", "islands", "holes", "neighbors"),
    ]
    assert all(isinstance(check, Check) for check in BUILT_IN)


@pytest.mark.parametrize("modality", Modality)
def test_nothing_is_found_in_a_good_case(modality: Modality) -> None:
    image = body() if modality is CT else (body() + 1100).astype(np.float32)
    assert found(case(image, modality=modality)) == []


def test_nothing_is_asked_of_an_absent_mask() -> None:
    assert found(replace(case(), mask=None)) == []


def with_value(value: int, count: int) -> np.ndarray:
    mask = organs()
    mask[18, 8, :count] = value
    return mask


def stray(count: int) -> np.ndarray:
    mask = organs()
    mask.reshape(-1)[-count:] = 1  # a corner, in air
    return mask


WRONG: list[tuple[Callable[[], Converted], list[str]]] = [
    (
        lambda: case(mask_affine=shifted(2)),
        ["geometry:fail:a/mask.nii lies 2 mm off the grid of ct"],
    ),
    (
        lambda: case(mask=organs()[:, :, 1:]),
        [
            (
                "geometry:fail:a/mask.nii has 40 x 32 x 15 voxels, "
                "not the 40 x 32 x 16 of the grid of ct"
            )
        ],
    ),
    (
        lambda: case(affine=np.diag([0.008, 0.008, 0.005, 1])),
        ["geometry:fail:ct: spacing of 0.008 x 0.008 x 0.005 mm is not that of a scan"],
    ),
    (
        lambda: case(affine=np.diag([8, 8, 200, 1])),
        [
            "geometry:fail:ct: spacing of 8 x 8 x 200 mm is not that of a scan",
            "geometry:fail:ct: it is 3200 mm long",
        ],
    ),
    (
        lambda: case(mask=with_value(7, 3)),
        ["labels:fail:a/mask.nii holds the raw value 7 in 3 voxels; toy lists 1, 2, 3, 4, 255"],
    ),
    (lambda: case(mask=np.zeros(SHAPE, np.uint8)), ["labels:warn:a/mask.nii is empty"]),
    (lambda: case(np.full(SHAPE, 3, np.int16)), ["values:fail:ct: every voxel is 3"]),
    (
        lambda: case(body() + np.int16(1024)),
        ["values:fail:ct: the Hounsfield offset is missing: least value 14, 42% of it near 1024"],
    ),
    (
        lambda: case(body() + np.int16(900)),
        ["values:fail:ct: the Hounsfield offset is missing: least value -110, 32% of it near 1024"],
    ),
    (
        lambda: case(np.clip(body(), -200, 300) // 2 + np.int16(100)),
        ["values:fail:ct: the Hounsfield offset is missing: least value 0, 0% of it near 1024"],
    ),
    (
        lambda: case(np.where(inside(), 700, -1000).astype(np.int16)),
        ["values:fail:ct: 0.0% of it is soft tissue (-100 to 100 HU)"],
    ),
    (
        lambda: case(
            np.where(inside(0.07), body(), np.where(inside(), 700, -1000)).astype(np.int16)
        ),
        ["values:warn:ct: 2.3% of it is soft tissue (-100 to 100 HU)"],
    ),
    (
        lambda: case(np.where(body() < -900, -930, body()).astype(np.int16)),
        ["values:warn:ct: air is -930 HU, not -1000"],
    ),
    (
        lambda: case(np.where(organs() == 2, 9000, body()).astype(np.int16)),
        ["values:warn:ct: 192 voxels exceed 4096 HU"],
    ),
    (
        lambda: case(body().astype(np.float32), modality=PT),
        ["values:warn:ct: uptake is negative in places, down to -1010"],
    ),
    (
        lambda: case(np.full(SHAPE, np.inf, np.float32), modality=MR),
        ["values:fail:ct: it holds values that are no numbers"],
    ),
    (
        lambda: case(mask=stray(1204)),
        ["body:warn:a/mask.nii reaches outside the body (1,204 voxels)"],
    ),
    (lambda: case(mask=stray(5)), []),
]


@pytest.mark.parametrize(("make", "expected"), WRONG)
def test_what_is_wrong_is_found(make: Callable[[], Converted], expected: list[str]) -> None:
    assert found(make()) == expected


def test_a_flip_is_found_by_every_pair() -> None:
    messages = found(case(mask=organs()[::-1].copy()))
    assert messages == [
        "sides:warn:a/mask.nii: kidney_left lies to the right of kidney_right",
        "sides:warn:a/mask.nii: spleen lies to the right of liver",
    ]


@given(seed=st.integers(0, 2**32 - 1))
def test_counts_agree_with_numpy(seed: int) -> None:
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(1, 9, 3))
    mask = random.choice([0, 1, 5, 255, 300], shape).astype(np.uint16)
    values, counts = np.unique(mask[mask > 0], return_counts=True)
    counted = voxels_of(Volume(mask, np.eye(4), "label"))
    assert dict(counted) == dict(zip(values.tolist(), counts.tolist(), strict=True))
    image = random.integers(-(2**15), 2**15, shape).astype(np.int16)
    binned = histogram(Volume(image, np.eye(4), "HU"))
    values, counts = np.unique(image, return_counts=True)
    assert (binned[values.astype(int) + ZERO] == counts).all()
    assert binned.sum() == image.size
