from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.curate import split
from medreg.curate.balance import chosen, largest_total
from medreg.curate.clinical import Told
from medreg.curate.decide import decide
from medreg.errors import DeclarationError
from tests.curate.facts import case, cases, facts, recipe


def deal(groups: dict[str, tuple[str, ...]], folds: int, seed: str) -> dict[str, int]:
    dealt = split.deal(groups, {str(fold): 1 for fold in range(folds)}, seed)
    return {group: int(part) for group, part in dealt.items()}


if TYPE_CHECKING:
    from medreg.curate.facts import Facts
    from medreg.curate.recipe import Recipe

STRATA = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 23), min_size=1).filter(
    lambda counts: sum(counts.values()) >= 5
)


def groups(counts: dict[str, int]) -> dict[str, tuple[str, ...]]:
    return {f"{name}/{n}": (name,) for name, count in counts.items() for n in range(count)}


@given(STRATA, st.integers(2, 5), st.text(max_size=3))
def test_every_fold_gets_its_share_of_each_stratum(
    counts: dict[str, int], folds: int, seed: str
) -> None:
    dealt = deal(groups(counts), folds, seed)
    assert dealt.keys() == groups(counts).keys()
    assert set(dealt.values()) == set(range(folds))
    for name, count in counts.items():
        sizes = Counter(fold for group, fold in dealt.items() if group[0] == name)
        if count >= folds:
            assert {sizes[fold] - count // folds for fold in range(folds)} <= {-1, 0, 1}
        if any(n >= folds for n in counts.values()):  # then no fold had to be filled
            assert max(sizes.values()) - min(sizes[fold] for fold in range(folds)) <= 1


def test_another_seed_deals_otherwise() -> None:
    assert deal(groups({"a": 30}), 5, "one") != deal(groups({"a": 30}), 5, "two")


def test_tiny_strata_leave_no_fold_empty() -> None:
    for seed in range(50):
        dealt = deal({f"{name}/0": (name,) for name in "abcdefg"}, 5, str(seed))
        assert set(dealt.values()) == set(range(5))


def test_fewer_groups_than_folds() -> None:
    with pytest.raises(DeclarationError, match="5 folds need 5 patients to train on, and 3"):
        deal(groups({"a": 3}), 5, "s")


COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 40), min_size=1)
SHARES = st.sampled_from(["0.2", "0.34", "0.4", "0.5", "0.9", "1"]).map(Fraction)


@given(COUNTS, st.none() | st.integers(1, 120), SHARES)
def test_the_largest_total_holds_both_limits_and_no_larger_one_does(
    counts: dict[str, int], most: int | None, share: Fraction
) -> None:
    total = largest_total(counts, most, share)
    cases = [(name, str(n)) for name, count in counts.items() for n in range(count)]
    stay = chosen(cases, "s", most, share)
    taken = Counter(name for name, _ in stay)
    assert len(stay) == total
    assert all(count <= share * total for count in taken.values())
    for larger in range(total + 1, min(most or 10**9, len(cases)) + 1):
        assert sum(min(n, int(share * larger)) for n in counts.values()) < larger


@given(COUNTS, st.integers(1, 60))
def test_another_dataset_only_displaces(counts: dict[str, int], most: int | None) -> None:
    """Without a share, more candidates push some out and never bring another one in."""
    cases = [(name, str(n)) for name, count in counts.items() for n in range(count)]
    before = chosen(cases, "s", most, Fraction(1))
    after = chosen([*cases, *(("new", str(n)) for n in range(20))], "s", most, Fraction(1))
    assert {pair for pair in after if pair[0] != "new"} <= before


# --- shares, strata, official splits -------------------------------------------------------------


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), st.integers(0, 30), min_size=1
    ).filter(lambda counts: sum(counts.values()) >= 8),
    st.sampled_from([{"0": 1, "1": 4}, {"0": 2, "1": 2, "test": 1}, {"0": 3, "1": 6, "test": 1}]),
)
def test_every_part_gets_its_share_of_each_dataset_and_stratum(
    counts: dict[tuple[str, str], int], shares: dict[str, int]
) -> None:
    made = {f"{d}{s}/{n}": (d, s) for (d, s), count in counts.items() for n in range(count)}
    dealt = split.deal(made, shares, "s")
    total = sum(shares.values())
    if min(sum(1 for d, _ in made.values() if d == name) for name in "ab") < total:
        return  # a part may have been empty, and was given another's
    for place, names in ((0, "ab"), (1, "xyz")):
        for name in names:
            own = [g for g, stratum in made.items() if stratum[place] == name]
            sizes = Counter(dealt[g] for g in own)
            slack = 1 if place == 0 else 4  # a stratum lies in up to two datasets
            for part, share in shares.items():
                assert abs(sizes[part] - len(own) * share / total) <= slack


