from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medreg.curate.decide import decide
from medreg.curate.explain import why
from medreg.curate.mapping import set_labels
from medreg.curate.overlaps import parse as parse_overlap
from medreg.curate.verdicts import whole
from medreg.errors import DeclarationError, NotFound
from medreg.model import IGNORED, Claim
from medreg.tables import SelectionRow, from_csv, to_csv
from tests.curate.facts import ABDOMEN, case, cases, dataset, facts, recipe

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.curate.decide import Decision
    from medreg.curate.overlaps import Overlap
    from medreg.tables import CaseRow

    World = tuple[dict[str, list[CaseRow]], list[Overlap], dict[str, object]]

T = TypeVar("T")
NC = (Claim("CC-BY-NC-4.0", source="its page", rank="publisher"),)
HEARSAY = (Claim("CC-BY-4.0", source="a list", rank="third party"),)


def outcome(decision: Decision, ref: str) -> str:
    row = next(r for r in decision.selection if f"{r.dataset}/{r.case}" == ref)
    return row.step or row.decision


def overlap(
    a: str = "a",
    b: str = "b",
    relation: str = "same scans",
    cases: str = '"x-{n} = x-{n}"',
    sure: str = "proved",
) -> Overlap:
    text = f"""
a: {a}
b: {b}
relation: {relation}
cases: {cases}
confidence: {sure}
evidence: [{{source: 'issue 1', date: 2026-11, says: 'spacing was corrected'}}]
"""
    return parse_overlap(text, f"registry/overlaps/{a}__{b}.yaml")


STEPS = [
    pytest.param(case("bad", channels="pet"), {}, "channel", "no ct", id="channel"),
    pytest.param(
        case("bad", channels="ct pet", aligned="pet"), {}, "channel", "another grid", id="grid"
    ),
    pytest.param(
        case("bad", verdict="fail", findings="body:warn:odd | geometry:fail:2 mm off"),
        {},
        "quality",
        "geometry: 2 mm off",
        id="quality",
    ),
    pytest.param(case("bad", annotated="pancreas"), {}, "label", "pancreas", id="label"),
    pytest.param(case("bad", annotated=""), {}, "label", "nothing", id="no annotation"),
    pytest.param(
        case("bad", annotated="liver"),
        {"labels": ["liver", "spleen"], "missing": "drop_case"},
        "label",
        "never annotated: spleen",
        id="drop_case",
    ),
    pytest.param(
        case("bad", annotated="liver"),
        {"labels": ["liver", "liver_tumor"], "missing": "ignore"},
        "label",
        "nothing is left to learn",
        id="ignore leaves nothing",
    ),
    pytest.param(
        case("bad", annotated="liver"),
        {"labels": ["liver", "spleen"]},
        "label",
        "not annotated in this case: spleen",
        id="narrowed case",
    ),
    pytest.param(
        case("bad", spacing="0.8 0.8 7.5"),
        {"spacing": {"min": 0.5, "max": 5}},
        "spacing",
        "0.5 to 5",
        id="spacing",
    ),
]


@pytest.mark.parametrize(("bad", "keys", "step", "says"), STEPS)
def test_each_step_drops_its_case_with_the_reason(
    bad: CaseRow, keys: dict[str, object], step: str, says: str
) -> None:
    decision = decide("set", recipe(["a"], **keys), facts({"a": [*cases("x", 4), bad]}))
    assert outcome(decision, "a/bad") == step
    assert [row["kept"] for row in decision.funnel] == [4, 4]
    assert [row[step] for row in decision.funnel] == [1, 1]
    lines = why(decision.selection, "a/bad")
    assert says in lines[0]
    assert step in lines[1]


def test_a_failed_check_is_accepted_only_by_name() -> None:
    bad = case("bad", verdict="fail", findings="body:fail:outside | labels:fail:odd: value 9")
    tables = facts({"a": [*cases("x", 2), bad]})
    one = recipe(["a"], quality={"accept_fail": ["body"]})
    both = recipe(["a"], quality={"accept_fail": ["body", "labels"]})
    assert why(decide("s", one, tables).selection, "a/bad")[0] == "dropped   labels: odd: value 9"
    assert outcome(decide("s", both, tables), "a/bad") == "kept"


