"""A clone of git-annex that a kill, or a line that broke, left in scratch (F040)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medreg.errors import NotFound, Transient
from medreg.sources import DataLad
from tests.peers import program
from tests.person import PERSON
from tests.sources.servers import folder_server
from tests.sources.stores import Annex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sources.lab import Lab

pytestmark = pytest.mark.peers
FILES = {f"sub-0{n}/T1w.nii": b"same" * 9000 for n in range(4)}
FILES |= {"sub-05/T1w.nii": b"own" * 9000, "participants.tsv": b"participant_id\n"}
OWN = "sub-05/T1w.nii"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataLad]:
    """Some files of one content, and one that is kept unlocked: in place of a link, a pointer."""
    folder = tmp_path_factory.mktemp("annex")
    (folder / "home").mkdir()
    made = Annex(folder / "served" / "ds", folder / "home")
    made.publish("1.0.0", FILES)
    made.run("git", "annex", "unlock", OWN)
    made.run("git", "commit", "--quiet", "--all", "-m", "unlocked")
    made.run("git", "tag", "1.0.1")
    made.run("git", "update-server-info")
    with folder_server(folder / "served") as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(made.home))
        yield DataLad(f"{url}/ds/.git", "1.0.1")


def clone_in(lab: Lab) -> Path:
    return next(lab.scratch.glob("clone-*"))


def killed_with_a_lock(clone: Path) -> None:
    (clone / ".git" / "refs" / "heads" / "git-annex.lock").touch()


def killed_in_get(clone: Path) -> None:
    """The content has come, and not yet into its place: `.git/annex` has it."""
    pointer = (clone / OWN).read_bytes()
    git(clone, "annex", "get", "--quiet", OWN)
    (clone / OWN).unlink()
    (clone / OWN).write_bytes(pointer)


def killed_in_drop(clone: Path) -> None:
    """It removes the file before it puts the pointer back."""
    (clone / OWN).unlink()


def git(clone: Path, *words: str) -> None:
    annex = Path(program("git-annex", "git-annex (PyPI)")).parent
    env = {**os.environ, **PERSON, "PATH": f"{annex}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["git", *words], cwd=clone, env=env, check=True, capture_output=True)


@pytest.mark.parametrize("left", [killed_with_a_lock, killed_in_get, killed_in_drop])
def test_a_clone_that_a_kill_left(
    lab: Lab, snapshot: DataLad, left: Callable[[Path], None]
) -> None:
    assert set(lab.outcomes(snapshot).values()) == {"fetched"}
    assert lab.files() == FILES
    (lab.raw / OWN).unlink()
    left(clone_in(lab))
    assert lab.outcomes(snapshot)[OWN] == "fetched"
    assert lab.files() == FILES


def test_a_clone_that_knows_nobody_to_ask_is_made_anew(lab: Lab, snapshot: DataLad) -> None:
    """A publisher who was silent once, while git-annex got ready, is asked no more."""
    lab.fetch(snapshot)
    (lab.raw / OWN).unlink()
    clone = clone_in(lab)
    git(clone, "config", "--unset", "remote.origin.annex-uuid")
    git(clone, "config", "remote.origin.annex-ignore", "true")
    with pytest.raises(Transient, match="not available") as caught:
        lab.fetch(snapshot)
    assert "run the same command" in caught.value.hint
    assert lab.outcomes(snapshot)[OWN] == "fetched"
    assert lab.files() == FILES


def test_another_repository_with_that_tag(lab: Lab, snapshot: DataLad) -> None:
    """Who corrects the address after a fetch that was killed gets nothing of the wrong one."""
    lab.fetch(snapshot)
    lab.records.clear()
    with pytest.raises(NotFound, match="snapshot"):
        lab.fetch(DataLad(snapshot.base_url.replace("/ds/", "/other/"), snapshot.tag))
