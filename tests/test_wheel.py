"""The wheel is a seed: installed alone, it makes a registry with everything in it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.person import PERSON

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel, in a folder with no checkout around it."""
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def medreg(installed: Path, cwd: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "medreg", *words],
        cwd=cwd,
        env={**os.environ, **PERSON, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_lists_what_it_bundles(installed: Path, tmp_path: Path) -> None:
    assert "lits" in medreg(installed, tmp_path, "list")


def test_it_brings_the_viewer(installed: Path) -> None:
    file = "catalog/site/vendor/niivue.umd.js"
    assert (installed / "medreg" / file).read_bytes() == (ROOT / "src/medreg" / file).read_bytes()


def test_it_makes_a_registry_that_stands_alone(installed: Path, tmp_path: Path) -> None:
    medreg(installed, tmp_path, "init", "lab")
    medreg(installed, tmp_path / "lab", "track", "msd_spleen")
    lab = tmp_path / "lab"
    for path in ("vocabulary.csv", "terms.csv", "overlaps/lits__msd_liver.yaml"):
        bundled = ROOT / "registry" / path
        assert (lab / "registry" / path).read_bytes() == bundled.read_bytes()
    assert (lab / "requirements.lock").read_bytes() == (ROOT / "requirements.lock").read_bytes()
    assert (lab / "plugins/msd.py").read_bytes() == (ROOT / "plugins/msd.py").read_bytes()
    assert (lab / "registry/datasets/msd_spleen/declared.json").is_file()


def test_nothing_that_is_shipped_names_an_index_or_a_machine() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "--index-url" not in lock