@pytest.mark.parametrize(
    ("claims", "use", "expected"),
    [(NC, "research", "kept"), (NC, "commercial", "terms"), (HEARSAY, "research", "terms")],
)
def test_terms_decide_and_unclear_counts_as_blocked(
    claims: Sequence[Claim], use: str, expected: str
) -> None:
    tables = facts({"a": cases("x", 2), "b": cases("y", 2)}, b=dataset("b", licenses=claims))
    decision = decide("s", recipe(["a", "b"], use=use), tables)
    assert outcome(decision, "b/y-0") == expected


def test_a_trusted_claim_lets_in_and_is_told() -> None:
    tables = facts({"a": cases("x", 2)}, a=dataset("a", licenses=HEARSAY))
    trust = [{"dataset": "a", "claim": "CC-BY-4.0", "by": "R. Doe", "because": "asked them"}]
    decision = decide("s", recipe(["a"], trust=trust), tables)
    assert len(decision.kept) == 2
    assert "terms of a: R. Doe trusts CC-BY-4.0: asked them" in decision.notes
    with pytest.raises(DeclarationError, match="nobody claims MIT of a") as wrong:
        decide("s", recipe(["a"], trust=[{**trust[0], "claim": "MIT"}]), tables)
    assert wrong.value.hint == "claims made: CC-BY-4.0"


# --- duplicates and relatives ------------------------------------------------------------------

BETTER = [
    pytest.param(
        {"verdict": "fail", "findings": "geometry:fail:tilt"}, {}, None, "geometry", id="geometry"
    ),
    pytest.param({}, {}, NC, "terms", id="terms"),
    pytest.param({"annotated": "liver"}, {}, None, "labels", id="labels"),
    pytest.param({"spacing": "1 1 1"}, {"annotated": "liver"}, None, "geometry", id="lost header"),
    pytest.param(
        {"findings": "sides:warn:kidney_left lies to the right", "verdict": "warn"},
        {"annotated": "liver"},
        None,
        "geometry",
        id="mirrored",
    ),
    pytest.param({"spacing": "1 1 1", "shape": "9 9 9"}, {}, None, "spacing", id="cubes of 1 mm"),
    pytest.param({"spacing": "0.8 0.8 3"}, {}, None, "spacing", id="coarser"),
]


@pytest.mark.parametrize(("worse", "better", "claims", "by"), BETTER)
def test_the_better_of_two_equal_scans_stays(
    worse: dict[str, str], better: dict[str, str], claims: Sequence[Claim], by: str
) -> None:
    first = case("x-0", fingerprint="f", **worse)  # natural order would prefer it
    second = case("x-0", fingerprint="f", **better)
    tables = facts(
        {"a": [first, *cases("y", 2)], "b": [second, *cases("z", 2)]},
        **({"a": dataset("a", licenses=claims)} if claims else {}),
    )
    wanted = recipe(
        ["a", "b"],
        labels=["liver", "spleen"],
        missing="ignore",
        quality={"accept_fail": ["geometry"]},
    )
    decision = decide("s", wanted, tables)
    assert outcome(decision, "a/x-0") == "overlap"
    assert outcome(decision, "b/x-0") == "kept"
    lines = why(decision.selection, "a/x-0")
    assert lines[0] == "dropped   same scan as b/x-0"
    assert any(line.startswith("  edge    a/x-0 ~ b/x-0: fingerprint: equal") for line in lines)
    assert any(f"b/x-0 stays by {by}" in line for line in lines)
    assert lines[-1].startswith("  with    b/x-0: kept, fold ")
    assert "  with    a/x-0: same scan as b/x-0" in why(decision.selection, "b__x-0")


def test_declared_same_scans_are_dropped_with_the_evidence() -> None:
    tables = facts({"a": cases("x", 3), "b": cases("x", 2)}, [overlap()])
    decision = decide("s", recipe(["a", "b"]), tables)
    assert [r.decision for r in decision.selection if r.dataset == "b"] == ["dropped", "dropped"]
    told = why(decision.selection, "b/x-1")
    assert told[2] == (
        '  edge    b/x-1 ~ a/x-1: registry/overlaps/a__b.yaml: "spacing was corrected" (issue 1)'
    )


