"""Draw progress on stderr: a bar per task on a terminal, one line per task elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from medreg.cli.table import say
from medreg.cli.table import size as of_bytes
from medreg.report import Answer, Outcome, Progress, Silent, tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import rich.progress


OFTEN = 60.0  # seconds between two lines of a log about the same bytes
NARROW = 72  # columns; below, names and numbers alone are drawn
NAME = 32  # letters, at most, of an item's name
FAST = 1000  # items a second; of more, all digits before the point are told
PIECES = 4  # large files under way that have a bar of their own


class Lines(Silent):
    """Progress where nobody watches live, such as a log: one line when a task ends."""

    def __init__(self) -> None:
        self._task = ""
        self._unit = ""
        self._began = self._told = 0.0
        self._total = self._moved = 0
        self._answers: list[Answer] = []

    def start(self, task: str, total: int, unit: str = "cases") -> None:
        """Remember the task; bytes that move are part of the one before."""
        self._total, self._moved, self._told = total if unit == "B" else 0, 0, time.monotonic()
        if unit != "B":
            self._task, self._unit, self._began, self._answers = task, unit, time.monotonic(), []

    def moved(self, size: int) -> None:
        """Say how far bytes have come, once in a while."""
        self._moved += size
        now = time.monotonic()
        if self._total and now - self._told > OFTEN:
            self._told = now
            rate = self._moved / max(now - self._began, 1e-6)
            left = max(0, self._total - self._moved) / max(rate, 1)
            say(
                f"{self._task}  {of_bytes(self._moved)} of {of_bytes(self._total)}  "
                f"{of_bytes(rate)}/s  {left / 60:.0f} min left"
            )

    def answered(self, answer: Answer) -> None:
        """Count it; what went wrong is listed when the command ends."""
        self._answers.append(answer)

    def finish(self) -> None:
        """Say what became of the items."""
        if self._answers:
            spent = time.monotonic() - self._began
            say(f"{self._task}  {_told(self._unit, self._answers)}  {spent:.1f} s")
            self._answers = []


def _told(unit: str, answers: Sequence[Answer]) -> str:
    """Count what became of items; a step is done, or was already as it should be."""
    if unit != "step":
        return tally(answers)
    return "ok" if all(answer.outcome is Outcome.KEPT for answer in answers) else "done"


class Ticker(Silent):
    """Progress in one line of a terminal that the next line of output takes over."""

    def start(self, task: str, total: int, unit: str = "cases") -> None:
        """Show what is under way."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K... {task}  {total} {'bytes' if unit == 'B' else unit}\r")
            sys.stderr.flush()

    def clear(self) -> None:
        """Give the line back."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class Bars:
    """Progress on a terminal: done of total, rate and remaining time, of large files as well."""

    def __init__(self, bars: rich.progress.Progress) -> None:
        self._bars = bars
        self._id: rich.progress.TaskID | None = None
        self._unit = ""
        self._task = ""
        self._answers: list[Answer] = []
        self._total = self._moved = 0
        self._began = 0.0
        self._pieces: dict[str, rich.progress.TaskID] = {}

    def start(self, task: str, total: int, unit: str = "cases") -> None:
        """Show a new bar."""
        self._clear()
        self._task, self._unit, self._answers = task, unit, []
        self._total, self._moved, self._began = total, 0, time.monotonic()
        self._id = self._bars.add_task(task, total=total, unit=unit, moved="")

    def moved(self, size: int) -> None:
        """Advance a bar that counts bytes; beside one that counts items, say how many came."""
        if self._id is None:
            return
        if self._unit == "B":
            self._bars.advance(self._id, size)
            return
        self._moved += size
        rate = self._moved / max(time.monotonic() - self._began, 1e-6)
        told = f"{of_bytes(self._moved)}  {of_bytes(rate)}/s"
        self._bars.update(self._id, moved=told)

    def piece(self, item: str, done: int, whole: int) -> None:
        """Show how far a large item is, below the others, until it is whole."""
        if item in self._pieces:
            self._bars.update(self._pieces[item], completed=done, total=whole)
            if done >= whole:
                self._bars.remove_task(self._pieces.pop(item))
        elif done < whole and len(self._pieces) < PIECES:
            name = f"  {item if len(item) <= NAME else f'...{item[3 - NAME :]}'}"
            self._pieces[item] = self._bars.add_task(
                name, total=whole, completed=done, unit="B", moved=""
            )

    def _clear(self) -> None:
        while self._pieces:
            self._bars.remove_task(self._pieces.popitem()[1])

    def answered(self, answer: Answer) -> None:
        """Advance a bar that counts items; name what went wrong above it."""
        self._answers.append(answer)
        if self._id is not None:
            if self._unit != "B":
                self._bars.advance(self._id)
            last = f"{self._task}  {answer.item[-NAME:]}"
            self._bars.update(self._id, description=last)
        if not answer.ok:
            from rich.text import Text  # a reason may hold brackets, which are markup elsewhere

            color = "red" if answer.outcome is Outcome.FAILED else "yellow"
            word = (str(answer.outcome), color)
            self._bars.console.print(Text.assemble(word, f" {answer.item}: {answer.reason}"))

    def finish(self) -> None:
        """Leave the finished bar with its tally; none where work was interrupted at once."""
        self._clear()
        if self._id is not None and (self._answers or not self._total):
            told = _told(self._unit, self._answers)
            self._bars.update(self._id, description=f"{self._task}  {told}")


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Yield the progress that suits stderr: bars on a terminal, lines in a log, or none."""
    if quiet:
        yield Silent()
    elif not sys.stderr.isatty():
        yield Lines()
    else:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            MofNCompleteColumn,
            ProgressColumn,
            Task,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )
        from rich.progress import Progress as RichProgress
        from rich.table import Column
        from rich.text import Text

        counted, bytes_of, speed = MofNCompleteColumn(), DownloadColumn(), TransferSpeedColumn()

        class Counts(ProgressColumn):
            def render(self, task: Task) -> Text:
                if task.fields.get("unit") != "B":
                    if narrow:
                        return counted.render(task)
                    rate = task.finished_speed or task.speed
                    form = ".3g" if (rate or 0) < FAST else ",.0f"
                    each = f"  {rate:{form}}/s" if rate else ""
                    return Text.assemble(counted.render(task), each, f"  {task.fields['moved']}")
                rate_of = Text() if narrow else Text.assemble("  ", speed.render(task))
                return Text.assemble(bytes_of.render(task), rate_of)

        console = Console(stderr=True)
        narrow = console.width < NARROW
        left = TimeRemainingColumn(elapsed_when_finished=True)
        with RichProgress(
            TextColumn("{task.description}"),
            *(() if narrow else (BarColumn(bar_width=24),)),
            Counts(table_column=Column(no_wrap=True)),
            *(() if narrow else (left,)),
            console=console,
            redirect_stdout=False,  # it is data; and colorama, of DVC, holds on to what it is now
        ) as bars:
            yield Bars(bars)
