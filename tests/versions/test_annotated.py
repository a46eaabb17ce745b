"""Masks that people drew, and what they decided, are outputs like any other (F070-F074).

They are under DVC: pushed, evicted and pulled; of a restricted dataset the tables are so too.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest

from medreg.versions import annotated, dvc, objects, outs
from tests.cli.conftest import Terminal
from tests.stages.toy import AFFINE, liver, make
from tests.versions.standin import run as program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stages.toy import Lab

MASKS = "registry/datasets/toy/annotations"
TABLES = ("annotations.csv", "reviews.csv")


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A registry under git and DVC, of one checked dataset."""
    made = make(tmp_path)
    monkeypatch.chdir(made.registry.root)
    return made


@pytest.fixture
def medreg(toys: Lab, capsys: pytest.CaptureFixture[str], known_to_git: None) -> Terminal:
    told = Terminal(toys.registry.root, capsys)
    assert told("init", str(toys.registry.root)).code == 0
    return told


def prepare(medreg: Terminal) -> None:
    for verb in ("track", "fetch", "convert", "check"):
        assert medreg(verb, "toy").code == 0


def draw(toys: Lab, medreg: Terminal, case: str, change: int = 1) -> None:
    assert medreg("annotate", f"toy/{case}").code == 0
    mask = toys.registry.work("annotate", "toy") / case / "mask.nii.gz"
    array = np.roll(liver("1"), change, axis=1)
    nibabel.save(nibabel.Nifti1Image(array, AFFINE), mask)
    assert medreg("annotate", f"toy/{case}", "--collect", "--by", "Ada", "--use").code in (0, 1)


def decide(medreg: Terminal) -> None:
    words = ("--accept", "--by", "Ada", "--because", "seen")
    assert medreg("review", "toy/volume-2", *words).code == 0


def restrict(toys: Lab) -> None:
    file = toys.registry.plugins / "toy.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("restricted=False", "restricted=True"))


@pytest.mark.parametrize("restricted", [False, True])
def test_masks_are_evicted_and_come_back(toys: Lab, medreg: Terminal, *, restricted: bool) -> None:
    if restricted:
        restrict(toys)
    prepare(medreg)
    draw(toys, medreg, "volume-1")
    decide(medreg)
    root, folder = toys.registry.root, toys.dataset().path
    recorded = {out.path.rpartition("/")[2]: out for out in outs.recorded(toys.registry, "toy")}
    assert recorded["annotations"].remote == ("restricted" if restricted else "")
    staged = program("git", "ls-files", cwd=root).split()
    assert not [path for path in staged if path.startswith(f"{MASKS}/")]
    for table in TABLES:
        assert recorded[table].cached is restricted, "git holds it, or the restricted tier does"
        assert (f"registry/datasets/toy/{table}" in staged) is not restricted
    status = program("dvc", "status", "registry/datasets/toy/dvc.yaml:annotate", cwd=root)
    assert "changed" not in status
    assert not program("git", "status", "--porcelain", "--", MASKS, cwd=root).strip()

    tier = "restricted" if restricted else "local"
    assert medreg("push", "toy", "--tier", tier).code == 0
    before = {file.name: file.read_bytes() for file in (folder / "annotations").rglob("*.gz")}
    tables = {table: (folder / table).read_bytes() for table in TABLES}
    program("git", "commit", "-qm", "drawn", cwd=root)
    assert medreg("evict", "toy", "--keep", tier).code == 0
    assert not (folder / "annotations").exists()
    assert medreg("pull", "toy").code == 0
    after = {file.name: file.read_bytes() for file in (folder / "annotations").rglob("*.gz")}
    assert after == before == {"ada.nii.gz": before["ada.nii.gz"]}
    assert {table: (folder / table).read_bytes() for table in TABLES} == tables


def test_a_second_mask_is_added_to_those_that_lie_in_a_tier(toys: Lab, medreg: Terminal) -> None:
    restrict(toys)
    prepare(medreg)
    draw(toys, medreg, "volume-1")
    decide(medreg)
    assert medreg("push", "toy", "--tier", "restricted").code == 0
    folder = toys.dataset().path
    shutil.rmtree(folder / "annotations")
    for table in TABLES:
        (folder / table).unlink()
    draw(toys, medreg, "volume-2", 2)
    found = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("ada.nii.gz"))
    assert found == [f"annotations/volume-{n}/ada.nii.gz" for n in (1, 2)]
    assert (folder / "annotations.csv").read_text(encoding="utf-8").count("ada") == 2
    assert (folder / "reviews.csv").is_file()
    (masks,) = [out for out in annotated.recorded(toys.registry, "toy") if out.is_folder]
    with dvc.repository(toys.registry) as repo:
        names = [piece.path for piece in objects.pieces(repo, masks) if not piece.is_list]
    assert len(names) == 2


def test_the_stage_finds_a_mask_that_was_edited(toys: Lab, medreg: Terminal) -> None:
    prepare(medreg)
    draw(toys, medreg, "volume-1")
    assert medreg("stage", "annotate", "toy").code == 0
    (toys.dataset().path / "annotations/volume-1/ada.nii.gz").write_bytes(b"other")
    told = medreg("stage", "annotate", "toy")
    assert told.code == 5
    assert "is not the mask that was handed in" in told.err