@pytest.mark.parametrize(
    ("sure", "prints", "kept"),
    [
        ("suspected", ("f", "g"), 4),  # measurement stands over suspicion: nothing is dropped
        ("suspected", ("f", ""), 3),
        ("suspected", ("", ""), 3),
        ("proved", ("f", "g"), 3),  # resampled, say: other values, one scan
    ],
)
def test_measurement_stands_over_suspicion(sure: str, prints: tuple[str, str], kept: int) -> None:
    first, second = (case("x-0", fingerprint=fingerprint) for fingerprint in prints)
    tables = facts({"a": [first, case("y")], "b": [second, case("z")]}, [overlap(sure=sure)])
    decision = decide("s", recipe(["a", "b"]), tables)
    assert len(decision.kept) == kept
    assert len({row.group for row in decision.selection if row.case == "x-0"}) == 1


def test_declared_same_patients_share_a_group_and_all_stay() -> None:
    tables = facts({"a": cases("x", 4), "b": cases("x", 4)}, [overlap(relation="same patients")])
    decision = decide("s", recipe(["a", "b"]), tables)
    assert len(decision.kept) == 8
    folds = {}
    for row in decision.kept:
        folds.setdefault(row.case, set()).add((row.group, row.fold))
    assert all(len(seen) == 1 for seen in folds.values())
    assert decision.splits["groups"] == 4
    said = "though they show the patient of another: 4 cases, such as b/x-0"
    assert any(note.endswith(said) for note in decision.notes)


def test_an_overlap_without_a_map_is_only_noted() -> None:
    tables = facts({"a": cases("x", 2), "b": cases("x", 2)}, [overlap(cases="")])
    decision = decide("s", recipe(["a", "b"]), tables)
    assert len(decision.kept) == 4
    assert any("no case map is known of a and b" in note for note in decision.notes)


def test_relatives_of_a_held_out_case_leave_training_transitively() -> None:
    """test/t-0 = bridge/x-0 (not in the recipe) = a/x-0, which has the patient of a/x-1."""
    bridge = overlap("bridge", "test", cases="[[x-0, t-0]]")
    tables = facts(
        {
            "test": [case("t-0", verdict="fail", findings="body:fail:odd"), case("t-1")],
            "a": [
                case("x-0", patient="p", annotated="pancreas"),
                case("x-1", patient="p"),
                *cases("y", 3),
            ],
        },
        [bridge, overlap("a", "bridge")],
    )
    decision = decide("s", recipe(["a", "test"], hold_out=["test"]), tables)
    assert decision.splits["test"] == ["test__t-1"]
    assert outcome(decision, "a/x-0") == "label"
    assert outcome(decision, "a/x-1") == "held_out"
    assert [outcome(decision, f"a/y-{n}") for n in range(3)] == ["kept"] * 3
    told = why(decision.selection, "a/x-1")
    assert told[0] == "dropped   shows a patient of test, which is held out"
    steps = [line.split(":")[0].removeprefix("  edge    ") for line in told if "edge" in line]
    assert steps == ["a/x-1 ~ a/x-0", "a/x-0 ~ bridge/x-0", "bridge/x-0 ~ test/t-0"]
    assert "dropped because they show a patient of test: 1 cases" in decision.notes


def test_a_test_set_that_vanishes_is_noted() -> None:
    tables = facts({"a": cases("x", 2), "t": cases("y", 2, annotated="pancreas")})
    decision = decide("s", recipe(["a", "t"], hold_out=["t"]), tables)
    assert decision.splits["test"] == []
    assert "nothing is left to test on: no case of t was kept" in decision.notes


def test_why_of_a_kept_case_and_of_none() -> None:
    decision = decide("s", recipe(["a"]), facts({"a": cases("x", 3)}))
    assert why(decision.selection, "a/x-0")[0].startswith("kept      validates in fold")
    with pytest.raises(NotFound) as missing:
        why(decision.selection, "a/y-2")
    assert missing.value.hint == "did you mean a/x-2?"


