"""A registry, and a way to type commands in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from medreg import api
from medreg.cli import main
from tests.stages.toy import make_both

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stages.toy import Lab


@dataclass(frozen=True)
class Typed:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """A terminal in the folder of a registry."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Typed:
        try:
            code = main(words)
        except SystemExit as exit_:  # argparse ends this way
            code = int(exit_.code or 0)
        out, err = self.capsys.readouterr()
        return Typed(code, out, err)


def opened(root: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> Terminal:
    """Make a registry, and return a terminal in its folder."""
    api.init(root)
    patch.chdir(root)
    patch.delenv("MEDREG_ROOT", raising=False)
    capsys.readouterr()
    return Terminal(root, capsys)


@pytest.fixture(autouse=True)
def _somebody(known_to_git: None) -> None:
    """Every command of these tests is typed by somebody whom git knows."""


@pytest.fixture
def medreg(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    known_to_git: None,  # for its effect
) -> Terminal:
    """Type commands in a new registry."""
    return opened(tmp_path / "lab", capsys, monkeypatch)


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A registry of two checked datasets, where its terminal is."""
    made = make_both(tmp_path)
    monkeypatch.chdir(made.registry.root)
    return made


@pytest.fixture
def terminal(toys: Lab, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Type commands there."""
    capsys.readouterr()
    return Terminal(toys.registry.root, capsys)
