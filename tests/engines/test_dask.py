"""A cluster of Dask: real schedulers and workers, killed in the middle of their work."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medreg import api
from medreg.cli import main
from medreg.engine import Inline, Processes, engine_of
from medreg.engine.dask import Dask
from medreg.errors import CannotHere
from medreg.registry import Registry
from medreg.report import Outcome
from medreg.settings import Settings
from tests.engines.daskers import Cluster
from tests.engines.share import Late, elsewhere
from tests.engines.toys import REPOSITORY, answers, begun, certificates, pids, tasks, work
from tests.peers import peer
from tests.stages import toy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from medreg.report import Answer

pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("default"),  # Dask's own are not ours
]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    peer("distributed")
    peer("dask_jobqueue")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    one = Cluster(tmp_path)
    yield one
    one.stop()


def while_running(run: Callable[[], dict[str, Answer]], then: Callable[[], None]) -> dict:
    """Do *then* in the middle of *run*."""
    thread = threading.Thread(target=then)
    thread.start()
    try:
        return run()
    finally:
        thread.join()


INTERRUPTED = """
import os, signal
from medreg.engine.cluster import need
need()
os.kill(os.getpid(), signal.SIGINT)
"""


def test_ctrl_c_is_no_success() -> None:
    """Importing dask-jobqueue sets a handler of its own, which ends a process with 0."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], stderr=subprocess.PIPE, check=False)
    assert b"KeyboardInterrupt" in done.stderr
    assert done.returncode


def test_a_cluster_of_this_machine_answers_as_this_process_does(tmp_path: Path) -> None:
    items = ["a", "refuse-b", "break-c", "slow-d", "slow-e"]
    found = answers(Dask(2), tmp_path / "dask", *items)
    assert found == answers(Inline(), tmp_path / "inline", *items)
    workers = pids(tmp_path / "dask")
    assert len(workers) == 2
    assert os.getpid() not in workers


def test_nothing_to_do_starts_nothing(tmp_path: Path) -> None:
    assert answers(Dask(2, "tcp://127.0.0.1:1"), tmp_path / "marks") == {}


def test_a_machine_that_cannot_ends_the_run_with_its_hint(tmp_path: Path) -> None:
    with pytest.raises(CannotHere, match="disk is full") as raised:
        answers(Dask(1), tmp_path / "marks", "a", "full-b", "c")
    assert raised.value.hint == "free some space"


