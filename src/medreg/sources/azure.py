"""Blobs of an Azure container, opened by an address that somebody gives to a person."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal
from urllib.parse import urlsplit

from medreg.errors import ActionNeeded, DeclarationError
from medreg.sources.choose import check_base, check_files, check_shape, prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer
    from medreg.sources.partial import Partial

THREADS = 4


@dataclass(frozen=True, slots=True)
class AzureSas:
    """Blobs of a container, all or those that *files* names.

    A person gets the container's address, signature and all, after they agree to the terms
    (*steps*: a sentence or a line per step), and puts it into the environment variable
    *variable*. It is never stored. *container* is the address without its signature: what a
    record names, and what the given one must lead to where it is stated.
    """

    steps: str
    files: tuple[str, ...] = ()
    container: str = ""
    variable: str = "MEDREG_SAS_URL"
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_files(self.files, "AzureSas")
        check_shape("AzureSas", "variable", self.variable, r"[A-Z][A-Z0-9_]+", "AIMI_SAS_URL")
        if not self.steps.strip():
            raise DeclarationError("AzureSas: steps= says how a person gets the address")
        if self.container:
            check_base(self.container)

    @property
    def access(self) -> Literal["manual"]:
        """Return ``"manual"``: a person gets the address."""
        return "manual"

    def wanted(self) -> Sequence[str]:
        """Return the files as declared, or the container."""
        return self.files or (self.container or "azure:container",)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download what is not here; raises as `Http.fetch`, `ActionNeeded` without an address."""
        from medreg.sources import listed
        from medreg.sources.buckets import azure_blobs
        from medreg.sources.manual import Manual, steps
        from medreg.sources.web import asking, connected

        told = (*steps(self.steps), f"export {self.variable}='https://...?...sig=...'")
        address = os.environ.get(self.variable, "").strip()
        place = urlsplit(address)._replace(query="", fragment="").geturl().rstrip("/")
        if not place and job.given and self.files:
            yield from Manual(self.files, self.steps).fetch(job)
            return
        if not place or (self.container and place != self.container.rstrip("/")):
            wrong = f"{self.variable} leads to {place}, not to {self.container}"
            raise ActionNeeded(
                wrong if place else f"the address of the container is not in {self.variable}",
                steps=told,
            )
        signature = urlsplit(address).query
        with connected() as web, asking(f"{place} is closed, or its address has expired", told):

            def move(url: str, part: Partial, moved: Callable[[int], None]) -> str:
                return web.move(f"{url}?{signature}", part, moved)

            blobs = (
                blob
                for prefix in prefixes(self.files)
                for blob in azure_blobs(web, place, signature, prefix)
            )
            remotes = listed.pick(blobs, self.files, place)
            yield from listed.bring(job, remotes, move, threads=THREADS, files=self.files)
