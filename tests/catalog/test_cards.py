"""Every dataset has a card, and every name that people use leads to one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medreg import api, catalog
from medreg.catalog import Entry
from medreg.catalog.names import key
from medreg.cli.card import card as text_of
from medreg.errors import Misuse
from medreg.terms import USES
from tests.catalog.conftest import BUNDLED, ENTRIES

if TYPE_CHECKING:
    from tests.cli.conftest import Terminal

EVERY = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
NAMES = catalog.Names.of(ENTRIES)
FAMILIES = pytest.mark.parametrize("family", sorted(NAMES.families))


@EVERY
def test_every_dataset_has_a_card(entry: Entry) -> None:
    """F003, F004, F005, F030, F031, F054, F065, F066, F103, F111, F113, F114, F119."""
    found = api.card(BUNDLED, entry.name)
    assert json.loads(json.dumps(found)) == found
    text = text_of(found)
    assert text.startswith("name")
    assert entry.title.split()[0] in text
    assert all(len(line) <= 160 for line in text.splitlines())
    dataset = BUNDLED.plugins.get(entry.name).dataset
    assert set(found["terms"]) == set(USES)
    if dataset.layout is None and not entry.portal:
        assert "layout: unverified" in text
    if dataset.gate:
        assert f"{dataset.gate.kind} " in text
        assert "approved " in text or "approval time not stated" in text
    if dataset.about and dataset.about.contact:
        assert dataset.about.contact.split()[0] in text
    if entry.size_gb:
        assert "to download" in text
    assert text.splitlines()[-1].strip().startswith(("medreg ", "next"))


@EVERY
def test_stars_are_facts_with_reasons(entry: Entry) -> None:
    """F113."""
    stars = catalog.stars(entry)
    assert len(stars) == (0 if entry.portal else 5)
    assert all(star.reason for star in stars)


def test_a_card_tells_a_manual_download_from_an_open_one(medreg: Terminal) -> None:
    found = medreg("show", "lits", "--json").data
    assert found["next"] == "medreg fetch lits"
    assert "Register" in found["first"][0]
    assert [one["with"] for one in found["overlaps"]] == sorted(
        one["with"] for one in found["overlaps"]
    )
    assert {"abdomenct_1k", "msd_liver"} <= {one["with"] for one in found["overlaps"]}
    assert "same scans" in medreg("show", "lits").out


@FAMILIES
def test_a_family_has_a_card_of_its_members(medreg: Terminal, family: str) -> None:
    typed = medreg("show", family, "--json")
    assert typed.code == 0
    if family in NAMES.datasets:
        assert typed.data["family"] == family
        return
    assert [one["name"] for one in typed.data["members"]] == list(NAMES.families[family])
    assert typed.data["about"]
    assert family in medreg("show", family).out


@EVERY
def test_every_name_leads_to_its_dataset_or_family(entry: Entry) -> None:
    for name in (entry.name, entry.name.upper(), entry.name.replace("_", "-"), *entry.also):
        found = NAMES.resolve(name)
        members = NAMES.families.get(entry.family, ())
        assert entry.name in found or set(found) <= set(members)


def test_no_two_strangers_share_a_name() -> None:
    assert not NAMES.shared()


@pytest.mark.parametrize(
    ("name", "shown"),
    [("MSD", "msd"), ("LITS", "lits"), ("KiTS23", "kits23"), ("msd-liver", "msd_liver")],
)
def test_spelling_does_not_matter(medreg: Terminal, name: str, shown: str) -> None:
    assert medreg("show", name, "--json").data["name"] == shown


@pytest.mark.parametrize(
    ("name", "near"), [("litts", "lits"), ("kits32", "kits"), ("btvc", "btcv")]
)
def test_a_near_name_is_suggested(medreg: Terminal, name: str, near: str) -> None:
    typed = medreg("show", name)
    assert typed.code == 3
    assert f"did you mean {near}" in typed.err


def test_a_name_of_two_strangers_is_an_error() -> None:
    one, two = (Entry(name=name, title=name, also=("Twin",)) for name in ("one", "two"))
    names = catalog.Names.of([one, two])
    assert names.shared() == {"Twin": ("one", "two")}
    with pytest.raises(Misuse, match="one or two"):
        names.resolve("twin")


def test_names_compare_without_case_signs_and_spelling() -> None:
    assert key("MSD-Task01 Brain-Tumour") == key("msd_task01_brain_tumor")


def test_many_labels_are_folded_and_few_are_not() -> None:
    """A card stays readable with 117 structures; `--json` has each of them."""
    names = ["liver", "kidney_left", "kidney_right", *(f"rib_left_{n}" for n in range(1, 13))]
    found = dict(api.card(BUNDLED, "lits"))
    assert "1 liver\n" in text_of(found)
    found["labels"] = [{"value": name, "label": name} for name in names]
    assert "15 structures: liver, kidney (2), rib (12)" in text_of(found)


def test_a_card_repeats_no_name_and_counts_days_well() -> None:
    found = dict(api.card(BUNDLED, "stanford_aimi"))
    assert "approved in about 1 day\n" in text_of(found)
    gate = {**found["get"]["gate"], "days": 0}
    assert "approved at once" in text_of({**found, "get": {**found["get"], "gate": gate}})
    other = {**found, "also": [found["title"], "Another"]}
    assert "also called Another\n" in text_of(other)


def test_slices_of_a_volume_are_no_images() -> None:
    assert next(one for one in ENTRIES if one.name == "qin_headneck").images is None


def test_a_gated_dataset_says_what_a_person_does_first() -> None:
    """F030, F031, F032: every gate has a first step."""
    for entry in ENTRIES:
        if entry.access in ("registration", "agreement", "application", "manual"):
            assert api.card(BUNDLED, entry.name)["first"], entry.name
