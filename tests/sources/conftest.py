"""What tests of sources need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sources.lab import Lab
from tests.sources.website import Server, answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    root = tmp_path / "lab"
    root.mkdir()
    (root / "pyproject.toml").write_text("[tool.medreg]\n")
    return Lab(root)


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "Downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def server() -> Iterator[Server]:
    site = Server("")
    with answering(site):
        yield site


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that downloads would have waited."""
    slept: list[float] = []
    record: Callable[[float], None] = slept.append
    monkeypatch.setattr("medreg.sources.patience._sleep", record)
    return slept
