"""Guides answer from facts, and print the query that answers the same."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from medreg.catalog import GUIDES, TOOLS, Guide, find_guide
from medreg.catalog.find import normal
from medreg.catalog.kinds import level, phase
from tests.catalog.conftest import ENTRIES

if TYPE_CHECKING:
    from tests.cli.conftest import Terminal

NEEDS = (
    *("start", "whole body", "abdomen", "lung", "cardiac", "cancer", "radiotherapy planning"),
    *("body composition", "foundation models", "clinical validation"),
)
APPLICATIONS = (
    *("oncology", "cardiology", "pulmonology", "neurology", "radiology", "pathology"),
    *("ophthalmology", "emergency"),
)
SCENARIOS = ("001", "002", "003", "005", "008", "009", "013", "018", "cancer dx")
EVERY = pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)


def test_every_need_application_level_and_scenario_has_a_guide() -> None:
    """F018, F019, F020, F022: ten needs, eight applications, three levels, nine scenarios."""
    for name in (*NEEDS, *APPLICATIONS, "level 1", "level 2", "level 3", *SCENARIOS, "chest ct"):
        assert find_guide(name).name == name
    assert len({normal(guide.name) for guide in GUIDES}) == len(GUIDES)


@EVERY
def test_a_guide_finds_what_its_commands_find(medreg: Terminal, guide: Guide) -> None:
    """F018-F023: the rule that is printed gives the datasets that are printed."""
    typed = medreg("guide", *guide.name.split(), "--json")
    assert typed.code == 0
    named = [one["name"] for one in typed.data["datasets"]]
    portals = {entry.name for entry in ENTRIES if entry.portal}
    listed = [
        [one["name"] for one in medreg(*shlex.split(command)[1:], "--json").data]
        for command in typed.data["rule"]
    ]
    assert set(named) == {name for found in listed for name in found} - portals
    if len(listed) == 1:
        assert named == [name for name in listed[0] if name not in portals]


@pytest.mark.parametrize("name", [*NEEDS, *APPLICATIONS])
def test_a_guide_has_an_answer(medreg: Terminal, name: str) -> None:
    typed = medreg("guide", *name.split())
    assert "medreg list" in typed.err
    assert "order" in typed.err
    assert len(typed.out.splitlines()) >= 2, f"no dataset is tagged for {name}"


def test_levels_go_from_small_and_open_to_gated_and_large() -> None:
    """F020: MedMNIST, then the Decathlon, then AMOS and BraTS."""
    levels = {entry.name: level(entry) for entry in ENTRIES}
    assert levels["medmnist_organamnist"] == 1
    assert levels["msd_spleen"] == 2
    assert levels["amos_ct"] == 3


def test_phases_start_with_open_ct_and_end_with_everything_else() -> None:
    """F047, F116: CT alone first, what a person must get next, magnetic resonance last."""
    phases = {entry.name: phase(entry) for entry in ENTRIES}
    assert phases["msd_spleen"] == "2A"
    assert phases["lits"] == "2B"
    assert phases["custom_institutional"] == "2C"
    assert phases["chaos_mr_t2spir"] == "3"


def test_tools_have_a_license_and_a_link(medreg: Terminal) -> None:
    """F110, F045."""
    rows = medreg("guide", "tools", "--json").data
    assert len(rows) == len(TOOLS)
    promised = {"SimpleITK", "nibabel", "pydicom", "pylidc", "MONAI", "TorchIO", "zenodo-get"}
    viewers = {"3D Slicer", "ITK-SNAP", "MITK", "OsiriX", "Horos"}
    assert promised | viewers <= {row["name"] for row in rows}
    assert all(row["license"] and row["link"].startswith("http") for row in rows)


def test_contacts_are_those_of_the_cards(medreg: Terminal) -> None:
    """F111."""
    found = {row["name"]: row["contact"] for row in medreg("guide", "contacts", "--json").data}
    assert found == {entry.name: entry.contact for entry in ENTRIES if entry.contact}


def test_storage_says_what_each_budget_holds(medreg: Terminal) -> None:
    """F052, F053."""
    scans = [row["scans"] for row in medreg("guide", "storage", "--json").data]
    assert scans == sorted(scans)
    assert "medreg plan" in medreg("guide", "storage").err


def test_guides_are_listed_and_a_near_name_is_suggested(medreg: Terminal) -> None:
    assert "abdomen" in medreg("guide").out
    typed = medreg("guide", "abdomn")
    assert typed.code == 3
    assert "did you mean abdomen?" in typed.err