# --- labels ------------------------------------------------------------------------------------


def test_drop_label_drops_it_from_the_whole_set() -> None:
    tables = facts(
        {"a": cases("x", 3), "b": cases("y", 3, annotated="liver liver_tumor")},
        b=dataset("b", {1: "liver", 2: "liver_tumor"}),
    )
    decision = decide("s", recipe(["a", "b"], labels=["spleen", "liver"]), tables)
    assert decision.labels.names == ("liver",)
    assert decision.labels.dropped == ("spleen",)
    assert decision.labels.ignore is None
    assert decision.supervision == {"liver": 6, "background": 6}
    assert {row.annotated for row in decision.kept} == {"liver"}
    assert decision.maps["a"][0].values == {0: 0, 1: 1, 2: 1, 3: 0, 4: 0}
    assert any("spleen was dropped" in note for note in decision.notes)


def test_a_dataset_of_nothing_but_duplicates_costs_no_label() -> None:
    """kits19 in kits23: the older masks lack the cyst, and none of them stays."""
    old = [case(f"x-{n}", annotated="liver", fingerprint=f"f{n}") for n in range(3)]
    new = [case(f"x-{n}", fingerprint=f"f{n}") for n in range(3)]
    tables = facts({"a": old, "b": new}, a=dataset("a", {1: "liver"}))
    decision = decide("s", recipe(["a", "b"], labels=["liver", "spleen"]), tables)
    assert decision.labels.names == ("liver", "spleen")
    assert {row.dataset for row in decision.kept} == {"b"}


def test_ignore_keeps_the_label_and_counts_what_is_taught() -> None:
    tables = facts(
        {"a": cases("x", 3), "b": cases("y", 3, annotated="liver liver_tumor")},
        b=dataset("b", {1: "liver", 2: "liver_tumor", 9: IGNORED}),
    )
    decision = decide("s", recipe(["a", "b"], labels=["liver", "spleen"], missing="ignore"), tables)
    assert decision.labels.values == {"background": 0, "liver": 1, "spleen": 2}
    assert decision.labels.ignore == 3
    assert decision.supervision == {"liver": 6, "spleen": 3, "background": 3}
    assert decision.maps["b"][0].values == {0: 3, 1: 1, 2: 1, 9: 3}


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"labels": ["liver", "spleen"]}, "no wanted label is annotated in every dataset"),
        (
            {"labels": ["liver", "spleen"], "missing": "ignore"},
            "no training case teaches background: a lacks spleen; b lacks liver",
        ),
        ({"labels": ["liver"], "missing": "drop_case", "folds": 3}, "3 folds need 3 patients"),
        ({"labels": ["gallbladder"]}, "would train on 0 cases"),
        ({"labels": ["liver"], "size": {"min": 10}}, "train on 2 cases, and 10 are wanted"),
    ],
)
def test_a_recipe_that_cannot_be_met_says_why(keys: dict[str, object], says: str) -> None:
    tables = facts(
        {"a": cases("x", 2, annotated="liver"), "b": cases("y", 2, annotated="spleen")},
        a=dataset("a", {1: "liver"}),
        b=dataset("b", {1: "spleen"}),
    )
    with pytest.raises(DeclarationError, match=says) as failed:
        decide("s", recipe(["a", "b"], **keys), tables)
    assert failed.value.exit_code == 2
    assert failed.value.hint


def test_a_label_that_nobody_shows_is_refused() -> None:
    tables = facts({"a": cases("x", 2, voxels="liver=5 liver_tumor=0")})
    with pytest.raises(DeclarationError, match="no training case shows liver_tumor"):
        decide("s", recipe(["a"], labels=["liver", "liver_tumor"]), tables)


def test_unknown_patients_are_said_so() -> None:
    decision = decide("s", recipe(["a"]), facts({"a": cases("x", 3, patient="")}))
    assert decision.splits["patients_unknown"] == ["a"]
    assert decision.splits["groups"] == 3


