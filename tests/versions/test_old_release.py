"""A release that medreg 0.1 made in November 2026 must verify and reproduce for ever.

``old_release.zip`` holds its registry (a git bundle), its tier, and its publisher's files. It is
never made anew: what no longer reads it is wrong.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from medreg.cli import main
from medreg.versions import git
from tests.versions.standin import run

OLD = Path(__file__).with_name("old_release.zip")
TAG = "toys@v1.0.0"
MANIFEST = "b54ff98b209286f1edef7cbc9db1deecc267765dd11505685a9b547bad6b2cd0"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with zipfile.ZipFile(OLD) as archive:
        archive.extractall(tmp_path)
    git.run(tmp_path, "clone", "--quiet", "--branch", "main", "lab.bundle", "lab")
    monkeypatch.chdir(tmp_path / "lab")
    monkeypatch.setenv("MEDREG_CACHE", str(tmp_path / "pins"))
    monkeypatch.delenv("MEDREG_ROOT", raising=False)
    return tmp_path / "lab"


def test_the_old_release_is_pulled_and_verified(root: Path) -> None:
    assert MANIFEST in git.tag_message(root, TAG)
    assert main(["pull", TAG]) == 0
    assert main(["verify", TAG]) == 0
    folder = root / "registry/sets/toys"
    run("sha256sum", "-c", "SHA256SUMS", cwd=folder)
    run("python", "verify.py", cwd=folder)
    run("dvc", "status", "registry/sets/toys/dvc.yaml:write", cwd=root)


@pytest.mark.parametrize("source", ["tier", "raw", "publisher"])
def test_the_old_release_is_reproduced(root: Path, source: str) -> None:
    if source == "publisher":
        shutil.rmtree(root.parent / "lab-store")
    words = ["--from-raw"] if source == "raw" else []
    assert main(["reproduce", TAG, "--into", "../back", *words]) == 0
    # other codecs may give other bytes one day; `reproduce` proved every voxel
    assert source != "tier" or main(["verify", "../back"]) == 0
