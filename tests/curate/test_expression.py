"""Typed questions to a case: what they answer, and what they refuse to be."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.curate import decide, expression
from medreg.errors import DeclarationError
from tests.curate.facts import VOCABULARY, case, facts, recipe

ROW = case(
    "volume-28",
    voxels="liver=120000 liver_tumor=88",
    findings="body:warn:2 parts | labels:fail:7 is not listed",
    verdict="fail",
)


def ask(text: str) -> bool:
    return expression.parse(text, VOCABULARY.names)("lits", ROW)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("spacing.z <= 5", True),
        ("0.5 <= spacing.z < 2", False),
        ("spacing.x == spacing.y", True),
        ("shape.z >= 30 and extent.z > 90", True),
        ("low < -900 and not high > 3000", True),
        ('"liver" in annotated', True),
        ('"pancreas" not in annotated', True),
        ('dataset == "lits" and case != "volume-1"', True),
        ('dataset in ["kits23", "chaos_ct"]', False),
        ('verdict == "pass" or "labels" in findings', True),
        ('"geometry" in findings', False),
        ("voxels.liver_tumor >= 100", False),
        ("volume.liver > 150", True),
        ("volume.pancreas == 0", True),
        ('"ct" in channels', True),
    ],
)
def test_what_is_asked_is_answered(text: str, answer: bool) -> None:  # noqa: FBT001 - a table
    assert ask(text) is answer


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("spacing.z <", "no expression"),
        ("spacing.z", "neither true nor false"),
        ("spacing.q < 1", "'q' is not known"),
        ("spacings.z < 1", "'spacings' is not known"),
        ("spacing.z < '5'", "compares a number with a text"),
        ("annotated < 3", "compares words with a number"),
        ("case < 'a'", "orders a text"),
        ("'liver' in case", "asks for a text in a text"),
        ("3 in annotated", "asks for a number in words"),
        ("voxels.livr > 1", "'livr' is not known"),
        ("True", "neither true nor false"),
        ("spacing.z == True", "is no column"),
        ("spacing.z is 5", "compared in a way"),
        ("__import__('os').system('true') == 0", "is no column"),
        ("case.__class__ == 'x'", "'case' is not known"),
        ("(lambda: 1)() == 1", "is no column"),
        ("[x for x in annotated] == channels", "is no column"),
        ("f'{case}' == 'x'", "is no column"),
        (" and ".join(["low < 1"] * 300), "more than 500 parts"),
        ("(" * 300 + "low < 1" + ")" * 300, "no expression|cannot be read"),
    ],
)
def test_what_is_no_question_is_refused(text: str, told: str) -> None:
    with pytest.raises(DeclarationError, match=told) as error:
        ask(text)
    assert error.value.hint


def test_a_remedy_names_the_nearest_word() -> None:
    with pytest.raises(DeclarationError) as error:
        ask("voxels.livr > 1")
    assert error.value.hint == "did you mean liver?"


NUMBERS = st.sampled_from(["spacing.x", "spacing.z", "shape.x", "low", "high", "2", "0.8", "-1000"])
SIGNS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
COMPARED = st.builds(lambda a, sign, b: f"{a} {sign} {b}", NUMBERS, SIGNS, NUMBERS)
ASKED = st.recursive(
    COMPARED,
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.builds(lambda a, b: f"({a}) and ({b})", inner, inner),
        st.builds(lambda a, b: f"({a}) or ({b})", inner, inner),
    ),
    max_leaves=6,
)


@given(ASKED)
def test_it_answers_as_python_would(text: str) -> None:
    axes = {"spacing": (0.8, 0.8, 2.0), "shape": (64, 64, 48)}
    names = {
        **{n: SimpleNamespace(**dict(zip("xyz", v, strict=True))) for n, v in axes.items()},
        "low": -1000.0,
        "high": 1200.0,
    }
    assert ask(text) is eval(text, {}, names)  # noqa: S307 - the oracle, on generated text


def test_a_recipe_drops_whoever_answers_no_and_says_so() -> None:
    known = facts({"a": [case("1"), case("2", spacing="0.8 0.8 6"), case("3")]})
    decision = decide.decide("s", recipe(["a"], select="spacing.z <= 5", folds=2), known)
    dropped = [(row.case, row.step, row.reason) for row in decision.selection if row.step]
    assert dropped == [("2", "select", "not so: spacing.z <= 5")]
    assert decision.funnel[0]["select"] == 1
