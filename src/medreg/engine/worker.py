"""What a worker of a cluster does: one task at a time, and none that another still does."""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from medreg import __version__
from medreg.engine.tasks import SHARED, answered
from medreg.errors import CannotHere
from medreg.files.atomic import machine_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.engine.tasks import Task, Work
    from medreg.report import Answer

VERSION = __version__  # a worker has that of its client
ONE = threading.Lock()  # what a process knows of a dataset is not for two threads


def at_worker(work: Work, task: Task, version: str) -> Answer:
    """Do one task in a worker of Dask; raises `CannotHere` where no task can be done."""
    here = socket.gethostname()
    if version != VERSION:
        raise CannotHere(f"{here} has medreg {VERSION}, the client {version}")
    if not Path(task.root).is_dir():
        raise CannotHere(
            f"{here} does not see {task.root}",
            hint="the registry lies in a folder that all workers share",
        )
    os.environ.setdefault(SHARED, str(_sharing()))
    with ONE, alone(task):
        return answered(work, task)


@contextmanager
def alone(task: Task) -> Iterator[None]:
    """Wait until no other process does *task*.

    A worker that the scheduler took for dead may still be at work: two would write the same
    temporary files. Each task is one byte of a file that holds none; the lock on it ends with its
    process, and file systems that are shared know such locks.
    """
    file = Path(task.root) / ".medreg" / "locks" / "tasks"
    name = f"{task.stage}/{task.name}/{task.item}".encode()
    byte = int.from_bytes(hashlib.sha256(name).digest()[:7])
    with machine_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as held:
            fcntl.lockf(held, fcntl.LOCK_EX, 1, byte)
            yield


def _sharing() -> int:
    """Return how many workers such as this one share the processors that it sees."""
    from distributed import get_worker

    threads: int = get_worker().state.nthreads
    return max(1, len(os.sched_getaffinity(0)) // threads)
