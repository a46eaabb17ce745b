"""Files that lie on a disk that this machine sees."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from medreg.errors import ActionNeeded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer


@dataclass(frozen=True, slots=True)
class Local:
    """A folder, a zip, a tar or a single file.

    *path* is absolute, below ``~``, or relative to the registry's root. Everything in a folder is
    taken: archives stay packed, loose DICOM becomes one stored zip per series. ``--from`` puts
    another folder or file in its place.
    """

    path: str

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the path as declared."""
        return (self.path,)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Take everything, file by file.

        Files that are on record are kept when *path* is gone. Raises `ActionNeeded` when files
        are missing, `BytesDiffer` when one is not the one on record, `Refused` for a damaged
        archive.
        """
        from medreg.sources import gather

        place = job.given or self._place(job)
        found = gather.everything(place, job)
        yield from gather.bring(job, [found], f"local:{self.path}")
        missing = found.missing(job)
        if missing:
            raise ActionNeeded(
                f"missing in {place}: {', '.join(missing)}",
                steps=(f"Put the files in {place}.",),
            )

    def _place(self, job: FetchJob) -> Path:
        from medreg.settings import find_root

        path = Path(self.path).expanduser()
        return path if path.is_absolute() else find_root(job.into) / path
