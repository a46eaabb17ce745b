"""What an engine is given and what it gives back: a task of names, and one answer for it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from medreg.errors import CannotHere, MedregError, Refused
from medreg.report import Answer, Mark, Outcome

SHARED = "MEDREG_WORKERS"  # in a worker's environment: how many share the processors


@dataclass(frozen=True, slots=True)
class Task:
    """One case of one stage of one dataset or set, in the registry at *root*.

    *told* is what else the work must know, in words that are no secret. *seen* are
    the marks of files that decide: a worker that sees others waits until it sees these.
    """

    root: str
    stage: str
    name: str
    item: str
    told: str = ""
    seen: tuple[Mark, ...] = ()


Work = Callable[[Task], Answer]


class Engine(Protocol):
    """Answers every task once, in whatever order they end."""

    def map(self, work: Work, tasks: Sequence[Task], at_once: int = 0) -> Iterator[Answer]:
        """Yield one answer per task; *work* is a module-level function.

        No more than *at_once* are under way at a time; 0 is for as many as there are workers.
        """

    def reached(self) -> str:
        """Return where the work is done; raises `CannotHere` where it cannot be."""


def answered(work: Work, task: Task) -> Answer:
    """Do one task; a refusal is an answer, and so is a failure."""
    try:
        return work(task)
    except Refused as refusal:
        return _answer(task, Outcome.REFUSED, refusal)
    except CannotHere:
        raise
    except MedregError as error:
        return _answer(task, Outcome.FAILED, error)
    except Exception as error:  # noqa: BLE001 - a bug in one case must not lose the others
        if os.environ.get("MEDREG_DEBUG") == "1":
            traceback.print_exc()
        notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        bug = MedregError(f"{type(error).__name__}: {error}{notes}")
        return _answer(task, Outcome.FAILED, bug)


def _answer(task: Task, outcome: Outcome, error: MedregError) -> Answer:
    return Answer(task.item, outcome, error.message, exit_code=error.exit_code, hint=error.hint)


def unanswered(task: Task, reason: str, kind: type[MedregError] = CannotHere) -> Answer:
    """Return the answer for a task that no worker could answer."""
    return Answer(task.item, Outcome.FAILED, reason, exit_code=kind.exit_code)
