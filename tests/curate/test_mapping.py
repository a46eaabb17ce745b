from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.curate.mapping import (
    SetLabels,
    apply,
    extended,
    known_targets,
    label_map,
    may_hide,
    regions,
    supervised,
    target_of,
)
from medreg.errors import NotFound, Refused
from medreg.model import IGNORED
from tests.curate.facts import VOCABULARY

LITS = {1: "liver", 2: "liver_tumor"}
AMOS = {1: "spleen", 2: "kidney_right", 3: "kidney_left", 6: "liver"}
KITS = {1: "kidney", 2: "kidney_tumor", 3: "kidney_cyst"}
VESSEL = {1: "hepatic_vessel", 2: "liver_tumor"}

PARTS = [
    # the recipe decides: liver is whole alone, and without its tumor beside liver_tumor
    pytest.param(["liver"], LITS, {0: 0, 1: 1, 2: 1}, id="lits: the tumor is put back"),
    pytest.param(["liver", "liver_tumor"], LITS, {0: 0, 1: 1, 2: 2}, id="lits: parenchyma"),
    pytest.param(["liver_tumor"], LITS, {0: 0, 1: 0, 2: 1}, id="lits: tumor alone"),
    pytest.param(["kidney"], KITS, {0: 0, 1: 1, 2: 1, 3: 1}, id="kits: whole"),
    pytest.param(["kidney_tumor", "kidney"], KITS, {0: 0, 1: 2, 2: 1, 3: 2}, id="kits: order"),
    pytest.param(["kidney"], AMOS, {0: 0, 1: 0, 2: 1, 3: 1, 6: 0}, id="amos: both sides"),
    pytest.param(["kidney_left"], AMOS, {0: 0, 1: 0, 2: 0, 3: 1, 6: 0}, id="amos: one side"),
    pytest.param(
        ["liver", "kidney", "spleen"], AMOS, {0: 0, 1: 3, 2: 2, 3: 2, 6: 1}, id="amos: organs"
    ),
]


@pytest.mark.parametrize(("targets", "raw", "expected"), PARTS)
def test_parts_and_wholes(targets: list[str], raw: dict[int | str, str], expected: object) -> None:
    known = known_targets(targets, raw.values(), VOCABULARY)
    assert known == tuple(targets)
    assert label_map(SetLabels(tuple(targets)), known, raw, VOCABULARY).values == expected


KNOWN = [
    (["kidney"], ["kidney_left", "kidney_right"], ["kidney"]),
    (["kidney"], ["kidney_left"], []),
    (["kidney_left"], ["kidney"], []),
    (["kidney"], ["kidney_tumor", "kidney_cyst"], []),
    (["liver"], ["liver_tumor"], []),
    (["lung"], ["lung_left", "lung_right"], ["lung"]),
    (["liver", "spleen"], ["liver"], ["liver"]),
]


@pytest.mark.parametrize(("targets", "annotated", "known"), KNOWN)
def test_what_was_judged(targets: list[str], annotated: list[str], known: list[str]) -> None:
    assert list(known_targets(targets, annotated, VOCABULARY)) == known


HIDDEN = [
    ("liver_tumor", "liver", True),  # part of it
    ("liver", "liver_tumor", False),  # a tumor that was judged is a tumor
    ("spleen", "liver", False),
    ("kidney_tumor", "kidney_left", True),  # an abnormality of the organ that it is part of
    ("kidney_left", "kidney", True),
    ("kidney_tumor", "kidney_cyst", False),
    ("kidney_tumor", "spleen", False),
    ("lesion", "spleen", True),  # a lesion of no organ could be anywhere
    ("lesion", "liver_tumor", False),
    ("liver_tumor", "lesion", True),
    ("hepatic_vessel", "liver", True),
]


@pytest.mark.parametrize(("missing", "target", "expected"), HIDDEN)
def test_where_a_missing_label_could_be(missing: str, target: str, expected: object) -> None:
    assert may_hide(missing, target, VOCABULARY) is expected


