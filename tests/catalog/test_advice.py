"""What follows from a dataset's facts: rules to mind, next steps, reviews, and no endorsement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medreg.catalog import advice
from medreg.catalog.entries import Entry

if TYPE_CHECKING:
    from tests.cli.conftest import Terminal


def entry(**facts: object) -> Entry:
    return Entry(name="x", title="X", **facts)  # type: ignore[arg-type]  # some fields of it


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"access": "agreement"}, "each colleague signs"),
        ({"access": "application"}, "project that was approved"),
        ({"restricted": True}, "restricted tier"),
        ({"region": ("head",), "modalities": ("MR",)}, "HIPAA"),
        ({"region": ("head",), "modalities": ("MR",)}, "GDPR"),
        ({"tags": ("clinical data",)}, "GDPR article 9"),
    ],
)
def test_facts_bring_rules_into_play(facts: dict[str, object], told: str) -> None:
    """F101: compliance flags, each from a fact that is declared."""
    assert any(told in line for line in advice.compliance(entry(**facts)))


def test_what_has_no_such_fact_has_no_such_rule() -> None:
    assert list(advice.compliance(entry(region=("abdomen",), modalities=("CT",)))) == []
    assert list(advice.compliance(entry(access="portal", restricted=True))) == []


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"formats": ("DICOM",), "modalities": ("CT",), "scans": 500}, "medreg convert x"),
        ({"annotation": "segmentation", "annotated": 20, "scans": 20}, "augment"),
        ({"annotation": "none", "scans": 20}, "not annotated"),
    ],
)
def test_how_to_go_on(facts: dict[str, object], told: str) -> None:
    """F088, F118: conversion, and what a small or unannotated collection needs."""
    assert any(told in line for line in advice.going_on(entry(**facts)))


def test_reviews_are_cited_with_their_finding(medreg: Terminal) -> None:
    """F024."""
    rows = medreg("guide", "reviews", "--json").data
    assert "arXiv:2508.13626" in {row["id"] for row in rows}
    assert all(row["says"] and row["year"] > 2000 for row in rows)


@pytest.mark.parametrize("words", [("terms", "kits23"), ("guide", "abdomen")])
def test_nothing_is_endorsed_and_no_advice_is_legal(medreg: Terminal, words: list[str]) -> None:
    """F017."""
    assert "no legal advice" in medreg(*words).err


def test_the_newest_and_the_last_read_come_first(medreg: Terminal) -> None:
    """F015: when a dataset was described first, and when its facts were last read."""
    rows = json.loads(medreg("list", "--sort", "newest", "--json").out)
    years = [int(row["year"]) for row in rows if row["year"]]
    assert years == sorted(years, reverse=True)
    assert all(row["read"] for row in rows if row["access"] not in ("portal", "generated"))


@pytest.mark.parametrize("name", ["lits", "coca", "medmnist_pathmnist", "flare23"])
def test_a_guide_page_leads_from_here_to_a_set(medreg: Terminal, name: str) -> None:
    """F115: a page of its own, with each step to type."""
    page = medreg("show", name, "--markdown").out
    assert page.startswith("# ")
    for step in (f"`medreg track {name}`", f"`medreg fetch {name}", f"`medreg cite {name}`"):
        assert step in page
    assert page.count("medreg check-plugin") == (name == "flare23")


def test_a_page_is_of_a_dataset(medreg: Terminal) -> None:
    assert medreg("show", "msd", "--markdown").code == 2
