"""Jobs of a real Slurm as workers; one is cancelled in the middle of its work."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from medreg.engine import engine_of
from medreg.errors import CannotHere
from medreg.report import Outcome
from medreg.settings import Settings
from tests.engines import slurm
from tests.engines.toys import REPOSITORY, answers, begun, certificates
from tests.peers import peer
from tests.stages.toy import make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("default"),  # Dask's own are not ours
]
CASES = [f"case{n}" for n in range(6)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    peer("distributed")
    peer("dask_jobqueue")
    with slurm.running(tmp_path_factory.mktemp("slurm")) as environment:
        yield environment


@pytest.fixture(autouse=True)
def queue(
    running: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Let this process find the queue, as a site's own settings would."""
    import dask

    logs = tmp_path / "logs"
    logs.mkdir()
    monkeypatch.setenv("SLURM_CONF", running["SLURM_CONF"])
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.chdir(tmp_path)
    site = {"interface": "lo", "memory": "1GB", "log-directory": str(logs)}
    with dask.config.set({f"jobqueue.slurm.{key}": value for key, value in site.items()}):
        yield running


def jobs(environment: dict[str, str]) -> list[str]:
    return slurm.said(environment, "squeue", "--noheader", "--format=%i").split()


def test_a_cancelled_job_loses_nothing(queue: dict[str, str], tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    seen: list[str] = []

    def cancel() -> None:
        begun(marks, "held-*", 2)
        seen.extend(jobs(queue))
        slurm.said(queue, "scancel", "--signal=KILL", "--full", seen[0])
        slurm.said(queue, "scancel", seen[0])
        (marks / "go").touch()

    thread = threading.Thread(target=cancel)
    thread.start()
    engine = engine_of(Settings(engine="slurm", queue="debug", jobs=2))
    found = answers(engine, marks, *(f"slow-{n}" for n in range(6)), "held-x", "held-y")
    thread.join()
    assert {a.outcome for a in found.values()} == {Outcome.CONVERTED}
    assert len(seen) == 2
    assert {a.reason for a in found.values()} - {""}  # each ran in a job


def test_a_dataset_converts_to_the_same_bytes(tmp_path: Path) -> None:
    labs = [make(tmp_path / name) for name in ("here", "there")]
    for lab, engine in zip(labs, ("inline", "slurm"), strict=True):
        for case in CASES:
            lab.publish(case)
        settings = Settings(engine=engine, queue="debug", jobs=2)
        reports = lab.prepare(engine=engine_of(settings))
        assert not any(report.failed for report in reports)
    here, there = (lab.bytes(lab.dataset().converted) for lab in labs)
    assert len(here) > len(CASES)
    assert here == there


def test_jobs_speak_tls(tmp_path: Path) -> None:
    tls = certificates(tmp_path, "ours")
    engine = engine_of(Settings(engine="slurm", queue="debug", jobs=1, tls=tls))
    found = answers(engine, tmp_path / "marks", "a", "b")
    assert {a.outcome for a in found.values()} == {Outcome.CONVERTED}


def test_a_queue_that_does_not_exist_is_said_in_slurms_words(tmp_path: Path) -> None:
    engine = engine_of(Settings(engine="slurm", queue="nowhere", jobs=1))
    with pytest.raises(CannotHere, match="invalid partition") as raised:
        answers(engine, tmp_path / "marks", "a")
    assert "sinfo" in raised.value.hint
