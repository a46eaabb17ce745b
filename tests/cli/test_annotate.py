"""A case goes to a person who draws, and its mask comes back (F070-F074)."""

from __future__ import annotations

import csv
import shutil
import stat
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest

from medreg.imaging.nifti import load
from medreg.tables import CaseRow
from tests.stages.toy import AFFINE, liver

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Terminal
    from tests.stages.toy import Lab

CASE = "toy/volume-1"


def bench(toys: Lab) -> Path:
    return toys.registry.work("annotate", "toy") / "volume-1"


def edit(toys: Lab, change: int = 1, affine: np.ndarray = AFFINE) -> None:
    """Save another mask over the one in the working folder, as a program would."""
    array = np.roll(liver("1"), change, axis=1)
    nibabel.save(nibabel.Nifti1Image(array, affine), bench(toys) / "mask.nii.gz")


def rows(toys: Lab) -> list[dict[str, str]]:
    return list(csv.DictReader((toys.dataset().path / "annotations.csv").read_text().splitlines()))


def opened_and_edited(toys: Lab, terminal: Terminal, change: int = 1) -> None:
    assert terminal("annotate", CASE).code == 0
    edit(toys, change)


def collect(terminal: Terminal, *words: str, by: str = "Ada Lovelace") -> int:
    return terminal("annotate", CASE, "--collect", "--by", by, "--minutes", "42", *words).code


def test_the_working_folder_holds_image_mask_and_names(toys: Lab, terminal: Terminal) -> None:
    told = terminal("annotate", CASE)
    assert told.code == 0
    assert "itksnap -g" in told.err
    assert "Slicer --python-code" in told.err
    assert sorted(file.name for file in bench(toys).iterdir()) == [
        "ct.nii.gz",
        "labels.ctbl",
        "labels.txt",
        "mask.nii.gz",
    ]
    lines = (bench(toys) / "labels.txt").read_text().splitlines()
    assert [line for line in lines if '"liver"' in line] == [
        '    1   170    0    0        1  1  1    "liver"'
    ]
    table = (bench(toys) / "labels.ctbl").read_text().splitlines()
    assert table == [
        *("# Color table file", "# 3 values", "0 Background 0 0 0 0"),
        *("1 liver 170 0 0 255", "2 liver_tumor 0 170 0 255"),
    ]


def test_opening_a_case_again_keeps_what_was_drawn(toys: Lab, terminal: Terminal) -> None:
    opened_and_edited(toys, terminal)
    before = (bench(toys) / "mask.nii.gz").read_bytes()
    terminal("annotate", CASE)
    assert (bench(toys) / "mask.nii.gz").read_bytes() == before