def test_two_cases_may_not_share_an_id() -> None:
    tables = facts({"a": [case("b__x"), *cases("y", 2)], "a__b": [case("x"), *cases("z", 2)]})
    with pytest.raises(DeclarationError, match="would both be a__b__x"):
        decide("s", recipe(["a", "a__b"]), tables)


@pytest.mark.parametrize("channels", [["flair"], ["ct", "flair"]])
def test_a_channel_that_nobody_has_is_a_wrong_recipe(channels: list[str]) -> None:
    with pytest.raises(DeclarationError, match="has a channel 'flair'") as wrong:
        decide("s", recipe(["a"], channels=channels), facts({"a": cases("x", 2)}))
    assert wrong.value.hint == "channels there: ct"


# --- size and share ----------------------------------------------------------------------------


def test_size_and_share_hold_and_spare_the_test() -> None:
    tables = facts({"a": cases("x", 50), "b": cases("y", 20), "t": cases("z", 30)})
    decision = decide(
        "s", recipe(["a", "b", "t"], size={"max": 40, "share": 0.6}, hold_out=["t"]), tables
    )
    counts = {row["dataset"]: row["kept"] for row in decision.funnel}
    assert counts == {"a": 24, "b": 16, "t": 30, "total": 70}
    assert decision.funnel[0]["quota"] == 26


def test_a_share_that_cannot_be_met_is_refused() -> None:
    tables = facts({"a": cases("x", 5), "b": cases("y", 5)})
    with pytest.raises(DeclarationError, match=r"no more than 0\.4 of them from one dataset"):
        decide("s", recipe(["a", "b"], size={"share": 0.4}), tables)


