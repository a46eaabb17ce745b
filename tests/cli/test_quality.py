"""compare, review and sample, as people type them (F063, F064, F086)."""

from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest

from medreg.tables import CaseRow
from tests.stages.toy import AFFINE, liver

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Terminal
    from tests.stages.toy import Lab


def moved(array: np.ndarray, by: int) -> np.ndarray:
    return np.roll(array, by, axis=1)


def save(folder: Path, name: str, array: np.ndarray, affine: np.ndarray = AFFINE) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(array.astype(np.uint8), affine), folder / name)
    return str(folder / name)


# --- compare ------------------------------------------------------------------------------------


def test_raters_who_agree_pass_the_gate(tmp_path: Path, terminal: Terminal) -> None:
    one = save(tmp_path / "a", "c.nii.gz", liver("1"))
    told = terminal("compare", one, one, "--labels", "1=liver,2=liver_tumor", "--json")
    assert told.code == 0
    assert [(r["label"], r["dice"], r["hausdorff95"]) for r in told.data] == [
        ("liver", 1.0, 0.0),
        ("liver_tumor", 1.0, 0.0),
    ]


def test_raters_who_differ_are_listed_for_senior_review(tmp_path: Path, terminal: Terminal) -> None:
    one = save(tmp_path / "a", "c.nii.gz", liver("1"))
    other = save(tmp_path / "b", "c.nii.gz", moved(liver("1"), 2))
    told = terminal("compare", one, other, "--labels", "1=liver", "--tolerance", "1")
    assert told.code == 1
    assert "for senior review: c.nii.gz  liver  Dice" in told.err
    assert terminal("compare", one, other, "--gate", "0.1", "--labels", "1").code == 0


def test_folders_are_compared_by_name(tmp_path: Path, terminal: Terminal) -> None:
    for name in ("c2.nii.gz", "c10.nii.gz"):
        save(tmp_path / "a", name, liver("1"))
        save(tmp_path / "b", name, liver("1"))
    told = terminal("compare", str(tmp_path / "a"), str(tmp_path / "b"), "--json")
    assert [row["case"] for row in told.data] == ["c2.nii.gz"] * 2 + ["c10.nii.gz"] * 2
    save(tmp_path / "b", "more.nii.gz", liver("1"))
    told = terminal("compare", str(tmp_path / "a"), str(tmp_path / "b"))
    assert (told.code, "more.nii.gz" in told.err) == (2, True)


def test_a_case_of_the_registry_is_named_by_its_dataset(tmp_path: Path, terminal: Terminal) -> None:
    other = save(tmp_path, "second.nii.gz", liver("10"))
    told = terminal("compare", "toy/volume-10", other, "--json")
    assert told.code == 0
    assert [row["label"] for row in told.data] == ["liver", "liver_tumor"]
    assert terminal("compare", "toy/volume-10", other, "--labels", "spleen").code == 2
    assert terminal("compare", "toy/nowhere", other).code == 3


def test_masks_of_other_scans_are_refused(tmp_path: Path, terminal: Terminal) -> None:
    one = save(tmp_path, "a.nii.gz", liver("1"))
    other = save(tmp_path, "b.nii.gz", liver("1"), AFFINE @ np.diag([1, 1, 2, 1]))
    told = terminal("compare", one, other)
    assert (told.code, "no common grid" in told.err) == (1, True)


# --- review -------------------------------------------------------------------------------------


def again(toys: Lab) -> None:
    """Run every stage on what the publisher has now."""
    shutil.rmtree(toys.dataset().raw)
    (toys.dataset().path / "files.csv").unlink()
    toys.prepare()


def failing(toys: Lab, case: str = "2") -> None:
    """Give a case a value that nobody declared."""
    mask = liver(case)
    mask[12, 6, 3] = 9
    toys.publish(case, mask=mask)
    again(toys)


def reviews(toys: Lab) -> list[dict[str, str]]:
    return list(csv.DictReader((toys.dataset().path / "reviews.csv").read_text().splitlines()))


def decided(terminal: Terminal, case: str, word: str, by: str = "Ada") -> int:
    return terminal("review", case, f"--{word}", "--by", by, "--because", "looked twice").code


def selection(toys: Lab) -> dict[str, tuple[str, str, str]]:
    toys.run("decide", "both")
    rows = csv.DictReader(
        (toys.registry.set("both").path / "selection.csv").read_text().splitlines()
    )
    return {f"{r['dataset']}/{r['case']}": (r["decision"], r["step"], r["reason"]) for r in rows}


def test_nothing_to_review(terminal: Terminal) -> None:
    told = terminal("review", "toy")
    assert (told.code, told.out.strip()) == (0, "nothing to review")


def test_doubtful_cases_come_worst_first(toys: Lab, terminal: Terminal) -> None:
    toys.publish("1", mask=np.zeros_like(liver("1")))
    failing(toys)
    told = terminal("review", "both", "--json")
    assert told.code == 1
    assert [(row["case"], row["verdict"]) for row in told.data] == [
        ("toy/volume-2", "fail"),
        ("toy/volume-1", "warn"),
    ]
    decided(terminal, "toy/volume-2", "reject")
    told = terminal("review", "toy", "--json")
    assert [(row["case"], row["decision"]) for row in told.data] == [
        ("toy/volume-1", "open"),
        ("toy/volume-2", "reject"),
    ]