@pytest.mark.parametrize(("tool", "home"), [("itksnap", "itksnap.org"), ("slicer", "slicer.org")])
def test_a_missing_program_is_named_with_its_home(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tool: str, home: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    told = terminal("annotate", CASE, "--with", tool)
    assert told.code == 7
    assert home in told.err
    assert "mask.nii.gz" in told.err


def test_a_program_is_given_image_mask_and_names(
    toys: Lab, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "itksnap"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\n')
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    assert terminal("annotate", CASE, "--with", "itksnap").code == 0
    here = bench(toys)
    assert (tmp_path / "said").read_text().split() == [
        *("-g", f"{here}/ct.nii.gz", "-s", f"{here}/mask.nii.gz", "-l", f"{here}/labels.txt")
    ]


def test_a_second_reading_is_kept_beside_and_compared(toys: Lab, terminal: Terminal) -> None:
    """F064, F072: rater, minutes and agreement are on record; the mask in use stays."""
    opened_and_edited(toys, terminal, change=2)
    assert collect(terminal) == 1  # below the gate
    (row,) = rows(toys)
    assert (row["rater"], row["minutes"], row["used"]) == ("ada_lovelace", "42", "no")
    assert float(row["agreement"].split()[0].removeprefix("liver=")) < 0.9
    assert (toys.dataset().path / "annotations/volume-1/ada_lovelace.nii.gz").is_file()
    assert "/annotations" in (toys.dataset().path / ".gitignore").read_text()
    told = terminal("review", "toy", "--json")
    assert told.code == 1
    assert [one["case"] for one in told.data] == [CASE]
    assert "ada_lovelace liver " in told.data[0]["raters"]


def test_a_mask_that_was_asked_for_becomes_the_cases_mask(toys: Lab, terminal: Terminal) -> None:
    terminal("review", CASE, "--fix", "--by", "Bob", "--because", "too large")
    opened_and_edited(toys, terminal)
    assert collect(terminal) == 0
    assert rows(toys)[0]["used"] == "yes"
    kept = [answer.item for answer in toys.run("convert").answers if answer.outcome == "kept"]
    assert kept == ["volume-2", "volume-10"]
    toys.run("check")
    mask = load(toys.dataset().converted / "volume-1" / "mask.nii.gz")
    assert (mask.array == np.roll(liver("1"), 1, axis=1)[::-1]).all()
    found = {row.case: row.findings for row in toys.dataset().rows("cases.csv", CaseRow)}
    assert found["volume-1"] == "", "a rater's name is no patient's"
    toys.run("decide", "both")
    text = (toys.registry.set("both").path / "selection.csv").read_text()
    assert "toy,volume-1,kept" in text
    assert {answer.outcome for answer in toys.run("convert").answers} == {"kept"}


def test_giving_up_an_annotation_brings_the_publishers_mask_back(
    toys: Lab, terminal: Terminal
) -> None:
    opened_and_edited(toys, terminal)
    collect(terminal, "--use")
    toys.run("convert")
    (toys.dataset().path / "annotations.csv").unlink()
    toys.run("convert")
    mask = load(toys.dataset().converted / "volume-1" / "mask.nii.gz")
    assert (mask.array == liver("1")[::-1]).all()


def test_one_mask_of_a_case_is_used(toys: Lab, terminal: Terminal) -> None:
    opened_and_edited(toys, terminal)
    collect(terminal, "--use")
    edit(toys, 3)
    collect(terminal, "--use", by="Bob")
    assert [(row["rater"], row["used"]) for row in rows(toys)] == [
        ("ada_lovelace", "no"),
        ("bob", "yes"),
    ]


def test_a_changed_annotation_is_not_converted(toys: Lab, terminal: Terminal) -> None:
    opened_and_edited(toys, terminal)
    collect(terminal, "--use")
    file = toys.dataset().path / "annotations/volume-1/ada_lovelace.nii.gz"
    shutil.copyfile(bench(toys) / "ct.nii.gz", file)
    report = toys.run("convert")
    assert [answer.item for answer in report.answers if not answer.ok] == ["volume-1"]


@pytest.mark.parametrize("what", ["unlisted value", "other grid", "other size", "nothing drawn"])
def test_a_mask_that_cannot_be_right_is_not_taken(toys: Lab, terminal: Terminal, what: str) -> None:
    terminal("annotate", CASE)
    array, affine = liver("1"), AFFINE.copy()
    if what == "unlisted value":
        array[6, 6, 3] = 9
    elif what == "other grid":
        affine[2, 3] += 3
    elif what == "other size":
        array = array[1:]
    nibabel.save(nibabel.Nifti1Image(array, affine), bench(toys) / "mask.nii.gz")
    assert collect(terminal) == 1
    assert not (toys.dataset().path / "annotations.csv").exists()


@pytest.mark.parametrize(("words", "code"), [
    (("annotate", "toy"), 2), (("annotate", "toy/nowhere"), 3),
    (("annotate", CASE, "--minutes", "3"), 2), (("annotate", CASE, "--collect"), 3),
    (("annotate", "toy", "--collect", "--by", "Ada"), 2),
])  # fmt: skip
def test_wrong_words(terminal: Terminal, words: tuple[str, ...], code: int) -> None:
    assert terminal(*words).code == code
