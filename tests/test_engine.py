"""Every task is answered once, whatever breaks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from medreg import api
from medreg.cli import main
from medreg.engine import Engine, Inline, Processes, Task, engine_of
from medreg.engine.cluster import warn_in_the_open
from medreg.engine.worker import alone, settled
from medreg.errors import BytesDiffer, CannotHere, Refused, Transient
from medreg.report import Answer, Outcome, StageReport
from medreg.settings import Settings
from medreg.sources.pace import SharedPace

ENGINES = [
    pytest.param(Inline(), id="inline"),
    pytest.param(Processes(2, patience=0), id="two processes"),
    pytest.param(Processes(2), id="first here, then two processes"),
]


def work(task: Task) -> Answer:
    """Do as the item's name says."""
    match task.item.partition(":")[::2]:
        case "refuse", why:
            raise Refused(why)
        case "differ", why:
            raise BytesDiffer(why)
        case "break", why:
            raise ValueError(why)
        case "full", why:
            raise CannotHere(why, hint="free some space")
        case "die", mark if mark == "always" or not Path(mark).exists():
            if mark != "always":
                Path(mark).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        case "pid", _:
            return Answer(task.item, Outcome.CONVERTED, str(os.getpid()))
    return Answer(task.item, Outcome.CONVERTED)


def tasks(*items: str) -> list[Task]:
    return [Task("/nowhere", "convert", "toy", item) for item in items]


def answers(engine: Engine, *items: str) -> dict[str, Answer]:
    found = list(engine.map(work, tasks(*items)))
    assert sorted(a.item for a in found) == sorted(items)
    return {answer.item: answer for answer in found}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_task_that_breaks_stops_no_other(engine: Engine) -> None:
    found = answers(engine, "a", "refuse:gap at slice 3", "break:oops", "differ:changed", "b")
    assert found["a"].outcome is found["b"].outcome is Outcome.CONVERTED
    refused = found["refuse:gap at slice 3"]
    assert (refused.outcome, refused.reason) == (Outcome.REFUSED, "gap at slice 3")
    broken = found["break:oops"]
    assert (broken.outcome, broken.reason) == (Outcome.FAILED, "ValueError: oops")
    codes = [found[item].exit_code for item in ("a", refused.item, "differ:changed", broken.item)]
    assert codes == [0, 1, 5, 70]
    assert StageReport("convert", "toy", list(found.values())).exit_code == 70


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_to_do_is_done(engine: Engine) -> None:
    assert answers(engine) == {}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_machine_that_cannot_ends_the_run_with_its_hint(engine: Engine) -> None:
    with pytest.raises(CannotHere, match="disk is full") as raised:
        list(engine.map(work, tasks("a", "full:disk is full", "b", "c")))
    assert raised.value.hint == "free some space"


def test_processes_are_spared_for_short_work() -> None:
    found = answers(Processes(2, patience=60), "pid:1", "pid:2", "pid:3")
    assert {answer.reason for answer in found.values()} == {str(os.getpid())}


def test_processes_are_used_for_long_work() -> None:
    found = answers(Processes(2, patience=0), "pid:1", "pid:2", "pid:3")
    assert str(os.getpid()) not in {answer.reason for answer in found.values()}


def test_a_worker_killed_once_loses_nothing(tmp_path: Path) -> None:
    once = f"die:{tmp_path / 'mark'}"
    found = answers(Processes(2, patience=0), "a", once, "b", "c")
    assert {answer.outcome for answer in found.values()} == {Outcome.CONVERTED}


def test_a_task_that_kills_its_worker_is_named_and_no_other_fails() -> None:
    found = answers(Processes(2, patience=0), "a", "die:always", "b", "c", "refuse:d")
    failed = [answer for answer in found.values() if answer.outcome is Outcome.FAILED]
    assert [answer.item for answer in failed] == ["die:always"]
    assert failed[0].exit_code == 7
    assert "memory" in failed[0].reason


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


CLIENT = """
import sys, time
from pathlib import Path
from medreg.engine import Processes, Task
from medreg.report import Answer, Outcome

def slow(task):
    marks = Path(task.root)
    (marks / f"began-{task.item}").touch()
    time.sleep(SECONDS)
    (marks / f"ended-{task.item}").touch()
    return Answer(task.item, Outcome.CONVERTED)

if __name__ == "__main__":
    import os
    Path(sys.argv[1], "pids").write_text("")
    tasks = [Task(sys.argv[1], "convert", "toy", str(n)) for n in range(40)]
    for answer in Processes(2, patience=0).map(slow, tasks):
        pass
"""


def start(folder: Path, seconds: float) -> subprocess.Popen[bytes]:
    script = folder / "client.py"
    script.write_text(textwrap.dedent(CLIENT).replace("SECONDS", str(seconds)))
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder)], start_new_session=True, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 30
    while len(list(folder.glob("began-*"))) < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def test_workers_end_with_a_killed_client(tmp_path: Path) -> None:
    process = start(tmp_path, 0.3)
    workers = children(process.pid)
    process.kill()
    process.communicate()
    until = time.monotonic() + 10
    while any(map(alive, workers)):
        assert time.monotonic() < until, "a worker outlived its client"
        time.sleep(0.05)


