"""Compare bytes with their record, and say how they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import BytesDiffer
from medreg.files.hashing import sha256_file, unwatched
from medreg.model import FetchJob, FileRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Content:
    """What identifies the bytes of one file."""

    size: int
    sha256: str

    @classmethod
    def of(cls, file: Path, moved: Callable[[int], None] = unwatched) -> Content:
        """Read *file*."""
        return cls(file.stat().st_size, sha256_file(file, moved))

    def matches(self, record: FileRecord) -> bool:
        """Tell whether these are the recorded bytes."""
        return self.sha256 == record.sha256


def held(job: FetchJob, path: str, moved: Callable[[int], None] | None = None) -> Content | None:
    """Read the raw file *path* that is there already; None when there is none."""
    file = job.into / path
    return Content.of(file, moved or job.progress.moved) if file.is_file() else None


def differs(content: Content, known: FileRecord, where: str) -> BytesDiffer:
    """Return the error for *content*, found at *where*, which is not what is on record."""
    return BytesDiffer(
        f"{known.path} is not the file on record\n"
        f"  - {known.size:,} bytes  sha256 {known.sha256}  on record since {known.date or '?'}\n"
        f"  + {content.size:,} bytes  sha256 {content.sha256}  {where}",
        hint="bring the recorded file; or, if the publisher replaced it, delete its row in "
        "files.csv and its copy in raw/, and fetch again",
    )


def new_record(path: str, content: Content, source: str, today: str) -> FileRecord:
    """Return the record of a file that was never fetched before."""
    return FileRecord(
        path=path, size=content.size, sha256=content.sha256, source=source, date=today
    )