IGNORE = [
    # nobody looked for the spleen: all background could be spleen; the liver could not
    pytest.param(["liver", "spleen"], LITS, [3, 1, 1], id="organ missing"),
    # nobody looked for tumors: they are in the liver, or (conservatively) beside it
    pytest.param(["spleen", "liver", "liver_tumor"], AMOS, [4, 1, 4, 4, 4], id="tumor missing"),
    # AMOS's kidneys are judged by side, and a tumor could lie in either
    pytest.param(["kidney", "kidney_tumor"], AMOS, [3, 3, 3, 3, 3], id="tumor in a side"),
    # the liver was not judged, but what is a tumor of it belongs to it
    pytest.param(["liver"], VESSEL, [2, 1, 1], id="whole missing"),
    pytest.param(["liver", "liver_tumor"], VESSEL, [3, 1, 2], id="whole missing, part wanted"),
    # nothing is missing
    pytest.param(["liver", "liver_tumor"], LITS, [0, 1, 2], id="complete"),
]


@pytest.mark.parametrize(("targets", "raw", "expected"), IGNORE)
def test_ignore_marks_every_voxel_that_could_be_the_missing_label(
    targets: list[str], raw: dict[int | str, str], expected: object
) -> None:
    known = known_targets(targets, raw.values(), VOCABULARY)
    mapping = label_map(SetLabels(tuple(targets), ignore=len(targets) + 1), known, raw, VOCABULARY)
    mask = np.array([0, *raw], dtype=np.uint8).reshape(1, 1, -1)
    assert apply(mask, mapping).tolist() == [[expected]]


def test_voxels_that_their_publisher_ignored_are_ignored() -> None:
    mapping = label_map(
        SetLabels(("liver",), ignore=2), ["liver"], {1: "liver", 255: IGNORED}, VOCABULARY
    )
    mask = np.array([[[0, 1, 255]]], dtype=np.uint16)
    mapped = apply(mask, mapping)
    assert mapped.dtype == np.uint8
    assert mapped.tolist() == [[[0, 1, 2]]]


@pytest.mark.parametrize(("value", "dtype"), [(7, np.uint8), (60000, np.uint16), (-1, np.int16)])
def test_a_value_that_is_not_listed_is_refused(value: int, dtype: type) -> None:
    mapping = label_map(SetLabels(("liver",)), ["liver"], {1: "liver", 9: "spleen"}, VOCABULARY)
    with pytest.raises(Refused, match=f"holds {value}, which the dataset does not list"):
        apply(np.full((2, 2, 2), value, dtype=dtype), mapping)


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(NotFound, match="livr"):
        label_map(SetLabels(("liver",)), ["liver"], {1: "livr"}, VOCABULARY)


NAMES = st.sampled_from(VOCABULARY.names)
SETS = st.lists(NAMES, min_size=1, max_size=5, unique=True)
RAW = st.lists(NAMES, min_size=1, max_size=6, unique=True).map(
    lambda names: dict(enumerate(names, start=1))
)


@given(SETS, NAMES)
def test_a_target_is_the_smallest_whole(targets: list[str], label: str) -> None:
    found = target_of(label, targets, VOCABULARY)
    wholes = [target for target in targets if VOCABULARY.within(label, target)]
    assert (found is None) == (not wholes)
    if found:
        assert all(VOCABULARY.within(found, whole) for whole in wholes)


@given(SETS, RAW)
def test_a_map_never_teaches_what_nobody_knows(
    targets: list[str], raw: dict[int | str, str]
) -> None:
    """A voxel keeps a value only if it is truly that; background only if all were judged."""
    known = known_targets(targets, raw.values(), VOCABULARY)
    ignore = len(targets) + 1
    labels = SetLabels(tuple(targets), ignore)
    mapping = label_map(labels, known, raw, VOCABULARY)
    taught = supervised(targets, known, VOCABULARY)
    names = {value: name for name, value in labels.values.items()}
    missing = set(targets) - set(known)
    assert mapping.values[0] == (ignore if missing else 0)
    for number, label in raw.items():
        value = mapping.values[number]
        if value == 0:
            assert not missing
        elif value != ignore:
            assert VOCABULARY.within(label, names[value])
            assert not any(
                may_hide(other, names[value], VOCABULARY) for other in missing - {names[value]}
            )
    used = {names[v] for v in mapping.values.values() if v in names}
    assert used & set(known) <= taught


