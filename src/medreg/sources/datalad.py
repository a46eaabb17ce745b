"""Files of a DataLad dataset, such as those of OpenNeuro, through git and git-annex."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal
from urllib.parse import urlsplit

from medreg.errors import DeclarationError
from medreg.sources.choose import check_files, check_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer

THREADS = 2


@dataclass(frozen=True, slots=True)
class DataLad:
    """Files of the git repository *base_url* as the *tag* of a snapshot has them.

    *files* are paths or glob patterns; all files when empty. git-annex brings just these, and
    proves each by the digest in its key (``pip install 'medreg[datalad]'``); what lies in git
    itself is proved by git's own. The clone waits in scratch, and is no part of the raw files.
    """

    base_url: str
    tag: str
    files: tuple[str, ...] = ()
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in self.base_url:
            raise DeclarationError(
                f"DataLad: base_url={self.base_url!r} is no http or https address of a repository",
                hint='such as "https://github.com/OpenNeuroDatasets/ds000228.git"',
            )
        check_words("DataLad", tag=self.tag)
        if self.tag.startswith("-"):
            raise DeclarationError(f"DataLad: tag={self.tag!r} names no snapshot")
        check_files(self.files, "DataLad")

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the files as declared, or the snapshot."""
        return self.files or (f"{self.base_url}@{self.tag}",)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Bring what is not here; raises as `Http.fetch`, `CannotHere` without git-annex."""
        from medreg.sources import listed
        from medreg.sources.annex import clone

        job = replace(job, spread=None)  # one process runs git
        with clone(self.base_url, self.tag, job.scratch) as repository:
            where = f"{self.base_url}@{self.tag}"
            remotes = listed.pick(repository.remotes(), self.files, where)
            move = repository.move
            yield from listed.bring(job, remotes, move, threads=THREADS, files=self.files)
