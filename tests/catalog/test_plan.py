"""A plan never exceeds its budget, counts shared scans once, and says what it does not know."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg import api
from medreg.catalog import Entry, Filters, Want, plan, shared
from medreg.catalog.plan import ANY
from medreg.catalog.schedule import schedule, storage_class
from medreg.curate.overlaps import Overlap
from tests.catalog.conftest import BUNDLED, ENTRIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.cli.conftest import Terminal

ORGANS = ("liver", "spleen", "pancreas")
NAMES = ("a", "b", "c", "d", "e")


def _entry(name: str, scans: int | None, size_gb: float | None, **more: object) -> Entry:
    return Entry(
        **{  # type: ignore[arg-type]  # as the fields are
            "name": name,
            "title": name,
            "annotation": "segmentation",
            "labels": ("liver",),
            "scans": scans,
            "annotated": scans,
            "size_gb": size_gb,
            "hosts": ("website",),
            **more,
        }
    )


def _overlap(a: str, b: str, relation: str = "same scans") -> Overlap:
    return Overlap(
        a=a,
        b=b,
        relation=relation,  # type: ignore[arg-type]  # one of the words
        cases=None,
        confidence="proved",
        evidence=({"source": "somebody", "says": "so"},),
        where=f"registry/overlaps/{a}__{b}.yaml",
    )


def test_shared_scans_count_once_as_far_as_their_number_is_known() -> None:
    some = replace(_overlap("a", "b", "shared scans"), count=30)
    together = shared({"a": 100, "b": 40}, [some])
    assert together.distinct(["a", "b"]) == 110
    assert (together.distinct(["a"]), together.distinct(["b"])) == (100, 40)
    assert shared({"a": 100, "b": 40}, [replace(some, count=None)]).distinct(["a", "b"]) == 140


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[list[Entry], list[Overlap]]:
    entries = [
        _entry(
            name,
            draw(st.none() | st.integers(0, 5_000)),
            draw(st.none() | st.floats(0, 2_000)),
            labels=tuple(sorted(draw(st.sets(st.sampled_from(ORGANS))))),
            hosts=(draw(st.sampled_from(("website", "idc", "zenodo"))),),
            access=draw(st.sampled_from(("open", "agreement", "manual"))),
            origin=draw(st.sampled_from(("", "x.zip"))),
        )
        for name in NAMES
    ]
    pairs = draw(st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=4))
    relation = st.sampled_from(("same scans", "same patients", "contains"))
    return entries, [_overlap(a, b, draw(relation)) for a, b in sorted(pairs) if a < b]


@given(
    world=_worlds(),
    budget=st.floats(0, 3_000),
    wanted=st.none() | st.integers(1, 4_000),
    organs=st.sets(st.sampled_from(ORGANS)),
)
def test_a_plan_keeps_its_budget_and_its_counts(
    world: tuple[list[Entry], list[Overlap]], budget: float, wanted: int | None, organs: set[str]
) -> None:
    """F041, F043, F113: never above the budget, never a scan counted twice."""
    entries, overlaps = world
    want = Want(budget_gb=budget, organs=tuple(sorted(organs)), scans=wanted)
    together = shared({e.name: e.annotated or 0 for e in entries}, overlaps)
    found = plan(entries, want, together, BUNDLED.vocabulary)
    assert found.size_gb <= budget * (1 + 1e-9)
    assert found == plan(list(reversed(entries)), want, together, BUNDLED.vocabulary)
    names = [choice.entry.name for choice in found.choices]
    assert len(set(names)) == len(names)
    for organ in found.reached:
        with_it = [c.entry for c in found.choices if organ in c.adds]
        assert found.reached[organ] <= sum(entry.annotated or 0 for entry in with_it)
        assert found.reached[organ] <= together.distinct(entry.name for entry in with_it)
        assert organ == ANY or all(organ in entry.labels for entry in with_it)
    left = {name for names in found.left_out.values() for name in names}
    assert left.isdisjoint(names)


@given(world=_worlds())
def test_what_is_shared_counts_once(world: tuple[list[Entry], list[Overlap]]) -> None:
    entries, overlaps = world
    scans = {entry.name: entry.scans or 0 for entry in entries}
    together = shared(scans, overlaps)
    assert together.distinct(NAMES) <= sum(scans.values())
    assert together.distinct(NAMES) >= max(scans.values())
    for name in NAMES:
        assert together.distinct([name]) >= scans[name]


def test_the_same_scans_are_not_bought_twice() -> None:
    """Of two datasets with one another's scans, the second adds nothing."""
    entries = [_entry("one", 100, 10.0), _entry("two", 100, 20.0), _entry("three", 50, 20.0)]
    together = shared({"one": 100, "two": 100, "three": 50}, [_overlap("one", "two")])
    found = plan(entries, Want(budget_gb=100.0), together, BUNDLED.vocabulary)
    assert [choice.entry.name for choice in found.choices] == ["one", "three"]
    assert found.reached == {ANY: 150}
    assert list(found.left_out.values()) == [("two",)]


