"""Show that a command is at work of which nobody knows how far it is."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from medreg.api.watched import step
from medreg.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def working(task: str, *, quiet: bool) -> Iterator[None]:
    """Draw *task* as one step, unless *quiet*."""
    with progress(quiet=quiet) as bars, step(bars, task):
        yield
