"""The demo tells the truth: the same digest wherever and by whomever it is run, and only once."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from medreg import plugins
from medreg.cli import main
from tests.demo.conftest import SET, Told, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIKE = {
    "demo_lits": "lits",
    "demo_msd_liver": "msd_liver",
    "demo_kits": "kits23",
    "demo_chaos_ct": "chaos_ct",
    "demo_chaos_mr": "chaos_mr_t2spir",
    "demo_fdg_pet_ct": "fdg_pet_ct_lesions",
    "demo_btcv": "btcv",
}


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The demo in another folder, time zone and locale, by another user, with one process."""
    base = tmp_path_factory.mktemp("elsewhere, far away")
    yield run(
        base / "Demo Ü",
        base / "home",
        known_to_git=False,  # a fresh machine
        USER="björn",
        TZ="Asia/Kathmandu",
        LANG="C",
        LC_ALL="POSIX",
        MEDREG_JOBS="1",
    )
    shutil.rmtree(base)


def test_a_set_of_at_least_24_scans_comes_from_at_least_five_datasets(told: Told) -> None:
    splits = json.loads((told.folder / SET / "splits.json").read_bytes())
    fold = splits["folds"][0]
    cases = [*fold["train"], *fold["val"], *splits["test"]]
    assert len(cases) >= 24
    assert len(LIKE) >= 5


def test_the_digest_does_not_depend_on_place_person_or_processes(told: Told, abroad: Told) -> None:
    for name in ("manifest.csv", "selection.csv", "splits.json", "SHA256SUMS", "card.md"):
        assert abroad.sha256(name) == told.sha256(name), name


def test_the_planted_troubles_are_found(told: Told) -> None:
    findings = "\n".join(told.data["findings"])
    assert "demo_kits/case_00003" in findings
    assert "demo_msd_liver/liver_4" in findings or "demo_lits/volume-4" in findings
    assert len(told.data["findings"]) == 2


def test_sha256sum_agrees_with_no_medreg_in_sight(told: Told) -> None:
    for place in ("registry", "elsewhere"):
        folder = told.folder / place / "registry/sets/demo_abdomen"
        done = subprocess.run(
            ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_set_was_rebuilt_from_raw(told: Told) -> None:
    record = json.loads((told.folder / "reproduced/reproduction.json").read_bytes())
    assert record["result"] == "identical"
    assert set(record["came_from"]) == {"raw"}


def test_there_is_a_picture(told: Told) -> None:
    assert (told.folder / "preview.png").read_bytes().startswith(b"\x89PNG")


def test_a_second_run_changes_nothing_and_says_so(told: Told) -> None:
    before = snapshot(told.folder)
    home = told.folder.parent / "home"
    again = run(told.folder, home, USER="ann", TZ="UTC", LANG="C.UTF-8")
    assert not any(step["changed"] for step in again.data["steps"])
    assert snapshot(told.folder) == before


def snapshot(folder: Path) -> dict[str, str]:
    """Digest every file that is not DVC's or git's own bookkeeping."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {".git", "tmp", ".medreg", "__pycache__"} & set(path.parts)
    }


def test_nothing_is_left_over(told: Told) -> None:
    left = [p for p in told.folder.rglob("*") if p.name.endswith((".part", ".tmp"))]
    assert not left
    assert not list((told.folder / "registry/.medreg").rglob("*.nii.gz"))


@pytest.mark.parametrize("name", LIKE)
def test_the_demo_lays_files_out_as_the_publisher_does(told: Told, name: str) -> None:
    demo = plugins.load(told.folder / "registry/plugins").get(name).dataset
    real = plugins.load(None).get(LIKE[name]).dataset
    assert demo.layout == real.layout
    assert demo.labels == real.labels
    assert demo.modality == real.modality


def test_its_card_hands_it_to_who_trains(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    """F112: the commands of nnU-Net and MONAI that take it from here; training is theirs."""
    name = SET.rpartition("/")[2]
    assert main(["show", name, "--registry", str(told.folder / "registry"), "--json"]) == 0
    nnunet, monai = json.loads(capsys.readouterr().out)["train with"]
    folder = next((told.folder / SET / "data").glob("Dataset*"))
    assert f"nnUNetv2_plan_and_preprocess -d {folder.name[7:10]}" in nnunet
    assert (told.folder / SET / "data" / monai.rpartition("/")[2].rstrip("')")).is_file()