def test_a_container_adds_what_its_parts_do_not() -> None:
    together = shared(
        {"all": 300, "part": 100, "twin": 100},
        [_overlap("all", "part", "contains"), _overlap("part", "twin")],
    )
    assert together.distinct(["all", "part"]) == 300
    assert together.distinct(["all", "twin"]) == 300
    assert together.distinct(["part", "twin"]) == 100


def test_what_is_held_out_counts_for_nothing() -> None:
    """F117: neither itself nor what shows its scans."""
    entries = [_entry("test", 30, 1.0), _entry("copy", 30, 1.0), _entry("train", 50, 9.0)]
    together = shared({"test": 30, "copy": 30, "train": 50}, [_overlap("copy", "test")])
    want = Want(budget_gb=100.0, held_out=("test",))
    found = plan(entries, want, together, BUNDLED.vocabulary)
    assert [choice.entry.name for choice in found.choices] == ["train"]


def test_a_giant_is_taken_in_part_where_files_can_be_had_one_by_one() -> None:
    """F043."""
    giants = [_entry("idc", 1_000, 1_000.0, hosts=("idc",)), _entry("zip", 1_000, 500.0)]
    together = shared({"idc": 1_000, "zip": 1_000}, [])
    found = plan(giants, Want(budget_gb=100.0, scans=60), together, BUNDLED.vocabulary)
    assert [(c.entry.name, c.part) for c in found.choices] == [("idc", 60)]
    assert found.size_gb == pytest.approx(60.0)


def test_one_download_is_paid_for_once() -> None:
    both = [_entry("ct", 10, 5.0, origin="a.zip"), _entry("mr", 10, 5.0, origin="a.zip")]
    together = shared({"ct": 10, "mr": 10}, [])
    found = plan(both, Want(budget_gb=5.0), together, BUNDLED.vocabulary)
    assert found.size_gb == 5.0
    assert found.reached == {ANY: 20}


def _slots(*entries: Entry) -> Sequence[tuple[str, int, str]]:
    together = shared({entry.name: entry.annotated or 0 for entry in entries}, [])
    found = plan(entries, Want(budget_gb=10_000.0), together, BUNDLED.vocabulary)
    return [(s.choice.entry.name, s.week, s.tier) for s in schedule(found.choices)]


def test_open_data_come_first_and_gates_are_waited_for() -> None:
    """F042, F052: weeks by waiting time, tiers by what fits and what may be shared."""
    assert _slots(
        _entry("late", 900, 10.0, access="application", days=20.0),
        _entry("near", 10, 10.0),
        _entry("bound", 90, 10.0, access="agreement", restricted=True),
    ) == [("near", 1, "local"), ("bound", 2, "restricted"), ("late", 3, "local")]
    assert _slots(_entry("one", 900, 400.0), _entry("two", 10, 400.0)) == [
        ("one", 1, "local"),
        ("two", 1, "cloud"),
    ]


def test_storage_classes() -> None:
    """F052, F053."""
    classes = [storage_class(size) for size in (499, 500, 1_500, 2_000)]
    assert classes == ["< 500 GB", "up to 1 TB", "up to 2 TB", "2 TB+"]


PLAN = ("plan", "--budget", "500GB", "--organs", "liver,kidney,pancreas", "--want", "800")


def test_plan_at_the_terminal(medreg: Terminal) -> None:
    """F041, F042, F053, F113, F116."""
    typed = medreg(*PLAN)
    assert typed.code == 0
    assert "week" in typed.out
    assert "phase" in typed.out
    assert "its size is not stated" in typed.err
    assert "covered" in typed.err
    found = medreg(*PLAN, "--json").data
    assert found["size_gb"] <= 500
    assert all(count >= 800 for count in found["reached"].values())
    assert medreg(*PLAN, "--json").data == found


def test_a_plan_filters_by_use_and_access(medreg: Terminal) -> None:
    found = medreg(*PLAN, "--use", "research", "--access", "open", "--json").data
    assert {one["terms"] for one in found["datasets"]} <= {"allowed"}
    assert {one["access"] for one in found["datasets"]} <= {"open"}


def test_a_wish_that_nothing_grants_is_a_finding(medreg: Terminal) -> None:
    typed = medreg("plan", "--budget", "1MB", "--organs", "liver", "--want", "10", "--json")
    assert typed.code == 1
    assert typed.data["missing"] == {"liver": 10}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--budget", "much"], 2, "500GB"),
        (["--budget", "1TB", "--organs", "livr"], 3, "did you mean liver?"),
        (["--budget", "1TB", "--hold-out", "btvc"], 3, "did you mean btcv?"),
        (["--budget", "1TB", "--want", "0"], 2, "--want"),
        ([], 2, "--budget"),
    ],
)
def test_a_wrong_wish_is_an_error(medreg: Terminal, words: list[str], code: int, told: str) -> None:
    typed = medreg("plan", *words)
    assert typed.code == code
    assert told in typed.err


@pytest.mark.parametrize("budget", [50.0, 200.0, 1000.0])
def test_real_plans_keep_their_budget(budget: float) -> None:
    planned = api.plan(BUNDLED, Want(budget_gb=budget), Filters())
    assert planned.plan.size_gb <= budget
    assert not any(choice.entry.portal for choice in planned.plan.choices)
    assert sum(planned.plan.reached.values()) <= sum(entry.annotated or 0 for entry in ENTRIES)
