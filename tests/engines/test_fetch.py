"""Fetch on a cluster: as in one process, within the publisher's limits, through kills."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from medreg import api
from medreg.cli import main
from tests.engines.daskers import Cluster
from tests.engines.toys import REPOSITORY
from tests.peers import peer
from tests.sources import publishers
from tests.sources.test_killed import KINDS, Fetching, fetching
from tests.sources.test_part import PLUGIN
from tests.sources.website import Handler, Server, answering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sources.website import Resource

__all__ = ["fetching"]
pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("default"),  # Dask's own are not ours
]
SOME = (
    tuple(KINDS)
    if os.environ.get("MEDREG_KILLS")
    else ("S3 with keys, in parts", "Synapse", "Tcia", "Parts")
)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    peer("distributed")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))


@pytest.mark.parametrize("kind", SOME)
def test_every_kind_of_source_comes_as_in_one_process(fetching: Fetching, kind: str) -> None:
    """Workers log in with what they find themselves (F030-F048)."""
    fetching.anew()
    fetching.run()
    raw, record = fetching.files(), fetching.record()
    fetching.anew()
    fetching.bench.words += ("--engine", "dask", "--jobs", "2")
    fetching.run()
    assert fetching.files() == raw
    assert fetching.record() == record
    assert fetching.litter() == []


@dataclass
class Busy(Server):
    """A web server that counts the files that it sends at a time."""

    sending: int = 0
    most: int = 0
    began: float = 0.0
    ended: float = 0.0


class Counting(Handler):
    site: Busy
    guard = threading.Lock()

    def _pour(self, resource: Resource, body: bytes) -> None:
        with self.guard:
            self.site.began = self.site.began or time.monotonic()
            self.site.sending += 1
            self.site.most = max(self.site.most, self.site.sending)
        try:
            super()._pour(resource, body)
        finally:
            with self.guard:
                self.site.sending -= 1
                self.site.ended = time.monotonic()


@pytest.fixture
def busy() -> Iterator[Busy]:
    site = Busy("")
    with answering(site, Counting):
        yield site


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler; on its workers git and DVC fail, and leave a mark."""
    traps = tmp_path / "traps"
    traps.mkdir()
    for name in ("git", "dvc", "git-annex"):
        (traps / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/stepped\nexit 1\n")
        (traps / name).chmod(0o755)
    one = Cluster(tmp_path)
    one.before = ["env", f"PATH={traps}:{os.environ['PATH']}"]
    one.scheduler()
    yield one
    one.stop()
    assert not (tmp_path / "stepped").exists()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known_to_git: None) -> Path:
    root = tmp_path / "registry"
    api.init(root)
    monkeypatch.chdir(root)
    monkeypatch.delenv("MEDREG_ROOT", raising=False)
    return root


def declare(root: Path, site: Server) -> None:
    source = f'S3("scans", base_url={site.url!r})'
    text = PLUGIN.format(source=source, layout='Pairs(image="{case}.nii")')
    (root / "plugins" / "some.py").write_text(text)


def test_a_publishers_limits_hold_across_workers(root: Path, busy: Busy, cluster: Cluster) -> None:
    """Three workers send for no more files at once, and no faster, than one process would."""
    made = publishers.s3(busy)
    for number in range(8):
        made.publish(f"{number}.nii", bytes([number]) * 500_000, pause=0.01)
    declare(root, busy)
    for _ in range(3):
        cluster.worker()
    words = ("--engine", "dask", "--scheduler", str(cluster.file), "--jobs", "2")
    assert main(["fetch", "some", *words, "--bandwidth", "2M"]) == 0
    assert busy.most <= 2
    assert busy.ended - busy.began > 1  # second, for what takes 2 at that rate
    raw = root / "registry/datasets/some/raw"
    assert {file.name: file.read_bytes()[:1] for file in raw.iterdir()} == {
        f"{number}.nii": bytes([number]) for number in range(8)
    }


def test_a_transfer_goes_on_at_another_worker(root: Path, busy: Busy, cluster: Cluster) -> None:
    """Its worker is killed in the middle: the part of the file that came is not asked for again."""
    made = publishers.s3(busy)
    size = 12_000_000
    made.publish("large.nii", b"0123456789ab" * (size // 12), pause=0.02)
    declare(root, busy)
    first = cluster.worker()

    def kill() -> None:
        until = time.monotonic() + 60
        while busy.served < size // 2:
            assert time.monotonic() < until
            time.sleep(0.01)
        os.killpg(first.pid, signal.SIGKILL)
        cluster.worker()

    thread = threading.Thread(target=kill)
    thread.start()
    assert main(["fetch", "some", "--engine", "dask", "--scheduler", str(cluster.file)]) == 0
    thread.join()
    ranges = [asked for path, asked in busy.requests if "large" in path]
    assert ranges[0] == ""
    assert int(ranges[-1].removeprefix("bytes=").rstrip("-")) > size // 4
    file = root / "registry/datasets/some/raw/large.nii"
    assert file.read_bytes() == b"0123456789ab" * (size // 12)
