"""Everything in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.engine.tasks import answered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.engine.tasks import Task, Work
    from medreg.report import Answer


class Inline:
    """Everything in this process, one task after the other."""

    def reached(self) -> str:
        """Return where the work is done."""
        return "inline, one case after the other"

    def map(self, work: Work, tasks: Sequence[Task], at_once: int = 0) -> Iterator[Answer]:  # noqa: ARG002  # one at a time
        """Yield one answer per task."""
        for task in tasks:
            yield answered(work, task)
