"""What a worker of a cluster does: one task at a time, and none that another still does."""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from medreg import __version__
from medreg.engine.shown import LOOK, unseen
from medreg.engine.tasks import SHARED, answered, unanswered
from medreg.errors import CannotHere, Transient
from medreg.files.atomic import machine_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.engine.tasks import Task, Work
    from medreg.report import Answer

VERSION = __version__  # a worker has that of its client
SETTLE = 60.0  # seconds for which a worker is waited for that nobody waits for
LONG = 1.0  # seconds after which a batch of quick tasks is none
MARKS = 1000  # that a worker remembers
ONE = threading.Lock()  # what a process knows of a dataset is not for two threads


def at_worker(
    work: Work, tasks: Sequence[Task], version: str, appear: float
) -> tuple[list[Answer], float]:
    """Do tasks in a worker of Dask; return the answers, and how many seconds they took.

    Those that are left when it takes long are not answered: others may do them.

    What a task was decided on must be seen here, within *appear* seconds. Raises `CannotHere`
    where no task can be done.
    """
    here = socket.gethostname()
    if version != VERSION:
        raise CannotHere(f"{here} has medreg {VERSION}, the client {version}")
    root = Path(tasks[0].root)
    if not root.is_dir():
        raise CannotHere(
            f"{here} does not see {root}",
            hint="the registry lies in a folder that all workers share",
        )
    os.environ.setdefault(SHARED, str(_sharing()))
    with ONE:
        began = time.monotonic()
        answers: list[Answer] = []
        for task in tasks:
            answers.append(_one(work, task, here, appear))
            if time.monotonic() - began > LONG:
                break
        return answers, time.monotonic() - began


def _one(work: Work, task: Task, here: str, appear: float) -> Answer:
    marks = [(path, told) for path, told in task.seen if _known.get((task.root, path)) != told]
    if late := unseen(Path(task.root), marks, time.monotonic() + appear):
        reason = f"{late}: {here} does not see it as it is, after {appear:g} s"
        return unanswered(task, reason, Transient)
    if len(_known) > MARKS:
        _known.clear()
    _known.update({(task.root, path): told for path, told in marks})
    with alone(task):
        return answered(work, task)


_known: dict[tuple[str, str], str] = {}  # marks that were seen, by root and path


def wanted() -> bool:
    """Tell whether anybody still waits for the task that this worker does."""
    from distributed import get_worker

    try:
        worker = get_worker()
        state: str = worker.state.tasks[worker.get_current_task()].state
    except (KeyError, ValueError):  # not of a cluster
        return True
    return state != "cancelled"


@contextmanager
def alone(task: Task) -> Iterator[None]:
    """Wait until no other process does *task*.

    A worker that the scheduler took for dead may still be at work: two would write the same
    temporary files. Each task is one byte of a file that holds none; the lock on it ends with its
    process, and file systems that are shared know such locks.
    """
    byte = int.from_bytes(hashlib.sha256(task.item.encode()).digest()[:7])
    with _opened(task.root, task.stage, task.name) as held:
        fcntl.lockf(held, fcntl.LOCK_EX, 1, byte)
        yield


@contextmanager
def settled(root: str, stage: str, name: str) -> Iterator[None]:
    """Let no worker do a task of this stage meanwhile; raises `Transient` while one is at it."""
    with _opened(root, stage, name) as held:
        until = time.monotonic() + SETTLE
        while True:
            try:
                fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except (BlockingIOError, PermissionError):
                if time.monotonic() > until:
                    raise Transient(
                        f"a worker of an earlier {stage} of {name} is still at work",
                        hint="wait until it ends, then run the same command again",
                    ) from None
                time.sleep(LOOK)
        yield


@contextmanager
def _opened(root: str, stage: str, name: str) -> Iterator[BinaryIO]:
    file = Path(root) / ".medreg" / "locks" / f"{stage}-{name}.tasks"
    with machine_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as held:
            yield held


def _sharing() -> int:
    """Return how many workers such as this one share the processors that it sees."""
    from distributed import get_worker

    threads: int = get_worker().state.nthreads
    return max(1, len(os.sched_getaffinity(0)) // threads)
