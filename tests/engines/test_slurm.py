"""Jobs of a real Slurm as workers; one is cancelled in the middle of its work."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import nibabel
import pytest

from medreg import api
from medreg.cli import main
from medreg.engine import engine_of
from medreg.errors import CannotHere
from medreg.report import Outcome
from medreg.settings import Settings
from tests.engines import slurm
from tests.engines.toys import REPOSITORY, answers, begun, certificates, kill_tree, pids
from tests.peers import peer
from tests.sources import publishers
from tests.sources.test_part import PAIRS, PLUGIN
from tests.sources.website import Server, answering
from tests.stages.toy import AFFINE, body, liver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from medreg.report import Answer

pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("default"),  # Dask's own are not ours
]
CASES = [f"case{n}" for n in range(6)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[slurm.Site]:
    peer("distributed")
    peer("dask_jobqueue")
    with slurm.running(tmp_path_factory.mktemp("slurm")) as site:
        yield site


@pytest.fixture(autouse=True)
def queue(
    running: slurm.Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[slurm.Site]:
    """Let this process find the queue, as a site's own settings would."""
    import dask

    logs = tmp_path / "logs"
    logs.mkdir()
    monkeypatch.setenv("SLURM_CONF", running.environment["SLURM_CONF"])
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.chdir(tmp_path)
    site = {"interface": "lo", "memory": "1GB", "log-directory": str(logs)}
    with dask.config.set({f"jobqueue.slurm.{key}": value for key, value in site.items()}):
        yield running


def jobs(site: slurm.Site) -> list[str]:
    return slurm.said(site.environment, "squeue", "--noheader", "--format=%i").split()


def through(then: Callable[[], None], marks: Path, *items: str) -> dict[str, Answer]:
    """Do the items in two jobs, and *then* in the middle of it."""
    thread = threading.Thread(target=then)
    thread.start()
    found = answers(engine_of(Settings(engine="slurm", queue="debug", jobs=2)), marks, *items)
    thread.join()
    return found


def test_a_cancelled_job_loses_nothing(queue: slurm.Site, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    seen: list[str] = []

    def cancel() -> None:
        begun(marks, "held-*", 2)
        seen.extend(jobs(queue))
        slurm.said(queue.environment, "scancel", "--signal=KILL", "--full", seen[0])
        slurm.said(queue.environment, "scancel", seen[0])
        (marks / "go").touch()

    found = through(cancel, marks, *(f"slow-{n}" for n in range(6)), "held-x", "held-y")
    assert {a.outcome for a in found.values()} == {Outcome.CONVERTED}
    assert len(seen) == 2
    assert {a.reason for a in found.values()} - {""}  # each ran in a job


def test_a_lost_node_loses_nothing(queue: slurm.Site, tmp_path: Path) -> None:
    """All that ran on it dies with it; Slurm says it is down; later it comes back."""
    marks = tmp_path / "marks"
    states: list[str] = []

    def lose() -> None:
        begun(marks, "held-*", 2)
        queue.kill("slurmd")
        for pid in pids(marks, "held-*"):
            kill_tree(pid)
        queue.until("down")
        states.append(slurm.said(queue.environment, "sinfo", "--noheader", "--format=%t"))
        (marks / "go").touch()
        queue.start("slurmd")

    found = through(lose, marks, *(f"slow-{n}" for n in range(4)), "held-x", "held-y")
    assert {a.outcome for a in found.values()} == {Outcome.CONVERTED}
    assert "down" in states[0]


def test_a_restarted_controller_loses_nothing(queue: slurm.Site, tmp_path: Path) -> None:
    """A job dies while Slurm's controller is away: its work is done when the controller is back."""
    marks = tmp_path / "marks"

    def restart() -> None:
        begun(marks, "held-*", 2)
        queue.end("slurmctld")
        for pid in pids(marks, "held-*"):
            kill_tree(pid)
        (marks / "go").touch()
        time.sleep(5)  # long enough that a job is asked for in vain
        queue.start("slurmctld")

    found = through(restart, marks, *(f"slow-{n}" for n in range(4)), "held-x", "held-y")
    assert {a.outcome for a in found.values()} == {Outcome.CONVERTED}


def test_a_queue_whose_nodes_are_all_down_is_waited_for(queue: slurm.Site, tmp_path: Path) -> None:
    queue.kill("slurmd")
    queue.until("down")
    back = threading.Timer(2, lambda: queue.start("slurmd"))
    back.start()
    found = answers(engine_of(Settings(engine="slurm", jobs=1)), tmp_path / "marks", "a")
    back.join()
    assert {a.outcome for a in found.values()} == {Outcome.CONVERTED}


@pytest.fixture
def website() -> Iterator[Server]:
    site = Server("")
    with answering(site):
        yield site


def test_publishers_files_become_a_set_of_the_same_bytes(
    website: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known_to_git: None
) -> None:
    """Jobs fetch, convert, check with fingerprints, and write; the client alone records."""
    publish(publishers.s3(website))
    for where, words in (("here", ("inline",)), ("there", ("slurm", "--queue", "debug"))):
        root = tmp_path / where
        registry(root, website.url)
        monkeypatch.chdir(root)
        for command in COMMANDS:
            assert main([*command, "--engine", *words, "--jobs", "1"]) == 0, command
    here, there = (held(tmp_path / where) for where in ("here", "there"))
    places = {part for path in here for part in path.split("/")}
    assert {"raw", "converted", "fingerprints.csv", "data", "dvc.lock"} <= places
    assert here == there
    assert len([*(tmp_path / "logs").iterdir()]) >= len(COMMANDS)  # each had jobs of its own


COMMANDS = (("fetch", "some"), ("convert", "some"), ("check", "some"), ("curate", "livers"))
RECIPE = "title: Livers\ndatasets: [some]\nlabels: [liver]\nfolds: 2\n"


def publish(made: publishers.Publisher) -> None:
    """Offer a few scans as the toy's publisher does, from a bucket."""
    for case in CASES:
        for folder, array in (("imagesTr", body(case)), ("labelsTr", liver(case).clip(max=1))):
            made.publish(f"{folder}/{case}.nii", nibabel.Nifti1Image(array, AFFINE).to_bytes())


def registry(root: Path, url: str) -> None:
    api.init(root)
    text = PLUGIN.format(source=f'S3("scans", base_url={url!r})', layout=PAIRS)
    said = text.replace('date="2026-01"', 'rank="publisher"')
    (root / "plugins" / "some.py").write_text(said)
    recipe = root / "registry/sets/livers/recipe.yaml"
    recipe.parent.mkdir(parents=True)
    recipe.write_text(RECIPE)


def held(root: Path) -> dict[str, bytes]:
    """Return every file below ``registry/``, by its path."""
    files = sorted(file for file in (root / "registry").rglob("*") if file.is_file())
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


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