def test_a_task_that_kills_its_worker_is_tried_three_times_and_named(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    found = answers(Dask(2), marks, "a", "die-b", "slow-c", "slow-d", "die-e")
    failed = {a.item: a for a in found.values() if a.outcome is Outcome.FAILED}
    assert sorted(failed) == ["die-b", "die-e"]
    assert "killed three times" in failed["die-b"].reason
    assert failed["die-b"].exit_code == 7
    assert len(pids(marks, "die-b")) == 3


@pytest.mark.parametrize("by", ["address", "file"])
def test_a_worker_killed_in_the_middle_loses_nothing(
    cluster: Cluster, tmp_path: Path, by: str
) -> None:
    cluster.scheduler()
    first, _ = cluster.worker(), cluster.worker()
    marks = tmp_path / "marks"
    items = [f"slow-{n}" for n in range(8)] + ["held-x", "held-y"]

    def kill() -> None:
        begun(marks, "held-*", 2)
        os.killpg(first.pid, signal.SIGKILL)  # the worker with its nanny
        (marks / "go").touch()

    address = f"tcp://127.0.0.1:{cluster.port}" if by == "address" else str(cluster.file)
    found = while_running(lambda: answers(Dask(0, address), marks, *items), kill)
    assert {a.outcome for a in found.values()} == {Outcome.CONVERTED}
    assert {file.stem for file in marks.glob("*.done")} == {*items}


def test_a_restarted_scheduler_is_found_again(cluster: Cluster, tmp_path: Path) -> None:
    old = cluster.scheduler()
    cluster.worker()
    marks = tmp_path / "marks"

    def restart() -> None:
        begun(marks, "held-*")
        os.killpg(old.pid, signal.SIGKILL)
        (marks / "go").touch()
        cluster.scheduler()
        cluster.worker()

    items = ["slow-a", "held-b", "slow-c", "slow-d"]
    found = while_running(lambda: answers(Dask(0, str(cluster.file)), marks, *items), restart)
    assert {a.outcome for a in found.values()} == {Outcome.CONVERTED}


def test_a_scheduler_that_stays_away_is_a_failure_and_the_next_run_goes_on(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medreg.engine.cluster.FIND", 2)
    scheduler = cluster.scheduler()
    cluster.worker()
    marks = tmp_path / "marks"

    def stop() -> None:
        begun(marks, "held-*")
        os.killpg(scheduler.pid, signal.SIGKILL)
        (marks / "go").touch()

    engine = Dask(0, f"tcp://127.0.0.1:{cluster.port}")
    found = while_running(lambda: answers(engine, marks, "a", "held-b", "held-c"), stop)
    failed = [a for a in found.values() if a.outcome is Outcome.FAILED]
    assert {"held-b", "held-c"} <= {a.item for a in failed}
    assert {a.exit_code for a in failed} == {6}
    assert "the cluster was lost" in failed[0].reason
    cluster.scheduler()
    cluster.worker()
    found = answers(engine, marks, *(a.item for a in failed))
    assert {a.outcome for a in found.values()} == {Outcome.CONVERTED}


def test_a_cluster_without_workers_is_given_up(
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("medreg.engine.cluster.LOOK", 0.1)
    monkeypatch.setattr("medreg.engine.cluster.ALONE", 0.2)
    cluster.scheduler()
    found = answers(Dask(0, str(cluster.file)), tmp_path / "marks", "a", "b")
    assert {a.outcome for a in found.values()} == {Outcome.FAILED}
    assert "no worker" in found["a"].reason
    assert "waiting: the cluster has no worker now" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "tls", "said"),
    [
        ("tls://127.0.0.1:1", {}, "speaks TLS"),
        ("tcp://127.0.0.1:1", {"ca": "a", "cert": "b", "key": "c"}, "has no TLS"),
    ],
)
def test_both_ends_speak_tls_or_none(
    tmp_path: Path, address: str, tls: dict[str, str], said: str
) -> None:
    with pytest.raises(CannotHere, match=said):
        answers(Dask(0, address, tls), tmp_path / "marks", "a")


def test_tls_lets_in_who_has_the_certificate_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medreg.engine.cluster.FIND", 3)
    ours, theirs = certificates(tmp_path, "ours"), certificates(tmp_path, "theirs")
    words = ["--tls-ca-file", ours["ca"], "--tls-cert", ours["cert"], "--tls-key", ours["key"]]
    cluster = Cluster(tmp_path, *words)
    with ExitStack() as stack:
        stack.callback(cluster.stop)
        cluster.scheduler("tls")
        cluster.worker()
        settings = Settings(engine="dask", scheduler=str(cluster.file), tls=ours)
        found = answers(engine_of(settings), tmp_path / "marks", "a", "b")
        assert {a.outcome for a in found.values()} == {Outcome.CONVERTED}
        stranger = engine_of(replace(settings, tls=theirs))
        found = answers(stranger, tmp_path / "stranger", "a")
        assert found["a"].outcome is Outcome.FAILED
        assert not pids(tmp_path / "stranger")


def test_an_answer_waits_until_its_files_are_seen(tmp_path: Path) -> None:
    """A file that shows late is waited for; one that stays another is a failure with its name."""
    marks = tmp_path / "marks"
    found = answers(Dask(1, appear_within=3), marks, "a", "late-b", "never-c", "late-d")
    assert {a.outcome for a in found.values() if a.item != "never-c"} == {Outcome.CONVERTED}
    failed = found["never-c"]
    assert (failed.outcome, failed.exit_code) == (Outcome.FAILED, 6)
    assert "never-c.file" in failed.reason
    assert "after 3 s" in failed.reason


def test_a_task_waits_until_its_worker_sees_what_the_client_sees(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    (marks / "b.json").write_text("old")
    asked = [
        replace(task, seen=((f"{task.item}.json", hashlib.sha256(b"new").hexdigest()),))
        for task in tasks(marks, "a", "b")
    ]
    threading.Timer(2, (marks / "a.json").write_text, ["new"]).start()
    found = {answer.item: answer for answer in Dask(2, appear_within=4).map(work, asked)}
    assert found["a"].outcome is Outcome.CONVERTED
    failed = found["b"]
    assert (failed.outcome, failed.exit_code) == (Outcome.FAILED, 6)
    assert "b.json" in failed.reason
    assert (marks / "a.done").exists()
    assert not (marks / "b.done").exists()  # nothing was done


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known_to_git: None) -> Iterator[toy.Lab]:
    """A registry as `medreg init` makes it, with three cases of a toy dataset fetched."""
    root = tmp_path / "lab"
    api.init(root)
    monkeypatch.chdir(root)
    monkeypatch.delenv("MEDREG_ROOT", raising=False)
    made = toy.Lab(Registry(root), tmp_path / "upstream")
    made.declare({1: "liver", 2: "liver_tumor"})
    for case in ("1", "2", "10"):
        made.publish(case)
    assert main(["fetch", "toy"]) == 0
    return made


def test_convert_and_check_on_a_cluster_give_the_same_bytes(
    lab: toy.Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    made = []
    for words in (["--engine", "inline"], ["--engine", "dask", "--jobs", "2"]):
        assert main(["convert", "toy", *words]) == 0
        assert main(["check", "toy", *words]) in (0, 1)
        facts = lab.bytes(lab.dataset().path)
        made.append({name: digest for name, digest in facts.items() if "raw/" not in name})
        capsys.readouterr()
        assert main(["convert", "toy", *words]) == 0
        assert "3 kept" in capsys.readouterr().out
        shutil.rmtree(lab.dataset().converted)
    assert made[0] == made[1]
    assert len([name for name in made[0] if name.endswith("ct.nii.gz")]) == 3


def test_workers_run_neither_git_nor_dvc(
    lab: toy.Lab, cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the client does: on the workers both would fail, and leave a mark."""
    from distributed import Client

    traps, mark = tmp_path / "traps", tmp_path / "stepped"
    traps.mkdir()
    for name in ("git", "dvc", "git-annex"):
        (traps / name).write_text(f"#!/bin/sh\necho {name} >> {mark}\nexit 1\n")
        (traps / name).chmod(0o755)
    cluster.before = ["env", f"PATH={traps}:{os.environ['PATH']}"]
    cluster.scheduler()
    cluster.worker()
    words = ("--engine", "dask", "--scheduler", str(cluster.file))
    shutil.rmtree(lab.dataset().raw)
    for command in ("fetch", "convert", "check"):
        assert main([command, "toy", *words]) in (0, 1), capsys.readouterr().err
    assert "3 checked" in capsys.readouterr().out
    with Client(f"tcp://127.0.0.1:{cluster.port}", set_as_default=False) as client:
        (loaded,) = client.run(
            lambda: sorted({*sys.modules} & {"dvc", "git", "medreg.stages"})
        ).values()
    assert loaded == ["medreg.stages"]
    assert not mark.exists()


def test_a_share_that_shows_files_late_changes_no_byte(
    lab: toy.Lab, cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Client and worker see one second later what the other wrote: nothing is missing or old."""
    root, made = lab.registry.root, []
    there = tmp_path / "there"
    cluster.before = elsewhere(there, root)
    cluster.scheduler()
    with Late(root, there, 1):
        cluster.worker()
        for labels in ({1: "liver", 2: "liver_tumor"}, {1: "liver", 2: "kidney_left"}):
            lab.declare(labels)  # the worker has yet to see it
            words = ("--engine", "dask", "--scheduler", str(cluster.file))
            assert main(["convert", "toy", *words]) == 0, capsys.readouterr().err
            assert main(["check", "toy", *words]) in (0, 1), capsys.readouterr().err
            made.append(lab.bytes(lab.dataset().path))
    assert len(list(lab.dataset().converted.iterdir())) == 3
    shutil.rmtree(lab.dataset().converted)
    assert main(["convert", "toy", "--engine", "inline"]) == 0
    assert main(["check", "toy", "--engine", "inline"]) in (0, 1)
    assert made[1] == lab.bytes(lab.dataset().path) != made[0]


def test_a_set_written_on_a_cluster_has_the_same_bytes(tmp_path: Path) -> None:
    """With what exporters make of voxels, shard by shard and case by case."""
    both = toy.make_both(tmp_path)
    both.recipe(export=["nnunet", "slices", {"webdataset": {"cases": 2}}, "stats"])
    both.run("decide", "both")
    made = []
    for engine in (Inline(), Processes(2, patience=0), Dask(2)):
        assert not both.run("write", "both", engine).failed
        made.append(both.bytes(both.registry.set("both").data))
        shutil.rmtree(both.registry.set("both").data)
    assert made[0] == made[1] == made[2]
    assert {"slices.csv", "stats.csv", "shards/fold0-000000.tar"} <= {*made[0]}


def test_the_registrys_settings_choose_the_cluster(
    lab: toy.Lab, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.scheduler()
    cluster.worker()
    file = lab.registry.root / "pyproject.toml"
    text = file.read_text().replace('engine = "processes"', 'engine = "dask"', 1)
    shutil.copy(cluster.file, lab.registry.root / "cluster.json")
    file.write_text(text.replace("jobs = 0", 'scheduler = "cluster.json"', 1))
    assert main(["convert", "toy"]) == 0
    assert "3 converted" in capsys.readouterr().out
    cluster.stop()
    (lab.registry.root / "cluster.json").unlink()
    assert main(["convert", "toy"]) == 7
    assert "no scheduler file" in capsys.readouterr().err
    assert main(["convert", "toy", "--engine", "inline"]) == 0
