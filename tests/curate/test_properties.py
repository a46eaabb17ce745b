"""What holds for any recipe over any tables: no order matters, and terms only narrow.

`test_decide` and `test_mapping` hold the others: groups cross no split, maps can be reversed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medreg.curate.decide import decide
from medreg.curate.verdicts import verdicts, whole
from medreg.errors import DeclarationError
from medreg.model import Claim
from tests.curate.facts import TERMS, case, cases, dataset, facts, recipe
from tests.curate.test_decide import worlds

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from tests.curate.test_decide import World

STRICT = ("allowed", "unclear", "blocked")
LICENSES = sorted(TERMS)
RANKS = ("publisher", "archive", "paper", "third party")
CLAIMS = st.builds(
    Claim, st.sampled_from(LICENSES), source=st.just("somebody"), rank=st.sampled_from(RANKS)
)


@settings(max_examples=60)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_a_recipe_decides_nothing(world: World, shuffle: random.Random) -> None:
    tables, overlaps, keys = world

    def answer(names: Sequence[str]) -> object:
        try:
            made = decide("s", recipe(names, **keys), facts(tables, overlaps))
        except DeclarationError as error:
            return error.message
        funnel = sorted(made.funnel, key=lambda row: row["dataset"])
        return replace(made, funnel=tuple(funnel), verdicts=None)

    assert answer([*tables]) == answer(shuffle.sample([*tables], len(tables)))


@given(st.lists(st.lists(CLAIMS, max_size=4), min_size=2, max_size=5), st.data())
def test_terms_never_widen_when_a_case_joins(
    claims: Sequence[Sequence[Claim]], data: st.DataObject
) -> None:
    """Whatever datasets claim: what a set may be used for narrows with every case of another."""
    names = [f"d{number}" for number in range(len(claims))]
    each = verdicts(
        recipe(names),
        {name: dataset(name, licenses=said) for name, said in zip(names, claims, strict=True)},
        TERMS,
    )
    few = data.draw(st.sets(st.sampled_from(names), min_size=1))
    before, after = whole(each, few), whole(each, {*few, data.draw(st.sampled_from(names))})
    for use, then in before.items():
        assert STRICT.index(after[use].answer) >= STRICT.index(then.answer), use


@settings(max_examples=60)
@given(worlds(), st.sampled_from(["", "p1"]), CLAIMS)
def test_a_new_case_never_widens_the_terms_of_those_who_stay(
    world: World, patient: str, claim: Claim
) -> None:
    tables, overlaps, keys = world
    more = {**tables, "sure": [*tables["sure"], case("new", patient=patient)]}
    lenient = {"sure": dataset("sure", licenses=[claim])}
    try:
        before, after = (
            decide("s", recipe([*rows], **keys), facts(rows, overlaps, **lenient))
            for rows in (tables, more)
        )
    except DeclarationError:
        return
    then, now = ({row.dataset for row in made.kept} for made in (before, after))
    if then <= now:
        told = [whole(made.verdicts, names) for made, names in ((before, then), (after, now))]
        for use in told[0]:
            assert STRICT.index(told[1][use].answer) >= STRICT.index(told[0][use].answer)


@pytest.mark.parametrize("count", [1, 2])
def test_a_case_that_takes_anothers_place_is_told(count: int) -> None:
    """Terms may widen only where a case under narrower ones left, as the dry run shows."""
    narrow = (Claim("CC-BY-NC-4.0", source="its page", rank="publisher"),)
    old = [case("x-0", fingerprint="f")]
    rows = {"a": [*cases("y", 4), case("z", fingerprint="f")][: 3 + count], "b": old}
    made = decide("s", recipe(["a", "b"]), facts(rows, b=dataset("b", licenses=narrow)))
    gone = [row.reason for row in made.selection if row.dataset == "b" and row.step == "overlap"]
    assert bool(gone) == (count == 2)
    assert whole(made.verdicts, {r.dataset for r in made.kept})["commercial"].allowed == bool(gone)
    assert all("a/z stays by terms" in reason for reason in gone)