def candidate_facts(**keys: object) -> tuple[Recipe, Facts]:
    tables = {
        name: [
            case(
                f"{name}-{n}",
                patient=f"p{n // 2}",
                voxels="liver=900 spleen=9" if n % 3 else "liver=90",
            )
            for n in range(count)
        ]
        for name, count in (("a", 40), ("b", 24))
    }
    made = recipe(["a", "b"], labels=["liver", "spleen"], **keys)
    return made, facts(tables)


SPLITS = [
    {"folds": 4},
    {"split": {"by": ["labels", "volume.liver", "verdict"]}, "folds": 4},
    {"split": {"by": ["volume"], "test": 0.25}, "folds": 3},
    {"split": {"val": 0.2, "test": 0.2}},
    {"split": {"official": [{"dataset": "a", "test": "a-1*"}]}, "folds": 3},
    {"split": {"official": [{"dataset": "a", "test": "a-1?", "val": "a-2?"}]}},
]


@pytest.mark.parametrize("keys", SPLITS)
def test_no_group_crosses_and_no_order_matters(keys: dict[str, object]) -> None:
    """F087: whatever the split, a patient is on one side, and another order changes nothing."""
    made, told = candidate_facts(**keys)
    decision = decide("s", made, told)
    folds: dict[str, set[str]] = {}
    for row in decision.kept:
        folds.setdefault(row.group, set()).add(row.fold)
    assert all(len(found) == 1 for found in folds.values())
    assert len(decision.splits["folds"]) == made.validating
    turned = replace(
        told, tables={name: rows[::-1] for name, rows in reversed(told.tables.items())}
    )
    other = made.model_copy(update={"datasets": made.datasets[::-1]})
    assert decide("s", other, turned).selection == decision.selection


@pytest.mark.parametrize("keys", SPLITS[:4])
def test_another_dataset_moves_nobody(keys: dict[str, object]) -> None:
    made, told = candidate_facts(**keys)
    before = {row.id: row.fold for row in decide("s", made, told).kept}
    more = made.model_copy(update={"datasets": ("a", "b", "c")})
    wider = facts({**told.tables, "c": cases("c", 17, voxels="liver=5 spleen=7")})
    after = {row.id: row.fold for row in decide("s", more, wider).kept}
    assert {case_id: after[case_id] for case_id in before} == before


def test_strata_are_dealt_evenly() -> None:
    made, told = candidate_facts(split={"by": ["volume.liver"]}, folds=4)
    voxels = {row.case: row.voxels for rows in told.tables.values() for row in rows}
    small = Counter(
        row.fold for row in decide("s", made, told).kept if voxels[row.case] < "liver=91"
    )
    assert max(small.values()) - min(small.values()) <= 4


def test_shares_become_test_and_one_validating_fold() -> None:
    made, told = candidate_facts(split={"val": 0.2, "test": 0.2})
    counts = Counter(row.fold for row in decide("s", made, told).kept)
    assert set(counts) == {"0", "1", "test"}
    assert counts["0"] == pytest.approx(13, abs=3)
    assert counts["test"] == pytest.approx(13, abs=3)


def test_an_official_test_never_grows() -> None:
    """Relatives of an official test case leave the training side; they do not join the test."""
    made, told = candidate_facts(
        split={"official": [{"dataset": "a", "test": "a-0 a-2 a-3", "val": "a-1? a-4"}]}
    )
    rows = {row.case: row for row in decide("s", made, told).selection}
    assert [rows[name].fold for name in ("a-0", "a-2", "a-3")] == ["test"] * 3
    assert (rows["a-1"].decision, rows["a-1"].step) == ("dropped", "held_out")
    assert rows["a-10"].fold == rows["a-4"].fold == rows["a-5"].fold == "0"
    assert rows["a-20"].fold == "1"
    assert {rows[f"b-{n}"].fold for n in range(24)} == {"0", "1"}


def test_an_official_split_may_stand_in_a_clinical_column() -> None:
    made, told = candidate_facts(
        split={"official": [{"dataset": "a", "column": "set", "test": "test*"}]}, folds=3
    )
    said = {f"a/a-{n}": {"set": "testing" if n < 4 else "training"} for n in range(40)}
    rows = decide("s", made, replace(told, clinical=Told({"set": "text"}, said))).kept
    assert {row.case for row in rows if row.fold == "test"} == {f"a-{n}" for n in range(4)}
    assert {row.fold for row in rows} == {"0", "1", "2", "test"}