def test_an_interruption_lets_the_cases_under_way_end(tmp_path: Path) -> None:
    process = start(tmp_path, 0.5)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert b"KeyboardInterrupt" in stderr
    assert stderr.count(b"Traceback") == 1  # the client's own: workers say nothing
    began, ended = (len(list(tmp_path.glob(f"{word}-*"))) for word in ("began", "ended"))
    assert began == ended < 40


@pytest.mark.parametrize("engine", ["dask", "slurm"])
def test_where_dask_is_missing_the_hint_says_what_to_install(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CannotHere, match="not installed here") as raised:
        answers(engine_of(Settings(engine=engine, jobs=2)), "a")
    assert "medreg[dask]" in raised.value.hint


HOLDER = """
import sys, time
from pathlib import Path
from medreg.engine import Task
from medreg.engine.worker import alone

marks = Path(sys.argv[1])
with alone(Task(sys.argv[1], "convert", "toy", "a")):
    (marks / "began").touch()
    while not (marks / "go").exists():
        time.sleep(0.02)
    (marks / "ended").touch()
"""


def test_no_two_processes_do_one_task(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)])
    until = time.monotonic() + 30
    while not (tmp_path / "began").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    with alone(Task(str(tmp_path), "convert", "toy", "b")):  # another task waits for nobody
        assert not (tmp_path / "ended").exists()
    threading.Timer(0.3, (tmp_path / "go").touch).start()
    with alone(Task(str(tmp_path), "convert", "toy", "a")):
        assert (tmp_path / "ended").exists()
    assert holder.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("address", "open_"),
    [
        ("tcp://127.0.0.1:8786", False),
        ("tcp://localhost:8786", False),
        ("tcp://[::1]:8786", False),
        ("tls://10.0.0.7:8786", False),
        ("tcp://10.0.0.7:8786", True),
        ("tcp://[fd00::7]:8786", True),
        ("tcp://127.0.0.1.example.org:8786", True),
    ],
)
def test_a_cluster_in_the_open_without_tls_is_warned_about(
    address: str,
    open_: bool,  # noqa: FBT001 - what is expected
    capsys: pytest.CaptureFixture[str],
) -> None:
    warn_in_the_open(address)
    said = capsys.readouterr().err
    assert said.startswith("warning: ") is open_
    assert ("[tool.medreg.tls]" in said) is open_


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (Settings(engine="inline", jobs=4), Inline),
        (Settings(jobs=1), Inline),
        (Settings(jobs=3), Processes),
    ],
)
def test_the_settings_choose_the_engine(settings: Settings, kind: type) -> None:
    engine = engine_of(settings)
    assert isinstance(engine, kind)
    assert getattr(engine, "workers", 3) == 3


def test_a_fetch_here_waits_for_a_worker_that_nobody_waits_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that outlived its client may still write the same part of a file."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)])
    until = time.monotonic() + 30
    while not (tmp_path / "began").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    monkeypatch.setattr("medreg.engine.worker.SETTLE", 0.1)
    with settled(str(tmp_path), "convert", "another"):  # of which nobody does anything
        pass
    with (
        pytest.raises(Transient, match="earlier convert of toy is still at work"),
        settled(str(tmp_path), "convert", "toy"),
    ):
        pass
    monkeypatch.setattr("medreg.engine.worker.SETTLE", 30)
    threading.Timer(0.3, (tmp_path / "go").touch).start()
    with settled(str(tmp_path), "convert", "toy"):
        assert (tmp_path / "ended").exists()
    assert holder.wait(timeout=10) == 0


DOCTOR = [
    ("engine = 'inline'", "inline, one case after the other", ""),
    ("jobs = 3", "processes, 3 on this machine", ""),
    ("engine = 'rocket'", "none", "inline, processes, dask or slurm, not 'rocket'"),
    ("engine = 'dask'\nscheduler = 'tcp://127.0.0.1:1'", "none", "dask"),
    ("engine = 'dask'\nscheduler = 'gone.json'", "none", "dask"),
]


def test_doctor_says_where_the_work_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    api.init(tmp_path / "lab")
    monkeypatch.chdir(tmp_path / "lab")
    monkeypatch.delenv("MEDREG_ROOT", raising=False)
    for lines, told, problem in DOCTOR:
        (tmp_path / "lab" / "pyproject.toml").write_text(f"[tool.medreg]\n{lines}\n")
        main(["doctor", "--json"])
        out, err = capsys.readouterr()
        assert json.loads(out)["engine"] == told
        said = [line for line in err.splitlines() if "pyproject.toml: engine" in line]
        assert bool(said) is bool(problem)
        assert all(problem in line for line in said)


def test_processes_that_share_a_pace_are_no_faster_than_one(tmp_path: Path) -> None:
    """Each reserves its bytes behind those of the others."""
    waits: list[float] = []
    paces = [SharedPace(1000, tmp_path / "some.pace") for _ in range(3)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("medreg.sources.pace.nap", waits.append)
        for _ in range(10):
            for one in paces:
                one(100)
    assert max(waits) > 3 - 1  # seconds for 3000 bytes, less what writing them took
    assert max(waits) <= 3
