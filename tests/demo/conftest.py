"""The demo, run once by somebody for all tests of a module."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

SET = "registry/registry/sets/demo_abdomen"


@dataclass(frozen=True)
class Told:
    """A demo that was run: its folder, and what it printed as JSON."""

    folder: Path
    data: Mapping[str, Any]

    def sha256(self, name: str) -> str:
        return hashlib.sha256((self.folder / SET / name).read_bytes()).hexdigest()


def run(folder: Path, home: Path, *, known_to_git: bool = True, **environment: str) -> Told:
    """Run the demo as another person would: own home, no other settings than *environment*."""
    home.mkdir(parents=True, exist_ok=True)
    if known_to_git:
        user = environment["USER"]
        text = f"[user]\n\tname = {user}\n\temail = {user}@example.org\n"
        (home / ".gitconfig").write_text(text, encoding="utf-8")
    program = Path(sys.executable).parent / "medreg"
    clean = {"PATH": os.environ["PATH"], "HOME": str(home), **environment}
    done = subprocess.run(
        [program, "demo", str(folder), "--json"],
        env=clean,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Told(folder, json.loads(done.stdout))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    base = tmp_path_factory.mktemp("one")
    return run(base / "demo", base / "home", USER="ann", TZ="UTC", LANG="C.UTF-8")
