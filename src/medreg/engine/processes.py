"""Spawned processes on this machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from queue import SimpleQueue
from typing import TYPE_CHECKING

from medreg.engine.tasks import SHARED, answered, unanswered

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from medreg.engine.tasks import Task, Work
    from medreg.report import Answer

AHEAD = 1000  # tasks that the pool knows of at once: the client's memory stays flat
PATIENCE = 2.0  # seconds of work done here before processes are spawned, which costs about one
MUCH = 5  # times as much work is left: nothing is gained by patience


@dataclass(frozen=True, slots=True)
class Processes:
    """*workers* spawned processes on this machine.

    The first *patience* seconds of work are done in this process, so that a handful of small
    cases never waits for processes to start, or fewer once it is known that much is left; and so
    is some while they do. None at 0.
    """

    workers: int
    patience: float = PATIENCE

    def reached(self) -> str:
        """Return where the work is done."""
        return f"processes, {self.workers} on this machine"

    def map(self, work: Work, tasks: Sequence[Task], at_once: int = 0) -> Iterator[Answer]:
        """Yield one answer per task; a task whose worker is killed twice is `FAILED`."""
        rest = list(reversed(tasks))
        until, left = time.monotonic() + self.patience, 0.0  # seconds of work, as far as known
        while rest and (
            len(rest) == 1 or (time.monotonic() < until and left < MUCH * self.patience)
        ):
            began = time.monotonic()
            answer = answered(work, rest.pop())
            if len(tasks) - len(rest) > 1:  # the first one also imports
                left = (time.monotonic() - began) * len(rest)
            yield answer
        workers = min(self.workers, at_once or self.workers)
        unanswered = yield from _side_by_side(work, rest[::-1], workers, self.patience > 0)
        yield from _one_by_one(work, unanswered)


def _side_by_side(
    work: Work,
    tasks: Sequence[Task],
    workers: int,
    help_out: bool,  # noqa: FBT001 - as the field that it comes of
) -> Generator[Answer, None, list[Task]]:
    """Yield answers as they come; return the tasks that a killed worker left unanswered."""
    unanswered: list[Task] = []
    rest = deque(tasks)
    ended: SimpleQueue[Future[Answer]] = SimpleQueue()
    waiting: dict[Future[Answer], Task] = {}
    pool = _pool(min(workers, len(tasks) or 1))
    try:
        while rest or waiting:
            try:
                while rest and len(waiting) < AHEAD:
                    future = pool.submit(answered, work, rest[0])
                    waiting[future] = rest.popleft()
                    future.add_done_callback(ended.put)
            except BrokenProcessPool:
                unanswered += rest
                rest.clear()
                if not waiting:  # a worker died that had nothing to do
                    break
            if help_out:
                yield from _meanwhile(work, waiting)
                help_out = False
            task = waiting.pop(future := ended.get(), None)
            if task is None:
                continue  # it was done here meanwhile
            try:
                yield future.result()
            except BrokenProcessPool:
                unanswered.append(task)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return unanswered


def _meanwhile(work: Work, waiting: dict[Future[Answer], Task]) -> Iterator[Answer]:
    """Do the last of the *waiting* tasks here until the first answer comes: starting costs time."""
    for future in list(waiting)[:0:-1]:
        if any(one.done() for one in waiting) or not future.cancel():
            return
        yield answered(work, waiting.pop(future))


def _one_by_one(work: Work, tasks: Sequence[Task]) -> Iterator[Answer]:
    """Yield answers with one task under way, so that a worker's death names its task."""
    rest = list(reversed(tasks))
    while rest:
        pool = _pool(1)
        try:
            while rest:
                task = rest.pop()
                yield pool.submit(answered, work, task).result()
        except BrokenProcessPool:
            reason = "its worker process was killed twice: out of memory, or a crash in a library"
            yield unanswered(task, reason)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _pool(workers: int) -> ProcessPoolExecutor:
    spawn = get_context("spawn")
    return ProcessPoolExecutor(workers, spawn, initializer=_serve, initargs=(workers,))


def _serve(workers: int) -> None:
    """Let this worker finish its case when Ctrl-C is typed, and never outlive the client."""
    os.environ[SHARED] = str(workers)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
