"""Finding datasets: every filter's result satisfies it, and totals add up."""

from __future__ import annotations

import csv
import io
import shlex
from typing import TYPE_CHECKING

import pytest

from medreg.catalog import Entry, Filters, units
from medreg.catalog.columns import COLUMNS, VIEWS, Told, license_of, row
from medreg.catalog.find import SORTS
from medreg.catalog.kinds import level, size_class
from medreg.errors import Misuse
from medreg.terms import USES, verdict
from tests.catalog.conftest import BUNDLED, ENTRIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Terminal

VOCABULARY = BUNDLED.vocabulary
EVERY = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


def _within(entry: Entry, whole: str) -> bool:
    return any(label in VOCABULARY and VOCABULARY.within(label, whole) for label in entry.labels)


FILTERS: dict[str, tuple[list[str], Callable[[Entry], bool]]] = {
    "organ": (
        ["--organ", "liver"],
        lambda e: _within(e, "liver") or any("liver" in word.lower() for word in e.shows),
    ),
    "has": (["--has", "kidney"], lambda e: _within(e, "kidney")),
    "modality": (["--modality", "MR"], lambda e: "MR" in e.modalities),
    "region": (["--region", "whole-body"], lambda e: "whole body" in e.region),
    "scans": (["--min-scans", "100"], lambda e: (e.scans or 0) >= 100),
    "access": (["--access", "open"], lambda e: e.access == "open"),
    "portal": (["--access", "portal"], lambda e: e.portal),
    "annotated": (["--annotated", "class"], lambda e: e.annotation == "class"),
    "annotated by": (["--annotated-by", "experts"], lambda e: e.annotated_by == "experts"),
    "tag": (["--tag", "oncology"], lambda e: "oncology" in e.tags),
    "host": (["--host", "zenodo"], lambda e: "zenodo" in e.hosts),
    "level": (["--level", "3"], lambda e: level(e) == 3),
    "text": (["decathlon"], lambda e: e.name.startswith("msd_") or "decathlon" in str(e).lower()),
    "two of one": (
        ["--modality", "CT", "--modality", "MR"],
        lambda e: bool({"CT", "MR"} & {*e.modalities}),
    ),
    "several": (
        ["--organ", "liver", "--modality", "CT", "--annotated", "segmentation"],
        lambda e: "CT" in e.modalities and e.annotation == "segmentation",
    ),
}


@pytest.mark.parametrize(("words", "holds"), FILTERS.values(), ids=FILTERS)
def test_what_a_filter_finds_satisfies_it_and_nothing_else_does(
    medreg: Terminal, words: list[str], holds: Callable[[Entry], bool]
) -> None:
    """F007, F008, F009, F030, F032, F065, F118."""
    found = {one["name"] for one in medreg("list", *words, "--json").data}
    assert found
    by_name = {entry.name: entry for entry in ENTRIES}
    assert all(holds(by_name[name]) for name in found)
    if "several" not in words and len(words) < 4:
        assert found == {entry.name for entry in ENTRIES if holds(entry)}


@pytest.mark.parametrize("use", USES)
def test_a_use_leaves_what_allows_it(medreg: Terminal, use: str) -> None:
    """F100: only datasets whose verdict is allowed; the others are named on stderr."""
    found = {one["name"] for one in medreg("list", "--use", use, "--json").data}
    assert found == {
        entry.name
        for entry in ENTRIES
        if verdict(entry.licenses, use, BUNDLED.licenses).allowed  # type: ignore[arg-type]  # a Use
    }
    told = medreg("list", "--use", "commercial").err
    assert "blocked:" in told
    assert "--use commercial" in told


@pytest.mark.parametrize("by", SORTS)
def test_every_order_keeps_every_dataset(medreg: Terminal, by: str) -> None:
    found = [one["name"] for one in medreg("list", "--sort", by, "--json").data]
    assert sorted(found) == sorted(entry.name for entry in ENTRIES)


def test_numbers_are_sorted_from_large_to_small_and_unknown_last(medreg: Terminal) -> None:
    sizes = [one["size_gb"] for one in medreg("list", "--sort", "size", "--json").data]
    known = [size for size in sizes if size is not None]
    assert known == sorted(known, reverse=True)
    assert sizes == known + [None] * (len(sizes) - len(known))


@EVERY
@pytest.mark.parametrize("view", VIEWS)
def test_every_dataset_has_every_column(entry: Entry, view: str) -> None:
    """F001, F006, F013, F014: the tables' columns."""
    cells = row(entry, VIEWS[view], Told())
    assert tuple(cells) == VIEWS[view]
    assert cells["name"] == entry.name
    assert cells.get("license", "nobody says")


def test_columns_are_chosen_and_written_as_csv(medreg: Terminal) -> None:
    typed = medreg("list", "--columns", "name,stars,best_for", "--csv")
    rows = list(csv.DictReader(io.StringIO(typed.out)))
    assert list(rows[0]) == ["name", "stars", "best for"]
    assert len(rows) == len(ENTRIES)
    assert set(VIEWS["wide"]) <= set(COLUMNS)
    assert "Storage".lower() in medreg("list", "--wide").out


