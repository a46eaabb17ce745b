"""One audit, asked of every dataset that is bundled: a new plugin is tested once it exists.

Each failure ends with what to do about it.
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import pytest

from medreg import plugins, terms
from medreg.curate import overlaps
from medreg.errors import CannotHere
from medreg.files.archive import RawTree
from medreg.imaging.canonical import canonical_mask
from medreg.model import IGNORED, Case, FetchJob
from medreg.plugins import Declared, audit
from medreg.report import Silent
from medreg.testing import listing, miniature
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
LISTED = pytest.mark.parametrize(
    "declared",
    [
        d
        for d in FOUND.datasets.values()
        if d.dataset.layout and d.dataset.source.access != "generated"
    ],
    ids=lambda d: d.dataset.name,
)
OVERLAPS = sorted((ROOT / "registry/overlaps").glob("*.yaml"))


def test_every_plugin_loads() -> None:
    assert FOUND.problems == ()
    assert {file.stem for file in (ROOT / "plugins").glob("*.py")} == {
        declared.file.stem for declared in FOUND.datasets.values()
    }


@EVERY
@pytest.mark.parametrize("question", audit.QUESTIONS, ids=lambda question: question.__name__)
def test_it_answers(declared: Declared, question: audit.Question) -> None:
    failures = list(question(declared, FACTS))
    assert failures == [], "\n".join(failures)


# --- listings and miniatures --------------------------------------------------------------------


def listing_of(declared: Declared) -> Path:
    file = LISTINGS / f"{declared.dataset.name}.txt"
    if not file.is_file():
        pytest.fail(f"write {file}: real paths of three cases and the litter beside them")
    return file


def test_every_listing_is_of_a_dataset_with_a_layout() -> None:
    listed = {file.stem for file in LISTINGS.glob("*.txt")}
    arranged = {name for name, d in FOUND.datasets.items() if d.dataset.layout}
    assert listed <= arranged, "give these a layout, or remove their listings"


@LISTED
def test_its_listing_says_where_its_paths_are_from(declared: Declared) -> None:
    text = listing_of(declared).read_text(encoding="utf-8")
    dated = re.search(r"^#\s*source:.*?\b\d{4}(-\d{2})*\s*$", text, re.MULTILINE | re.DOTALL)
    assert dated, f"add '# source: where, 2026-11' to tests/listings/{declared.dataset.name}.txt"


@LISTED
def test_its_layout_finds_exactly_the_listed_cases(declared: Declared, tmp_path: Path) -> None:
    dataset = declared.dataset
    listed = listing(listing_of(declared).read_text(encoding="utf-8"))
    miniature(dataset, listed, tmp_path)
    by_name = [case.id for case in dataset.find(NameTree(dataset, listed))]
    with RawTree(tmp_path) as tree:
        cases = list(dataset.find(tree))
        assert [case.id for case in cases] == by_name, f"correct the layout in {declared.file}"
        assert len(cases) >= 3, f"list three cases in tests/listings/{dataset.name}.txt"
        for case in cases:
            read_whole(declared, case)
        if dataset.annotation == "segmentation":
            assert any(case.mask for case in cases), f"no case has a mask: see {declared.file}"


@pytest.mark.parametrize(
    "declared",
    [d for d in FOUND.datasets.values() if d.dataset.source.access == "generated"],
    ids=lambda d: d.dataset.name,
)
def test_what_is_generated_has_the_declared_cases(declared: Declared, tmp_path: Path) -> None:
    dataset = declared.dataset
    job = FetchJob(
        into=tmp_path / "raw",
        scratch=tmp_path / "scratch",
        given=None,
        known={},
        today="2026-11-20",
        progress=Silent(),
    )
    for folder in (job.into, job.scratch):
        folder.mkdir()
    made = islice(dataset.source.fetch(job), 2 * len(dataset.modalities))  # one case is enough
    assert all(answer.ok for _, answer in made)
    with RawTree(job.into) as tree:
        first = next(dataset.find(tree))
        read_whole(declared, first)
    assert dataset.cases == len(dataset.source.wanted())


def read_whole(declared: Declared, case: Case) -> None:
    """Read images and mask, which has declared values alone and lies on its image."""
    dataset = declared.dataset
    try:
        images = {channel: ref.read() for channel, ref in case.images.items()}
    except CannotHere as error:  # an extra is not installed: its names were compared
        pytest.skip(str(error))
    assert list(images) == list(dataset.modalities)
    if case.mask is not None:
        mask = canonical_mask(case.mask.read(), images[case.grid])
        assert set(mask.array.ravel().tolist()) <= {0, *dataset.raw_labels}
    if dataset.patients == "by layout":
        assert case.patient, f"name {{patient}} in the layout of {declared.file}"


# --- overlaps -----------------------------------------------------------------------------------


@pytest.mark.parametrize("file", OVERLAPS, ids=lambda file: file.stem)
def test_an_overlap_is_named_after_its_two_datasets_and_dated(file: Path) -> None:
    overlap = overlaps.parse(file.read_text(encoding="utf-8"), file.name)
    assert file.stem == f"{overlap.a}__{overlap.b}"
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
        if name in FOUND.datasets
        for names in [names_of(name)]
    }
    joined = {ref for edge in overlaps.edges(overlap, cases) for ref in (edge.a, edge.b)}
    for name, ids in cases.items():
        assert {f"{name}/{case}" for case in ids} <= joined, f"correct cases: in {file}"


def names_of(name: str) -> NameTree:
    declared = FOUND.get(name)
    return NameTree(declared.dataset, listing(listing_of(declared).read_text(encoding="utf-8")))


def test_every_label_of_the_bundled_datasets_is_used_or_needed() -> None:
    used = {name for d in FOUND.datasets.values() for name in d.dataset.labels.values()}
    assert used - {IGNORED} <= set(FACTS.vocabulary.names)