@given(SETS, RAW)
def test_complete_maps_use_no_ignore_value_and_round_trip(
    targets: list[str], raw: dict[int | str, str]
) -> None:
    """With everything judged, a value says which raw labels it stands for, and no other."""
    targets = [target for target in targets if target in raw.values()]
    mapping = label_map(SetLabels(tuple(targets)), targets, raw, VOCABULARY)
    assert set(mapping.values.values()) <= set(range(len(targets) + 1))
    for value, target in enumerate(targets, start=1):
        back = {raw[n] for n, v in mapping.values.items() if v == value}
        assert target in back
        assert all(VOCABULARY.within(label, target) for label in back)


# --- whole, parenchyma, regions, valid labels ----------------------------------------------------

REACH = extended(VOCABULARY, ["liver_parenchyma", "kidney_parenchyma"])

EXTENTS = [
    # carved out or not, the recipe says what is wanted
    (["liver"], LITS, ["liver"], {0: 0, 1: 1, 2: 1}),
    (["liver_parenchyma"], LITS, ["liver_parenchyma"], {0: 0, 1: 1, 2: 0}),
    (["liver_parenchyma", "liver_tumor"], LITS, None, {0: 0, 1: 1, 2: 2}),
    (["kidney_parenchyma"], KITS, ["kidney_parenchyma"], {0: 0, 1: 1, 2: 0, 3: 0}),
    # a whole liver may hold tumors: its parenchyma is unknown there, and all of it is ignored
    (["liver_parenchyma", "spleen"], AMOS, ["spleen"], {0: 3, 1: 2, 2: 3, 3: 3, 6: 3}),
    (["liver", "spleen"], AMOS, ["liver", "spleen"], {0: 0, 1: 2, 2: 0, 3: 0, 6: 1}),
]


@pytest.mark.parametrize(("targets", "raw", "known", "expected"), EXTENTS)
def test_a_recipe_says_whole_or_parenchyma(
    targets: list[str], raw: dict[int | str, str], known: list[str] | None, expected: object
) -> None:
    found = known_targets(targets, raw.values(), REACH)
    assert list(found) == (targets if known is None else known)
    ignore = None if len(found) == len(targets) else len(targets) + 1
    assert label_map(SetLabels(tuple(targets), ignore), found, raw, REACH).values == expected


def test_a_whole_beside_its_part_is_a_region() -> None:
    labels = SetLabels(("liver_tumor", "spleen", "liver"))
    assert regions(labels, ["liver"], VOCABULARY) == {"liver": (1, 3)}
    assert regions(labels, ["kidney"], VOCABULARY) == {}


def test_valid_labels_are_taught_by_case_and_nothing_is_ignored() -> None:
    labels = SetLabels(("liver", "liver_tumor", "spleen"), by_case=True)
    known = known_targets(labels.names, AMOS.values(), VOCABULARY)
    mapping = label_map(labels, known, AMOS, VOCABULARY)
    assert mapping.values == {0: 0, 1: 3, 2: 0, 3: 0, 6: 1}
    assert supervised(labels.names, known, VOCABULARY) == {"spleen"}


@given(SETS, RAW)
def test_maps_can_be_reversed(targets: list[str], raw: dict[int | str, str]) -> None:
    """What each value stands for is recorded: no raw value is lost, and none appears twice."""
    known = known_targets(targets, raw.values(), VOCABULARY)
    ignore = len(targets) + 1 if len(known) < len(targets) else None
    mapping = label_map(SetLabels(tuple(targets), ignore), known, raw, VOCABULARY)
    assert sorted(value for values in mapping.back.values() for value in values) == sorted(
        mapping.values
    )
    mask = np.array(sorted(mapping.values), dtype=np.uint8).reshape(1, 1, -1)
    mapped = apply(mask, mapping)
    for value, raws in mapping.back.items():
        assert mask[mapped == value].tolist() == list(raws)
    if all(len(raws) == 1 for raws in mapping.back.values()):
        table = np.zeros(256, dtype=np.uint8)
        for value, (lone,) in mapping.back.items():
            table[value] = lone
        assert np.array_equal(table[mapped], mask)
