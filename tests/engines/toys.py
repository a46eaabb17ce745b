"""Work that does as its item says, and tells in the task's folder what was done, and where."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.engine import Task
from medreg.errors import CannotHere, Refused
from medreg.report import Answer, Outcome

if TYPE_CHECKING:
    from medreg.engine import Engine

REPOSITORY = Path(__file__).resolve().parents[2]


def work(task: Task) -> Answer:
    """Leave a file ``ITEM.PID`` when it begins, and one named for the item when it is over."""
    marks = Path(task.root)
    (marks / f"{task.item}.{os.getpid()}").touch()
    match task.item.partition("-")[0]:
        case "refuse":
            raise Refused("gap at slice 3")
        case "break":
            raise ValueError("oops")
        case "full":
            raise CannotHere("disk is full", hint="free some space")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "slow":
            time.sleep(0.4)
        case "late" | "never":  # this machine's clients see it after a second, or something else
            text, file = task.item.encode(), marks / f"{task.item}.file"
            file.write_bytes(b"x" * len(text))
            shown = ((file.name, hashlib.sha256(text).hexdigest()),)
            if task.item.startswith("late"):
                threading.Timer(1, file.write_bytes, [text]).start()
            return Answer(task.item, Outcome.CONVERTED, shown=shown)
        case "held":  # until the test lets go
            while not (marks / "go").exists():
                time.sleep(0.05)
    (marks / f"{task.item}.done").touch()
    return Answer(task.item, Outcome.CONVERTED, str(os.environ.get("SLURM_JOB_ID", "")))


def tasks(marks: Path, *items: str) -> list[Task]:
    return [Task(str(marks), "convert", "toy", item) for item in items]


def answers(engine: Engine, marks: Path, *items: str) -> dict[str, Answer]:
    """Return the answers by item, of which each has one."""
    marks.mkdir(exist_ok=True)
    found = list(engine.map(work, tasks(marks, *items)))
    assert sorted(a.item for a in found) == sorted(items)
    return {answer.item: answer for answer in found}


def pids(marks: Path, pattern: str = "*") -> list[int]:
    """Return the processes that began what *pattern* names."""
    found = {file.suffix[1:] for file in marks.glob(f"{pattern}.*")}
    return sorted(int(pid) for pid in found if pid.isdecimal())


def begun(marks: Path, pattern: str, number: int = 1) -> None:
    """Wait until *number* processes have begun what *pattern* names."""
    until = time.monotonic() + 90
    while len(pids(marks, pattern)) < number:
        assert time.monotonic() < until, f"nobody began {pattern}"
        time.sleep(0.05)


def kill_tree(pid: int) -> None:
    """Kill a worker with the nanny that would start it anew, and the script that it runs in."""
    group = os.getpgid(pid)
    assert group != os.getpgrp()
    os.killpg(group, signal.SIGKILL)


def certificates(folder: Path, name: str) -> dict[str, str]:
    """Make an authority and a certificate of it; return the files."""
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    files = {part: str(folder / f"{name}-{part}.pem") for part in ("ca", "cert", "key")}
    subprocess.run(
        [*words, "-subj", f"/CN={name}", "-keyout", files["key"], "-out", files["cert"]],
        check=True,
        capture_output=True,
    )
    (folder / f"{name}-ca.pem").write_bytes((folder / f"{name}-cert.pem").read_bytes())
    return files
