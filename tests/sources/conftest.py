"""What tests of sources need."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.sources.lab import Lab
from tests.sources.website import Handler, QuietServer, Server

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
    httpd = QuietServer(("127.0.0.1", 0), type("Here", (Handler,), {"site": site}))
    site.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that downloads would have waited."""
    slept: list[float] = []
    record: Callable[[float], None] = slept.append
    monkeypatch.setattr("medreg.sources.patience._sleep", record)
    return slept
