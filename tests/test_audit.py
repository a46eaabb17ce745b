"""One audit, asked of every dataset that is bundled: a new plugin is tested once it exists.

Each failure ends with what to do about it. ``medreg check-plugin`` asks the same functions.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from medreg import plugins, terms
from medreg.curate import overlaps
from medreg.model import IGNORED
from medreg.plugins import Declared, audit
from medreg.testing import trial
from medreg.testing.miniature import NameTree
from medreg.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parents[1]
LISTINGS = Path(__file__).parent / "listings"
FOUND = plugins.load(ROOT / "plugins")
FACTS = audit.Facts(
    Vocabulary.parse((ROOT / "registry/vocabulary.csv").read_text(encoding="utf-8")),
    terms.parse((ROOT / "registry/terms.csv").read_text(encoding="utf-8")),
)
EVERY = pytest.mark.parametrize("declared", FOUND.datasets.values(), ids=lambda d: d.dataset.name)
OVERLAPS = sorted((ROOT / "registry/overlaps").glob("*.yaml"))


def test_every_plugin_loads() -> None:
    assert FOUND.problems == ()
    assert {file.stem for file in (ROOT / "plugins").glob("*.py")} == {
        declared.file.stem for declared in FOUND.datasets.values()
    }


@EVERY
def test_it_answers(declared: Declared) -> None:
    failures = audit.findings(declared, FACTS)
    assert failures == [], "\n".join(failures)


@EVERY
def test_whose_license_is_an_agreement_has_it_accepted(declared: Declared) -> None:
    """`medreg accept` asks it of a gate that is more than a form to fill in."""
    claims = (claim.value for claim in declared.dataset.licenses)
    agreed = [
        name for name in claims if re.fullmatch(r"LicenseRef-.*(DUA|RUA|form|agreement)", name)
    ]
    gate = declared.dataset.gate
    remedy = f"{', '.join(agreed)}: say gate=Gate(kind='agreement', terms=...)"
    assert not agreed or (gate is not None and gate.kind != "registration"), remedy


@EVERY
def test_it_goes_through_its_trial(declared: Declared) -> None:
    tried = trial.trial_of(declared, FACTS, ROOT / "registry")
    answers = [trial.answer(question, tried) for question in trial.QUESTIONS]
    failures = [told for one in answers if one.verdict == "FAIL" for told in one.told]
    assert failures == [], "\n".join(failures)
    skipped = [told for one in answers if one.verdict == "SKIP" for told in one.told]
    if skipped:
        pytest.skip(skipped[0])


def test_every_listing_is_of_a_dataset_with_a_layout() -> None:
    listed = {file.stem for file in LISTINGS.glob("*.txt")}
    arranged = {name for name, d in FOUND.datasets.items() if d.dataset.layout}
    assert listed <= arranged, "give these a layout, or remove their listings"


# --- overlaps -----------------------------------------------------------------------------------


@pytest.mark.parametrize("file", OVERLAPS, ids=lambda file: file.stem)
def test_an_overlap_is_named_after_its_two_datasets_and_dated(file: Path) -> None:
    overlap = overlaps.parse(file.read_text(encoding="utf-8"), file.name)
    assert file.stem == f"{overlap.a}__{overlap.b}"
    assert {overlap.a, overlap.b} & {*FOUND.datasets} or overlap.a == overlap.b, "declare one"
    for name in (overlap.a, overlap.b):
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name), f"write {name} in snake_case"
    for evidence in overlap.evidence:
        assert re.fullmatch(r"\d{4}(-\d{2}){0,2}", evidence.get("date", "")), "date the evidence"


@pytest.mark.parametrize("file", OVERLAPS, ids=lambda file: file.stem)
def test_a_case_map_connects_the_listed_cases(file: Path) -> None:
    overlap = overlaps.parse(file.read_text(encoding="utf-8"), file.name)
    if overlap.cases is None:
        return
    cases = {
        name: [case.id for case in FOUND.get(name).dataset.find(names)]
        for name in (overlap.a, overlap.b)
        if name in FOUND.datasets and FOUND.get(name).dataset.layout
        for names in [names_of(name)]
    }
    joined = {ref for edge in overlaps.edges(overlap, cases) for ref in (edge.a, edge.b)}
    whole = {overlap.b} if overlap.relation == "contains" else {overlap.a, overlap.b}
    for name, ids in cases.items():
        if name in whole and overlap.of_all and overlap.complete:
            assert {f"{name}/{case}" for case in ids} <= joined, f"correct cases: in {file}"
        else:  # some cases: they are called as the listed ones are
            mapped = {ref.partition("/")[2] for ref in joined if ref.startswith(f"{name}/")}
            known = {form(case) for case in ids}
            assert {form(case) for case in mapped} & known, f"correct cases: in {file}"


def form(case: str) -> str:
    """Return how a case is called, whatever its numbers: volume-28 is volume-#."""
    return re.sub(r"\d+", "#", case)


def test_no_two_datasets_overlap_in_two_files() -> None:
    pairs = [tuple(sorted(file.stem.split("__"))) for file in OVERLAPS]
    assert len({*pairs}) == len(pairs), "one file says all of two datasets"


def test_the_declared_overlaps_fit_together() -> None:
    texts = {file.name: file.read_text(encoding="utf-8") for file in OVERLAPS}
    whole = overlaps.parse_all(texts)
    assert [(o.a, o.b, o.relation, o.count, o.where) for o in overlaps.outlines(texts)] == [
        (o.a, o.b, o.relation, o.count, o.where) for o in whole
    ]


def names_of(name: str) -> NameTree:
    declared = FOUND.get(name)
    return NameTree(declared.dataset, trial.trial_of(declared, FACTS, ROOT / "registry").paths)


def test_every_label_of_the_bundled_datasets_is_used_or_needed() -> None:
    used = {name for d in FOUND.datasets.values() for name in d.dataset.labels.values()}
    assert used - {IGNORED} <= set(FACTS.vocabulary.names)