@pytest.mark.parametrize("words", [
    ("toy/volume-2", "--accept"), ("toy", "--accept", "--because", "x"),
    ("toy/volume-2", "--because", "x"),
])  # fmt: skip
def test_a_decision_names_case_and_reason(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert terminal("review", *words, "--by", "Ada").code == 2


def test_a_case_that_was_not_checked_is_not_found(terminal: Terminal) -> None:
    assert decided(terminal, "toy/22", "accept") == 3


def test_a_decision_outlives_every_check(toys: Lab, terminal: Terminal) -> None:
    failing(toys)
    assert decided(terminal, "toy/volume-2", "accept") == 0
    assert decided(terminal, "toy/volume-1", "reject", "Bob") == 0
    before = reviews(toys)
    assert [(r["case"], r["decision"], r["person"]) for r in before] == [
        ("volume-1", "reject", "Bob"),
        ("volume-2", "accept", "Ada"),
    ]
    toys.prepare()
    assert reviews(toys) == before


def test_sets_honor_what_was_decided(toys: Lab, terminal: Terminal) -> None:
    failing(toys)
    assert selection(toys)["toy/volume-2"][:2] == ("dropped", "quality")
    decided(terminal, "toy/volume-2", "accept")
    decided(terminal, "toy/volume-1", "reject")
    decided(terminal, "other/volume-a", "fix")
    found = selection(toys)
    assert found["toy/volume-2"][0] == "kept"
    assert found["toy/volume-2"][2].startswith("labels accepted by Ada, ")
    assert found["toy/volume-1"][:2] == ("dropped", "quality")
    assert found["toy/volume-1"][2].startswith("rejected by Ada, ")
    assert found["toy/volume-1"][2].endswith(": looked twice")
    assert "kept out until its mask is fixed, by Ada" in found["other/volume-a"][2]


def test_a_decision_is_about_the_bytes_that_were_looked_at(toys: Lab, terminal: Terminal) -> None:
    failing(toys)
    decided(terminal, "toy/volume-2", "accept")
    decided(terminal, "toy/volume-1", "fix")
    mask = liver("2")
    mask[12, 6, 3:5] = 9
    toys.publish("2", mask=mask)
    toys.publish("1", mask=moved(liver("1"), 1))
    again(toys)
    found = selection(toys)
    assert found["toy/volume-2"][:2] == ("dropped", "quality")
    assert found["toy/volume-1"][0] == "kept"
    told = terminal("review", "toy", "--json")
    assert [(r["case"], r["decision"]) for r in told.data] == [("toy/volume-2", "open")]


def test_a_decision_that_nobody_knows_is_named(toys: Lab, terminal: Terminal) -> None:
    decided(terminal, "toy/volume-1", "reject")
    file = toys.dataset().path / "reviews.csv"
    file.write_text(file.read_text().replace("reject", "maybe"))
    told = terminal("review", "toy")
    assert (told.code, "volume-1 is 'maybe'" in told.err) == (2, True)


# --- the card ------------------------------------------------------------------------------------


def test_the_card_tells_imbalance_and_typical_values(toys: Lab) -> None:
    """F067, F068."""
    card = json.loads((toys.dataset().path / "card.json").read_text())
    rows = toys.dataset().rows("cases.csv", CaseRow)
    assert card["labels"]["liver_tumor"]["share"] == pytest.approx(
        card["labels"]["liver_tumor"]["voxels"] / (len(rows) * 24 * 20 * 12), rel=1e-5
    )
    assert card["labels"]["liver"]["ml"]["min"] == pytest.approx(216 * 12 / 1000, rel=0.1)
    assert 20 <= card["labels"]["liver"]["median_hu"]["median"] <= 60
    assert card["values"]["ct"]["unit"] == "HU"
    assert set(card["values"]["ct"]["low"]) == {"min", "median", "max"}


# --- sample --------------------------------------------------------------------------------------


def test_a_sample_is_the_same_every_time(toys: Lab, terminal: Terminal) -> None:
    first = terminal("sample", "toy", "-n", "2", "--json")
    assert first.code == 0
    assert [row["case"] for row in first.data] == [
        row["case"] for row in terminal("sample", "toy", "-n", "2", "--json").data
    ]
    assert len(first.data) == 2
    assert len(terminal("sample", "toy", "--json").data) == 3
    assert terminal("sample", "toy", "-n", "0").code == 2
    assert terminal("sample", "nowhere").code == 3


def test_a_sample_is_drawn_on_one_sheet(tmp_path: Path, terminal: Terminal) -> None:
    from PIL import Image

    target = tmp_path / "sheet.png"
    assert terminal("sample", "toy", "-n", "3", "--preview", "--to", str(target)).code == 0
    with Image.open(target) as sheet:
        assert sheet.width > 1800