# --- properties --------------------------------------------------------------------------------


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to four datasets with shared patients, shared scans, gaps in labels and failures."""
    names = ["a", "b", "c", "t"][: draw(st.integers(2, 4))]
    words = st.sampled_from(["", "p1", "p2", "p3"])
    prints = st.sampled_from(["", "", "f1", "f2", "f3"])
    annotated = st.sampled_from(["liver", "liver spleen", "kidney liver liver_tumor spleen"])
    verdicts = st.sampled_from(["pass", "pass", "warn", "fail"])
    tables = {
        name: [
            case(
                f"x-{n}",
                patient=draw(words),
                fingerprint=draw(prints),
                annotated=draw(annotated),
                verdict=draw(verdicts),
            )
            for n in range(draw(st.integers(1, 8)))
        ]
        for name in names
    }
    tables["sure"] = cases("z", 3)
    overlaps = [
        overlap(a, b, relation=draw(st.sampled_from(["same scans", "same patients"])))
        for a, b in pairwise(names)
        if draw(st.booleans())
    ]
    held = draw(st.sampled_from([(), (names[-1],)]))
    keys = {
        "labels": draw(st.sampled_from([["liver"], ["liver", "spleen"]])),
        "missing": draw(st.sampled_from(["drop_case", "drop_label", "ignore"])),
        "hold_out": held,
        "size": draw(st.sampled_from([{}, {"max": 6}, {"max": 8, "share": 0.7}])),
    }
    return tables, overlaps, keys


@settings(deadline=None, max_examples=150)
@given(worlds())
def test_no_group_crosses_a_split_and_no_scan_is_there_twice(world: World) -> None:
    tables, overlaps, keys = world
    try:
        decision = decide("s", recipe([*tables], **keys), facts(tables, overlaps))
    except DeclarationError:
        return
    folds, scans = {}, []
    by_ref = {(name, row.case): row for name, rows in tables.items() for row in rows}
    for row in decision.kept:
        folds.setdefault(row.group, set()).add(row.fold)
        scans.append(by_ref[row.dataset, row.case].fingerprint)
    assert all(len(seen) == 1 for seen in folds.values())
    scans = [fingerprint for fingerprint in scans if fingerprint]
    assert len(scans) == len(set(scans))
    held = {row.dataset for row in decision.kept if row.fold == "test"}
    assert held <= set(keys["hold_out"])
    for fold in decision.splits["folds"]:
        assert fold["val"]
        assert fold["train"]
        assert not {*fold["train"]} & {*fold["val"]}
        assert not {*fold["train"], *fold["val"]} & {*decision.splits["test"]}
    assert all(decision.supervision.values())
    total = decision.funnel[-1]
    assert total["in"] == total["kept"] + sum(
        row.decision == "dropped" for row in decision.selection
    )


@settings(deadline=None, max_examples=60)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_decision_does_not_depend_on_any_order(world: World, shuffle: random.Random) -> None:
    tables, overlaps, keys = world

    def shuffled(values: Iterable[T]) -> list[T]:
        return shuffle.sample(list(values), len(values))

    def answer(tables: Mapping[str, Sequence[CaseRow]], overlaps: Sequence[Overlap]) -> object:
        try:
            decision = decide("s", recipe(sorted(tables), **keys), facts(tables, overlaps))
        except DeclarationError as error:
            return error.message
        assert to_csv(decision.selection, SelectionRow)
        return decision

    again = {name: shuffled(tables[name]) for name in shuffled(tables)}
    assert answer(tables, overlaps) == answer(again, shuffled(overlaps))


@settings(deadline=None, max_examples=60)
@given(worlds())
def test_a_selection_read_back_means_the_same_labels(world: World) -> None:
    tables, overlaps, keys = world
    made = recipe([*tables], **keys)
    try:
        decision = decide("s", made, facts(tables, overlaps))
    except DeclarationError:
        return
    rows = from_csv(to_csv(decision.selection, SelectionRow), SelectionRow)
    assert tuple(rows) == decision.selection
    assert set_labels(made.labels, rows, dict.fromkeys(tables, ABDOMEN)) == decision.labels


@settings(deadline=None, max_examples=60)
@given(worlds(), st.sampled_from([NC, HEARSAY]))
def test_terms_never_widen_when_a_dataset_is_added(world: World, claims: Sequence[Claim]) -> None:
    tables, overlaps, _ = world
    more = {**tables, "extra": cases("e", 3)}
    trust = [{"dataset": "extra", "claim": claims[0].value, "by": "x", "because": "y"}]
    before = decide("s", recipe([*tables]), facts(tables, overlaps))
    after = decide(
        "s",
        recipe([*more], trust=trust),
        facts(more, overlaps, extra=dataset("extra", licenses=claims)),
    )
    strict = ("allowed", "unclear", "blocked")
    then = whole(before.verdicts, {row.dataset for row in before.kept})
    now = whole(after.verdicts, {row.dataset for row in after.kept})
    assert {row.dataset for row in before.kept} <= {row.dataset for row in after.kept}
    assert all(strict.index(now[use].answer) >= strict.index(then[use].answer) for use in then)


def test_adding_a_dataset_moves_nobody() -> None:
    """What stays, stays in its fold: an addition is an addition (a minor version)."""
    tables = {"a": cases("x", 40), "b": cases("y", 33)}
    before = decide("s", recipe(["a", "b"], folds=5), facts(tables))
    after = decide("s", recipe(["a", "b", "c"], folds=5), facts({**tables, "c": cases("z", 27)}))
    assert {r.id: r.fold for r in before.kept}.items() <= {r.id: r.fold for r in after.kept}.items()


def test_adding_a_case_moves_few() -> None:
    tables = {"a": cases("x", 200)}
    folds = []
    for extra in ([], [case("new")]):
        made = decide("s", recipe(["a"], folds=5), facts({"a": [*tables["a"], *extra]}))
        folds.append({row.id: row.fold for row in made.kept})
    moved = [name for name, fold in folds[0].items() if folds[1][name] != fold]
    assert len(moved) <= 10


def test_a_larger_limit_only_adds() -> None:
    kept = []
    for most in (10, 20, 30):
        made = decide("s", recipe(["a"], size={"max": most}), facts({"a": cases("x", 60)}))
        kept.append({row.id for row in made.kept})
    assert kept[0] < kept[1] < kept[2]
    assert [len(ids) for ids in kept] == [10, 20, 30]


def test_a_thousand_cases_are_decided_at_once() -> None:
    tables = {f"d{n}": cases("x", 250) for n in range(4)}
    start = time.perf_counter()
    decide("s", recipe([*tables], folds=5), facts(tables))
    assert time.perf_counter() - start < 2
