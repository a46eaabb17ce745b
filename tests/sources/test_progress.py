"""Large files say how far they are, each for itself."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medreg.cli.progress import PIECES, Bars
from medreg.errors import Transient
from medreg.report import Silent
from medreg.sources import Http
from tests.sources.test_part import Registry, medreg
from tests.sources.test_publishers import no_logins

if TYPE_CHECKING:
    from tests.sources.lab import Lab
    from tests.sources.website import Server

__all__ = ["medreg", "no_logins"]
LARGE = bytes(33 << 20)


class Heard(Silent):
    """What was told of pieces, by item."""

    def __init__(self) -> None:
        self.pieces: dict[str, list[tuple[int, int]]] = {}

    def piece(self, item: str, done: int, whole: int) -> None:
        self.pieces.setdefault(item, []).append((done, whole))


def heard(lab: Lab, source: Http) -> dict[str, list[tuple[int, int]]]:
    progress = Heard()
    with suppress(Transient):
        list(source.fetch(replace(lab.job(), progress=progress)))
    return progress.pieces


def test_a_large_file_tells_how_far_it_is(lab: Lab, server: Server) -> None:
    urls = (server.put("a.bin", LARGE), server.put("b.bin", b"small"))
    told = heard(lab, Http(urls=urls))
    assert list(told) == ["a.bin"]
    assert told["a.bin"] == sorted(told["a.bin"])
    assert {whole for _, whole in told["a.bin"]} == {len(LARGE)}
    assert 0 < told["a.bin"][0][0] < told["a.bin"][-1][0] == len(LARGE)


def test_of_an_unknown_size_nothing_is_told(lab: Lab, server: Server) -> None:
    assert heard(lab, Http(urls=(server.put("a.bin", LARGE, chunked=True),))) == {}


@pytest.mark.usefixtures("naps")
def test_what_was_here_counts_and_what_fails_is_over(lab: Lab, server: Server) -> None:
    half = len(LARGE) // 2
    url = server.put("a.bin", LARGE, cut=half, ranges=False)
    told = heard(lab, Http(urls=(url,)))["a.bin"]
    assert max(done for done, _ in told[:-1]) <= half
    assert told[-1] == (len(LARGE), len(LARGE))
    server.put("a.bin", LARGE)
    again = heard(lab, Http(urls=(url,)))["a.bin"]
    assert half <= again[0][0] < half + (4 << 20)


def test_a_terminal_has_a_bar_for_each_of_a_few_large_files() -> None:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=io.StringIO())) as drawn:
        bars = Bars(drawn)
        bars.start("fetch some  9 files", 900, "B")
        for n in range(9):
            bars.piece(f"file{n}.zip", 10, 100)
        assert len(drawn.tasks) == 1 + PIECES
        bars.piece("file0.zip", 100, 100)
        bars.piece("file8.zip", 50, 100)
        shown = {task.description.strip(): task.completed for task in drawn.tasks[1:]}
        assert shown == {"file1.zip": 10, "file2.zip": 10, "file3.zip": 10, "file8.zip": 50}
        bars.finish()
        assert len(drawn.tasks) == 1


@pytest.mark.usefixtures("no_logins", "known_to_git")
def test_rate_and_remaining_time_of_each_are_drawn(medreg: Registry, server: Server) -> None:
    urls = (server.put("large.bin", LARGE, pause=0.001), server.put("tiny.bin", b"small"))
    medreg.declare(f"Http(urls={urls})", 'Pairs(image="{case}.nii")')
    ours, theirs = pty.openpty()
    drawn = bytearray()

    def read() -> None:
        while True:
            try:
                drawn.extend(os.read(ours, 1 << 16))
            except OSError:  # nobody writes any more
                return

    reader = threading.Thread(target=read)
    reader.start()
    done = subprocess.run(
        [sys.executable, "-m", "medreg", "stage", "fetch", "some"],
        check=False,
        cwd=medreg.root,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "160"},
    )
    os.close(theirs)
    reader.join()
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", drawn.decode())
    assert done.returncode == 0, text
    lines = re.split(r"[\r\n]+", text)
    assert any(
        re.search(r"^  large\.bin .*\d/34\.6 MB +[\d.]+ MB/s +0:00:\d\d", ln) for ln in lines
    )
    assert any(re.search(r"^fetch some .*[\d.]+ MB/s", line) for line in lines)
    assert not any(line.startswith("  tiny.bin") for line in lines)
