"""A place that has many datasets: nothing to fetch by itself, but a way in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medreg.errors import ActionNeeded
from medreg.sources.manual import steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer


@dataclass(frozen=True, slots=True)
class Portal:
    """An archive, benchmark or hub. *steps* is the way in, a sentence or a line per step."""

    steps: str

    @property
    def access(self) -> Literal["portal"]:
        """Return ``"portal"``."""
        return "portal"

    def wanted(self) -> Sequence[str]:
        """Return nothing: what is fetched are the datasets that it has."""
        return ()

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Raise `ActionNeeded` with the way in."""
        raise ActionNeeded(
            f"{job.into.parent.name} is a portal of many datasets, and none itself",
            steps=steps(self.steps),
        )
