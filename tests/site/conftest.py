"""A browser, and the site of the demo registry: served alive, and copied to a folder."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from medreg.cli import main
from tests.peers import peer, program
from tests.sources.servers import folder_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FLAGS = (
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    *("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"),
)
MODEL = "demo_net"
STORY = f"""
import sys
from pathlib import Path
from medreg import api
from medreg.demo.story import TAG, tell
from medreg.report import Silent

folder = Path(sys.argv[1])
next(step for step in tell(folder, Silent()) if step.name == "release")
(folder / "net.pt").write_bytes(b"weights")
lab = api.open_lab(folder / "registry")
api.model_add(lab, "{MODEL}", weights=folder / "net.pt", data=TAG)
"""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's registry as it is after the release of its set, and a model of that."""
    folder = tmp_path_factory.mktemp("demo")
    subprocess.run([sys.executable, "-c", STORY, folder], check=True)
    return folder / "registry"


@contextmanager
def running(root: Path) -> Iterator[str]:
    """Run ``medreg serve`` in *root* until the block ends; Ctrl-C ends it well."""
    words = [sys.executable, "-m", "medreg", "serve", "--port", "0", "--json"]
    with subprocess.Popen(words, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            told = json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")
            yield told["url"]
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 0


@pytest.fixture(scope="session")
def served(demo: Path) -> Iterator[str]:
    with running(demo) as url:
        yield url


@pytest.fixture(scope="session")
def folder(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as files, with volumes."""
    into = tmp_path_factory.mktemp("site") / "catalog"
    words = ["site", "--registry", str(demo), "--into", str(into), "--volumes"]
    assert main(words) == 0
    return into


@pytest.fixture(scope="session")
def copied(folder: Path) -> Iterator[str]:
    """The same from a server that knows nothing but files."""
    with folder_server(folder) as url:
        yield f"{url}/"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, with WebGL in software."""
    api = peer("playwright.sync_api")
    with api.sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=program("chromium", "Debian's chromium"), args=list(FLAGS)
        )
        yield chromium
        chromium.close()


@dataclass
class Watch:
    """A page, and whatever it said or asked for."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def foreign(self, url: str) -> list[str]:
        """Return what was asked of any other host; what a page holds itself is asked of none."""
        own = urlsplit(url).netloc
        parts = ((urlsplit(one), one) for one in self.asked)
        return [one for part, one in parts if part.scheme != "data" and part.netloc != own]


@contextmanager
def watched(
    browser: Any, url: str, *, scheme: str = "light", size: Sequence[int] = (1280, 900)
) -> Iterator[Any]:
    """Yield a page at *url*; in the end it must have been silent, and asked nobody else."""
    wide, high = size
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": wide, "height": high}, reduced_motion="reduce"
    )
    watch = Watch(context.new_page())
    watch.page.on("console", lambda one: watch.said.append(f"{one.type}: {one.text}"))
    watch.page.on("pageerror", lambda one: watch.said.append(f"error: {one}"))
    watch.page.on("request", lambda one: watch.asked.append(one.url))
    try:
        watch.page.goto(url)
        yield watch.page
    finally:
        context.close()
    assert watch.said == []
    assert watch.foreign(url) == []
    assert watch.asked