def test_download_time_follows_the_bandwidth(medreg: Terminal) -> None:
    """F041: a stated bandwidth."""
    words = ("list", "--columns", "name,download", "--csv")
    slow = medreg(*words, "--bandwidth", "10Mbit").out
    fast = medreg(*words, "--bandwidth", "1Gbit").out
    assert slow != fast


@pytest.mark.parametrize("filters", [
    Filters(), Filters(text=("brain tumor",), min_scans=5),
    Filters(region=("whole body", "head"), organ=("liver",), annotated_by=("a model",)),
])  # fmt: skip
def test_filters_can_be_typed_again(filters: Filters) -> None:
    from medreg.cli import filters as options
    from medreg.cli.parser import parse

    args = parse(["list", *shlex.split(filters.words())])
    again = options.filters(args, text=tuple(args.words), organ=tuple(args.organ or ()))
    assert again == filters


def test_totals_add_up(medreg: Terminal) -> None:
    """F002, F010, F011, F012: by modality, region and size, and the minimum viable subset."""
    found = medreg("list", "--totals", "--json").data
    real = [entry for entry in ENTRIES if not entry.portal]
    assert found["datasets"] == len(real)
    assert found["portals"] == len(ENTRIES) - len(real)
    gated = {"grand_challenge", "huggingface_datasets", "physionet", "stanford_aimi", "uk_biobank"}
    assert gated <= {entry.name for entry in ENTRIES if entry.portal}
    assert found["scans"] == sum(entry.scans or 0 for entry in real)
    assert found["distinct scans"] <= found["scans"]
    groups = found["by size"]
    assert sum(group["datasets"] for group in groups.values()) == len(real)
    assert sum(group["scans"] for group in groups.values()) == found["scans"]
    for word, of in (("by modality", "modalities"), ("by region", "region")):
        for key, group in found[word].items():
            members = [e for e in real if key in (getattr(e, of) or ("not stated",))]
            assert group["datasets"] == len(members)
            assert group["scans"] == sum(e.scans or 0 for e in members)
    assert found["minimum viable"]["size_gb"] <= 200
    told = f"{len(real)} datasets, {found['scans']:,} scans, {found['images']:,} images, "
    assert medreg("list").err.strip().startswith(told)


@pytest.mark.parametrize(
    ("scans", "expected"),
    [(None, "unknown"), (20, "small"), (100, "medium"), (1_000, "large"), (10_001, "mega")],
)
def test_size_classes(scans: int | None, expected: str) -> None:
    """F010."""
    assert size_class(Entry(name="x", title="x", scans=scans)) == expected


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--organ", "livr"], 3, "did you mean liver?"),
        (["--has", "livr"], 3, "did you mean liver?"),
        (["--host", "zenod"], 3, "did you mean zenodo?"),
        (["--sort", "beauty"], 2, "known:"),
        (["--columns", "name,beauty"], 2, "columns:"),
        (["--region", "tail"], 2, "abdomen"),
        (["--modality", "XX"], 2, "CT"),
        (["--bandwidth", "fast"], 2, "100Mbit"),
        (["--min-scans", "many"], 2, "many"),
    ],
)
def test_a_misspelt_filter_is_an_error(
    medreg: Terminal, words: list[str], code: int, told: str
) -> None:
    typed = medreg("list", *words)
    assert typed.code == code
    assert told in typed.err
    assert not typed.out


def test_nothing_found_is_an_empty_table(medreg: Terminal) -> None:
    typed = medreg("list", "qwertzuiop")
    assert typed.code == 0
    assert typed.err.strip().startswith("0 datasets")
    assert "leave a filter out" in typed.err


def test_one_form_at_a_time(medreg: Terminal) -> None:
    assert medreg("list", "--csv", "--json").code == 2


def test_a_family_is_answered_with_its_datasets(medreg: Terminal) -> None:
    typed = medreg("terms", "msd")
    assert typed.code == 3
    assert "msd_liver" in typed.err


def test_a_license_is_told_by_its_highest_rank() -> None:
    assert license_of(()) == "nobody says"
    entry = next(entry for entry in ENTRIES if entry.name == "lits")
    assert license_of(entry.licenses).startswith("contradicted")


@pytest.mark.parametrize("text", ["", "0Mbit", "Mbit", "-1Mbit", "1.2.3Mbit", "nan", "10"])
def test_no_bandwidth_is_misuse(text: str) -> None:
    with pytest.raises(Misuse):
        units.bandwidth(text)


@pytest.mark.parametrize("text", ["", "GB", "-5GB", "1.2.3", "many"])
def test_no_size_is_misuse(text: str) -> None:
    with pytest.raises(Misuse):
        units.gigabytes(text)


def test_scans_that_appear_twice_are_told(medreg: Terminal) -> None:
    """The same liver scans under two names are no more scans."""
    err = medreg("list", "--organ", "liver", "--annotated", "segmentation").err
    assert "of them distinct" in err
    assert "distinct" not in medreg("list").err
