"""A release comes back in the environment that it locked, byte for byte."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medreg import api
from medreg.cli import main
from medreg.versions import exact, git
from tests.versions import real

if TYPE_CHECKING:
    from pathlib import Path

TAG = "toys@v1.0.0"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("exact") / "lab"
    real.make(root)
    api.release(api.open_lab(root), "toys", "1.0.0")
    return root


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDREG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def lock_at_tag(root: Path, text: str) -> None:
    """Let the release have locked something else."""
    said = git.tag_message(root, TAG).encode()
    (root / "requirements.lock").write_text(text)
    git.commit(root, ["requirements.lock"], "Lock")
    git.run(root, "tag", "-f", "-a", "--cleanup=verbatim", "-F", "-", TAG, stdin=said)


def reproduce(root: Path, into: Path) -> int:
    words = ("--exact", "--from-raw", "--into", str(into), "--registry", str(root))
    return main(["reproduce", TAG, *words])


@pytest.mark.peers
def test_the_locked_environment_gives_equal_bytes(made: Path, cache: Path, tmp_path: Path) -> None:
    """A new venv of exactly the locked libraries, by their hashes."""
    assert reproduce(made, tmp_path / "into") == 0
    record = json.loads((tmp_path / "into/reproduction.json").read_bytes())
    assert (record["result"], list(record["came_from"])) == ("identical", ["raw"])
    (home,) = (path.parent for path in (cache / "environments").glob(f"*/{exact.DONE}"))
    assert (home / "requirements.lock").read_bytes() == git.show(made, TAG, "requirements.lock")
    assert list(home.glob("lib/python*/site-packages/nibabel"))


def test_what_is_not_the_locked_hash_is_not_installed(
    made: Path, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock_at_tag(made, f"nibabel==5.3.2 --hash=sha256:{'0' * 64}\n")
    assert reproduce(made, tmp_path / "into") == 7
    assert "the locked environment cannot be made here" in capsys.readouterr().err
    assert not list(cache.glob(f"environments/*/{exact.DONE}"))
    assert not (tmp_path / "into").exists()
