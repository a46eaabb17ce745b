"""Published errata move values, copy geometry or drop cases, and leave all else alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg import fixes
from medreg.errors import DeclarationError, Refused
from medreg.fixes import (
    CopyGeometry,
    DropCase,
    FlipAxis,
    Instances,
    JudgedSlices,
    Threshold,
)
from medreg.model import Case
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WHERE = "https://example.org/erratum"


@dataclass(frozen=True)
class Ref:
    """A volume in memory that counts how often it was read."""

    volume: Volume
    members: Sequence[str] = ("a.nii",)
    reads: list[str] = field(default_factory=list)

    def read(self) -> Volume:
        self.reads.append("read")
        return self.volume


def volume(axes: str = "xyz", signs: Sequence[int] = (1, 1, 1)) -> Volume:
    """Return 2 x 3 x 4 distinct values whose array axes lie along the patient's *axes*."""
    affine = np.diag([0.0, 0.0, 0.0, 1.0])
    for array_axis, (name, sign) in enumerate(zip(axes, signs, strict=True)):
        affine["xyz".index(name), array_axis] = sign * (1.0 + array_axis)
    affine[:3, 3] = (-7.0, 5.0, 3.0)
    return Volume(np.arange(24, dtype=np.int16).reshape(2, 3, 4), affine, "label")


def case(mask: Volume | None, image: Volume | None = None, name: str = "volume-30") -> Case:
    return Case(
        id=name,
        images={"ct": Ref(image or volume())},
        mask=None if mask is None else Ref(mask),
    )


@given(
    st.permutations("xyz").map("".join),
    st.tuples(*[st.sampled_from([1, -1])] * 3),
    st.sampled_from("xyz"),
)
def test_a_flip_mirrors_values_along_the_patient_s_axis(
    axes: str, signs: tuple[int, int, int], axis: str
) -> None:
    before = volume(axes, signs)
    fixed = FlipAxis(axis, source=WHERE).case(case(before))  # type: ignore[arg-type]  # a sampled letter
    assert fixed.mask is not None
    after = fixed.mask.read()
    flipped = np.flip(before.to_ras().array, "xyz".index(axis))
    np.testing.assert_array_equal(after.to_ras().array, flipped)
    np.testing.assert_array_equal(after.affine, before.affine)
    assert fixed.mask.members == ("a.nii",)


def test_a_flip_of_images_leaves_the_mask() -> None:
    given_case = case(volume(), volume())
    fixed = FlipAxis("z", of="image", source=WHERE).case(given_case)
    assert fixed.mask is given_case.mask
    np.testing.assert_array_equal(fixed.images["ct"].read().array, volume().array[..., ::-1])


def test_nothing_is_read_before_it_is_wanted() -> None:
    given_case = case(volume())
    FlipAxis("x", source=WHERE).case(given_case)
    CopyGeometry(source=WHERE).case(given_case)
    assert isinstance(given_case.mask, Ref)
    assert given_case.mask.reads == []


def test_copied_geometry_puts_the_mask_on_its_image() -> None:
    image, mask = volume(), volume(signs=(-1, 1, 1))
    fixed = CopyGeometry(source=WHERE).case(case(mask, image))
    assert fixed.mask is not None
    after = fixed.mask.read()
    assert after.same_grid(image)
    np.testing.assert_array_equal(after.array, mask.array)


def test_copied_geometry_can_go_the_other_way() -> None:
    image, mask = volume(), volume(signs=(-1, 1, 1))
    fixed = CopyGeometry(of="image", source=WHERE).case(case(mask, image))
    assert fixed.images["ct"].read().same_grid(mask)


def test_geometry_of_another_shape_is_refused() -> None:
    mask = volume()
    other = Volume(mask.array[:1], mask.affine, mask.unit)
    fixed = CopyGeometry(source=WHERE).case(case(other))
    assert fixed.mask is not None
    with pytest.raises(Refused, match=r"volume-30: no affine can be copied from \(2, 3, 4\)"):
        fixed.mask.read()


