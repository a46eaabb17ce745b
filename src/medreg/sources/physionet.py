"""Files of a PhysioNet project."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal
from urllib.parse import urlsplit

from medreg.errors import ActionNeeded
from medreg.sources.choose import check_base, check_files, check_shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer
    from medreg.sources.remote import Remote

SUMS = "SHA256SUMS.txt"
THREADS = 4


@dataclass(frozen=True, slots=True)
class PhysioNet:
    """Files of *project* at *version*, proved by its ``SHA256SUMS.txt``.

    *files* are paths or glob patterns; all files when empty. A credentialed project needs a login
    in ``~/.netrc``, and the program ``wget``: PhysioNet answers no other with a password.
    """

    project: str
    version: str
    files: tuple[str, ...] = ()
    base_url: str = "https://physionet.org"
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        example = 'PhysioNet(project="mimic-cxr", version="2.0.0")'
        check_shape("PhysioNet", "project", self.project, r"[a-z0-9][\w.-]*", example)
        check_shape("PhysioNet", "version", self.version, r"[\w.-]+", example)
        check_files(self.files, "PhysioNet")
        check_base(self.base_url)

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the files as declared, or the project."""
        return self.files or (f"physionet:{self.project}/{self.version}",)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download what is not here; raises as `Http.fetch`, `ActionNeeded` without a login."""
        from medreg.sources import listed, wget
        from medreg.sources.web import asking, connected

        page = f"{self.base_url.rstrip('/')}/content/{self.project}/{self.version}"
        host = urlsplit(self.base_url).hostname
        steps = (
            f"Open {page}, log in, become credentialed, and sign its agreement.",
            f"Add to ~/.netrc: machine {host} login NAME password WORD",
        )
        name = f"physionet:{self.project}/{self.version}"
        with connected() as web, asking(f"{name} is not open to everybody", steps):
            try:
                move, sums = web.move, web.ask(f"{self._root}/{SUMS}").text
            except ActionNeeded as closed:
                if not wget.may_open(self._root):
                    raise
                move = wget.paced(job, THREADS)
                sums = wget.text(f"{self._root}/{SUMS}", job.scratch, closed)
            remotes = listed.pick(self._listed(sums), self.files, page)
            yield from listed.bring(job, remotes, move, threads=THREADS, files=self.files)

    @property
    def _root(self) -> str:
        return f"{self.base_url.rstrip('/')}/files/{self.project}/{self.version}"

    def _listed(self, sums: str) -> Iterator[Remote]:
        """Yield each file of ``SHA256SUMS.txt``: a digest and a path to a line."""
        from urllib.parse import quote

        from medreg.errors import NotFound
        from medreg.sources.remote import Remote

        for line in sums.splitlines():
            match = re.fullmatch(r"([0-9a-fA-F]{64}) [ *]?(?:\./)?(.+)", line.rstrip("\r"))
            if not match:
                raise NotFound(f"{self._root}/{SUMS} is no list of checksums: {line[:60]!r}")
            digest, path = match.groups()
            yield Remote(
                path,
                (f"{self._root}/{quote(path)}",),
                checksum=f"sha256:{digest.lower()}",
                version=self.version,
            )
