"""Run one function over many tasks: here, or in spawned processes.

A task is names only, so that it means the same in another process or on another machine.
A task that breaks does not stop the others: it is answered `FAILED` with its reason.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Protocol

from medreg.errors import CannotHere, MedregError, Refused
from medreg.report import Answer, Outcome
from medreg.settings import Settings


@dataclass(frozen=True, slots=True)
class Task:
    """One case of one stage of one dataset or set, in the registry at *root*."""

    root: str
    stage: str
    name: str
    item: str


Work = Callable[[Task], Answer]


class Engine(Protocol):
    """Answers every task once, in whatever order they end."""

    def map(self, work: Work, tasks: Sequence[Task]) -> Iterator[Answer]:
        """Yield one answer per task; *work* is a module-level function."""


class Inline:
    """Everything in this process, one task after the other."""

    def map(self, work: Work, tasks: Sequence[Task]) -> Iterator[Answer]:
        """Yield one answer per task."""
        for task in tasks:
            yield answered(work, task)


@dataclass(frozen=True, slots=True)
class Processes:
    """*workers* spawned processes on this machine."""

    workers: int

    def map(self, work: Work, tasks: Sequence[Task]) -> Iterator[Answer]:
        """Yield one answer per task; a killed worker fails the tasks it left unanswered."""
        pool = ProcessPoolExecutor(min(self.workers, len(tasks) or 1), get_context("spawn"))
        try:
            waiting = {pool.submit(answered, work, task): task for task in tasks}
            for future in as_completed(waiting):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    yield Answer(
                        waiting[future].item,
                        Outcome.FAILED,
                        "its worker process was killed (out of memory?); run the command again",
                    )
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def answered(work: Work, task: Task) -> Answer:
    """Do one task; a refusal is an answer, and so is a failure."""
    try:
        return work(task)
    except Refused as refusal:
        return Answer(task.item, Outcome.REFUSED, refusal.message)
    except CannotHere:
        raise
    except MedregError as error:
        return Answer(task.item, Outcome.FAILED, error.message)
    except Exception as error:  # a bug in one case must not lose the others
        if os.environ.get("MEDREG_DEBUG") == "1":
            traceback.print_exc()
        return Answer(task.item, Outcome.FAILED, f"{type(error).__name__}: {error}")


def engine_of(settings: Settings) -> Engine:
    """Return the engine that the registry's settings ask for."""
    if settings.engine == "inline" or settings.workers == 1:
        return Inline()
    return Processes(settings.workers)
