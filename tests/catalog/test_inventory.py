"""What is on disk, in the columns that labs keep by hand."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from medreg import api
from medreg.model import FileRecord
from medreg.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Terminal

COLUMNS = [
    *("dataset_name", "organ", "total_scans", "labeled_scans", "format", "size_gb"),
    *("download_date", "notes"),
]


pytestmark = pytest.mark.usefixtures("known_to_git")


@pytest.fixture
def fetched(medreg: Terminal) -> Path:
    """A registry in which LiTS was fetched."""
    api.init(medreg.root)
    folder = Registry(medreg.root).dataset("lits")
    folder.path.mkdir(parents=True)
    (folder.path / "dvc.yaml").write_text("stages: {}\n")
    rows = [
        FileRecord(path=f"Training_Batch{n}.zip", size=n * 10**9, sha256="0" * 64,
                   source="by hand", date=f"2026-11-0{n}")
        for n in (1, 2)
    ]  # fmt: skip
    folder.write_rows("files.csv", rows, FileRecord)
    medreg.capsys.readouterr()
    return medreg.root


def test_the_inventory_is_written_as_csv(fetched: Path, medreg: Terminal) -> None:
    """F051: dataset_name, organ, total_scans, ... of what was fetched."""
    assert medreg("inventory", "--csv", "dataset_inventory.csv").code == 0
    with (fetched / "dataset_inventory.csv").open(newline="") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == COLUMNS
        (row,) = reader
    assert row["dataset_name"] == "lits"
    assert row["organ"] == "liver liver_tumor"
    assert row["labeled_scans"] == "131"
    assert (row["format"], row["size_gb"]) == ("zip", "3.0")
    assert row["download_date"] == "2026-11-01"
    assert row["notes"] == "counts as published, not measured"
    assert medreg("inventory", "--json").data[0]["dataset_name"] == "lits"


def test_a_card_shows_the_download_log(fetched: Path, medreg: Terminal) -> None:
    """F050."""
    found = medreg("show", "lits", "--json").data
    assert [one["date"] for one in found["downloaded"]] == ["2026-11-01", "2026-11-02"]
    assert found["next"] == "medreg convert lits"
    assert "Training_Batch1.zip  1.0 GB" in medreg("show", "lits").out


def test_an_empty_registry_says_what_to_type(medreg: Terminal) -> None:
    api.init(medreg.root / "lab")
    medreg.capsys.readouterr()
    assert "medreg fetch" in medreg("inventory", "--registry", str(medreg.root / "lab")).out