def test_a_case_without_a_mask_is_left_alone() -> None:
    unlabelled = case(None)
    assert FlipAxis("x", source=WHERE).case(unlabelled) == unlabelled
    assert CopyGeometry(source=WHERE).case(unlabelled) is unlabelled


def test_dropped_cases_are_gone_and_others_stay() -> None:
    drop = DropCase("PANCREAS_0025, PANCREAS_0070", source=WHERE)
    assert drop.case(case(None, name="PANCREAS_0025")) is None
    kept = case(None, name="PANCREAS_0026")
    assert drop.case(kept) is kept


@pytest.mark.parametrize(
    ("cases", "name", "expected"),
    [
        ("", "anything", True),
        ("28-47", "volume-28", True),
        ("28-47", "volume-47", True),
        ("28-47", "volume-48", False),
        ("28-44 46-48", "volume-45", False),
        ("7", "case_00007", True),
        ("case_00007", "case_00007", True),
        ("case_00007", "case_00008", False),
        ("7", "no_number", False),
        ("2", "scan2_case_9", False),
    ],
)
def test_cases_are_chosen_by_id_number_or_range(cases: str, name: str, *, expected: bool) -> None:
    assert fixes.chosen(cases, name) is expected


def test_cases_that_are_not_chosen_are_untouched() -> None:
    other = case(volume(), name="volume-3")
    assert FlipAxis("y", cases="28-47", source=WHERE).case(other) is other


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FlipAxis("y"), "has no source"),
        (lambda: FlipAxis("i", source=WHERE), "axis is x, y or z, not 'i'"),  # type: ignore[arg-type]  # on purpose
        (lambda: FlipAxis("y", of="masks", source=WHERE), "of is mask or image"),  # type: ignore[arg-type]  # on purpose
        (lambda: FlipAxis("y", cases="47-28", source=WHERE), "47-28 counts down"),
        (lambda: DropCase("", source=WHERE), "would drop them all"),
        (lambda: CopyGeometry(of="", source=WHERE), "of is mask or image"),  # type: ignore[arg-type]  # on purpose
    ],
)
def test_a_fix_that_says_something_impossible_is_refused(
    make: Callable[[], object], message: str
) -> None:
    with pytest.raises(DeclarationError, match=message):
        make()


# --- what masks mean that are no labels yet ------------------------------------------------------


def test_instances_become_one_structure_and_what_nobody_judged_stays() -> None:
    mask = replace(volume(), array=np.array([0, 1, 2, 300, 255] + [0] * 19).reshape(2, 3, 4))
    fixed = Instances(value=3, ignored=(255,), source=WHERE).case(case(mask))
    assert fixed.mask.read().array.ravel()[:5].tolist() == [0, 3, 3, 3, 255]
    assert fixed.mask.read().array.dtype == np.uint8


def test_a_probability_is_cut_at_its_threshold() -> None:
    chances = np.linspace(0, 1, 24, dtype=np.float32).reshape(2, 3, 4)
    mask = replace(volume(), array=chances, unit="")
    fixed = Threshold(at=0.5, value=2, source=WHERE).case(case(mask)).mask.read()
    assert np.array_equal(fixed.array, np.where(chances >= 0.5, 2, 0))
    assert fixed.unit == "label"


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("axes", ["xyz", "zyx"])
def test_slices_that_nobody_judged_are_ignored(axes: str, sign: int) -> None:
    signs = [sign if axis == "z" else 1 for axis in axes]
    made = volume(axes, signs)
    mask = replace(made, array=np.ones((5, 5, 5), dtype=np.uint8))
    fixed = JudgedSlices(every=3, first=1, source=WHERE).case(case(mask)).mask.read()
    along = np.moveaxis(fixed.array, axes.index("z"), 0)[::sign]
    assert along[:, 0, 0].tolist() == [255, 1, 255, 255, 1]


def test_without_a_rule_the_judged_slices_are_those_with_a_label() -> None:
    array = np.zeros((3, 3, 4), dtype=np.uint8)
    array[1, 1, 2] = 1
    fixed = JudgedSlices(source=WHERE).case(case(replace(volume(), array=array))).mask.read()
    assert fixed.array[0, 0].tolist() == [255, 255, 0, 255]
