from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.curate import split
from medreg.curate.balance import chosen, largest_total
from medreg.errors import DeclarationError


def deal(groups: dict[str, tuple[str, ...]], folds: int, seed: str) -> dict[str, int]:
    dealt = split.deal(groups, {str(fold): 1 for fold in range(folds)}, seed)
    return {group: int(part) for group, part in dealt.items()}


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
