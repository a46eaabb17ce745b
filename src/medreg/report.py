"""What became of each item of long work, and who is told about it while it runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


Mark = tuple[str, str]  # a file's path from the registry's root, and what tells its content


class Outcome(StrEnum):
    """What became of one file or case."""

    FETCHED = "fetched"
    CONVERTED = "converted"
    CHECKED = "checked"
    WRITTEN = "written"
    KEPT = "kept"  # was right already; nothing was done
    REPAIRED = "repaired"  # was there but wrong; made anew
    REFUSED = "refused"  # cannot become right; the reason is recorded
    FAILED = "failed"  # no answer: the work itself broke


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome for one *item*, with the reason when a person should look at it."""

    item: str
    outcome: Outcome
    reason: str = ""
    size: int = 0  # bytes moved or written
    exit_code: int = 0  # what the command ends with on account of this item
    shown: tuple[Mark, ...] = ()  # files that whoever asked reads next
    hint: str = ""  # what to type, of a failure

    @property
    def ok(self) -> bool:
        """Tell whether the item is now what it should be."""
        return self.outcome not in (Outcome.REFUSED, Outcome.FAILED)


def tally(answers: Iterable[Answer]) -> str:
    """Count *answers* by outcome in the order of `Outcome`.

    >>> tally([Answer("a", Outcome.KEPT), Answer("b", Outcome.KEPT)])
    '2 kept'
    """
    counts = Counter(answer.outcome for answer in answers)
    return ", ".join(f"{counts[o]} {o}" for o in Outcome if counts[o]) or "nothing to do"


class Progress(Protocol):
    """Told what happens: the command line draws it, tests collect it."""

    def start(self, task: str, total: int, unit: str = "cases") -> None:
        """Announce *total* items (or bytes, when *unit* is ``"B"``) of work named *task*."""

    def moved(self, size: int) -> None:
        """Report *size* more bytes of the item under way."""

    def piece(self, item: str, done: int, whole: int) -> None:
        """Report that *done* of the *whole* bytes of a large *item* are here; all: it is over."""

    def answered(self, answer: Answer) -> None:
        """Report that one item is over."""

    def finish(self) -> None:
        """End the task that was started last."""


class Silent:
    """A `Progress` that nobody watches."""

    def start(self, task: str, total: int, unit: str = "cases") -> None:
        """Ignore it."""

    def moved(self, size: int) -> None:
        """Ignore it."""

    def piece(self, item: str, done: int, whole: int) -> None:
        """Ignore it."""

    def answered(self, answer: Answer) -> None:
        """Ignore it."""

    def finish(self) -> None:
        """Ignore it."""


@dataclass(frozen=True, slots=True)
class StageReport:
    """All answers of one stage, in natural order of their items."""

    stage: str
    name: str
    answers: Sequence[Answer]

    @property
    def refused(self) -> tuple[Answer, ...]:
        """The items that a person should look at."""
        return tuple(a for a in self.answers if a.outcome is Outcome.REFUSED)

    @property
    def failed(self) -> tuple[Answer, ...]:
        """The items that got no answer."""
        return tuple(a for a in self.answers if a.outcome is Outcome.FAILED)

    @property
    def exit_code(self) -> int:
        """The exit code of the gravest answer, in the order of `medreg.errors`."""
        return max((a.exit_code for a in self.answers), default=0)

    @property
    def changed(self) -> bool:
        """Tell whether anything was done that had not been done before."""
        return any(a.outcome is not Outcome.KEPT for a in self.answers)
