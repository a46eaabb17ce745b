"""Tell how far work is that asks no engine: items one after the other, or one step."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from medreg.report import Answer, Outcome, Silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from medreg.report import Progress

Item = TypeVar("Item")


def along(
    progress: Progress | None,
    task: str,
    names: Sequence[str],
    results: Iterable[Item],
    outcome: Outcome = Outcome.CHECKED,
) -> Iterator[Item]:
    """Yield *results*, one for each of *names*, as they come."""
    bars = progress or Silent()
    bars.start(task, len(names))
    try:
        for name, result in zip(names, results, strict=True):
            bars.answered(Answer(name, outcome))
            yield result
    finally:
        bars.finish()


@contextmanager
def step(progress: Progress | None, task: str) -> Iterator[None]:
    """Tell that *task* is under way, of which nobody knows how far it is."""
    bars = progress or Silent()
    bars.start(task, 1, "step")
    try:
        yield
        bars.answered(Answer(task, Outcome.WRITTEN))
    finally:
        bars.finish()
