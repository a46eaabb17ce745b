"""Files that only a person can get: behind a registration, an agreement or a form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medreg.errors import ActionNeeded, DeclarationError
from medreg.sources.items import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer

MOST = 20  # of the files that were found, to be named
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Manual:
    """What a person downloads by hand and hands over with ``--from``.

    *files* are names as the publisher offers them: of archives, of folders, or glob patterns
    (``"imagesTr/*.nii.gz"``). *steps* tells how to get them, a sentence or a line per step.
    Archives stay packed; loose DICOM in a folder becomes one stored zip per series.
    """

    files: tuple[str, ...]
    steps: str

    def __post_init__(self) -> None:
        for name in self.files:
            if not name or name.startswith("/") or ".." in name.split("/") or "[" in name:
                raise DeclarationError(
                    f"a file to download is named relative to its folder, not {name!r}",
                    hint="patterns know *, ** and ?",
                )

    @property
    def access(self) -> Literal["manual"]:
        """Return ``"manual"``."""
        return "manual"

    def wanted(self) -> Sequence[str]:
        """Return the names a person looks for."""
        return self.files

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Take what is there, file by file, then ask for what is missing.

        A name is looked for in ``job.given`` (itself, in it, or one folder deeper) and among the
        raw files. Raises `ActionNeeded` with the steps, `BytesDiffer` when a file is not the one
        on record, `Refused` for a damaged archive.
        """
        from medreg.sources import gather

        found = gather.look_for(self.files, job)
        took = []
        for record, answer in gather.bring(job, found, "by hand"):
            took.append(record.path)
            yield record, answer
        missing = sorted({path for one in found for path in one.missing(job)})
        if missing:
            raise ActionNeeded(
                _report(self.files, took, missing)
                if took
                else f"to be downloaded by hand: {', '.join(missing)}",
                steps=steps(self.steps),
                hint=gather.advice(missing, job),
            )


def _report(expected: Sequence[str], found: Sequence[str], missing: Sequence[str]) -> str:
    """Lay out what was expected, what was found of it, and what is missing."""
    return (
        f"to be downloaded by hand: {', '.join(missing)}\n"
        f"  expected  {', '.join(expected)}\n"
        f"  found     {names(found, MOST)}\n"
        f"  missing   {', '.join(missing)}"
    )


def steps(text: str) -> tuple[str, ...]:
    """Split what a plugin tells a person to do: by line, or else by sentence.

    >>> steps("Register at example.org. Download both batches.")
    ('Register at example.org.', 'Download both batches.')
    """
    lines = text.strip().splitlines()
    parts = lines if len(lines) > 1 else SENTENCE_END.split(text)
    return tuple(part.strip() for part in parts if part.strip())
