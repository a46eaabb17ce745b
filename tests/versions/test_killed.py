"""Killed with signal 9 at any step, and run again: pin, evict and withdraw end the same."""

from __future__ import annotations

import os
import random
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from medreg.cli import main
from medreg.registry import Registry
from medreg.tables import ManifestRow
from medreg.versions import git
from tests.versions.standin import run
from tests.versions.test_trace import GONE, TAG, bytes_of, made, root

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["made", "root"]  # the fixtures

STEPS = frozenset(  # what changes a disk or leaves the process, as Python audits it
    {"os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "subprocess.Popen"}
)
KILLS = 4  # moments for each command, drawn by its name


def steps_of(words: list[str], kill_at: int = 0) -> int:
    """Run medreg in a child that is killed at its step *kill_at*; return the steps it took."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        taken = 0

        def count(event: str, _about: object) -> None:
            nonlocal taken
            if event in STEPS:
                taken += 1
                if taken == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        code = main(words)
        os.write(writer, f"{code} {taken}".encode())
        os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reader) as said:
        told = said.read()
    assert os.WIFSIGNALED(status) == bool(kill_at)
    if not told:
        return kill_at
    code, taken = map(int, told.split())
    assert code == 0
    return taken


def pinned(root: Path) -> None:
    text = (root.parent / "training/medreg.lock").read_text()
    assert text.count("[[pin]]") == 1
    assert git.resolve(root, TAG) in text
    assert main(["pull"]) == 0


def evicted(root: Path) -> None:
    assert not (root / "registry/datasets/toy/raw").exists()
    assert not (root / "registry/datasets/toy/converted").exists()
    assert main(["pull", "toy"]) == 0
    assert main(["verify", "toy"]) == 0
    assert main(["verify", "toys"]) == 0


def withdrawn(root: Path) -> None:
    tables = (Registry(root).set("toys"), Registry(root).dataset("toy"))
    rows = [row for folder in tables for row in folder.rows("manifest.csv", ManifestRow)]
    secret = {row.sha256 for row in rows if row.source == GONE}
    assert not secret & bytes_of(root).keys()
    assert git.show(root, "HEAD", "registry/withdrawn.csv").decode().count("volume-2") == 1
    assert main(["verify", "toys"]) == 0
    assert run("git", "status", "--porcelain", "registry/withdrawn.csv", cwd=root) == ""


COMMANDS: dict[str, tuple[list[str], Callable[[Path], None]]] = {
    "pin": (["pin", "../lab", TAG], pinned),
    "evict": (["evict", "toy", "--keep", "local"], evicted),
    "withdraw": (["withdraw", GONE, "--reason", "consent withdrawn"], withdrawn),
}


@pytest.mark.parametrize("moment", range(KILLS))
@pytest.mark.parametrize("verb", COMMANDS)
def test_killed_and_run_again_it_ends_the_same(
    root: Path, verb: str, moment: int, monkeypatch: pytest.MonkeyPatch, whole: dict[str, int]
) -> None:
    """F078: a promise of every command that moves or deletes."""
    words, ended = COMMANDS[verb]
    if verb == "pin":
        (root.parent / "training").mkdir()
        monkeypatch.chdir(root.parent / "training")
    if verb not in whole:
        whole[verb] = steps_of(words)
    else:
        at = random.Random(f"{verb} {moment}").randint(1, whole[verb])  # noqa: S311  # a test
        assert steps_of(words, at) == at
        assert main(words) == 0
    ended(root)
    left = [p for p in root.parent.rglob("*.part") if ".medreg" not in p.parts]
    assert left == []


@pytest.fixture(scope="module")
def whole() -> dict[str, int]:
    """How many steps each command takes when nobody kills it."""
    return {}
