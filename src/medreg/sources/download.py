"""Bring one file of an `Http` source: kept, taken from what a person has, or downloaded."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from typing import TYPE_CHECKING

from medreg.errors import (
    ActionNeeded,
    BytesDiffer,
    CannotHere,
    MedregError,
    NotFound,
    Refused,
    Transient,
)
from medreg.files.archive import ending, open_archive
from medreg.files.atomic import finish, machine_errors
from medreg.model import FetchJob, FileRecord
from medreg.report import Answer, Outcome
from medreg.sources.gather import offered
from medreg.sources.items import OneFile
from medreg.sources.partial import Partial
from medreg.sources.records import Content, differs, held
from medreg.sources.transfer import redacted, transfer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from requests import Session

# of several mirrors' failures, the first of these says best what to do
TELLING = (Transient, ActionNeeded, CannotHere, BytesDiffer, Refused, NotFound)


@contextmanager
def connections() -> Iterator[Callable[[], Session]]:
    """Yield what gives the HTTP session; it is made when first wanted, and closed at the end."""
    sessions: list[Session] = []

    def connect() -> Session:
        from requests import Session

        if not sessions:
            sessions.append(Session())
            sessions[0].headers["User-Agent"] = "medreg"
        return sessions[0]

    try:
        yield connect
    finally:
        for session in sessions:
            session.close()


@dataclass(frozen=True, slots=True)
class Download:
    """The file *name*, wanted from the first of *urls* that gives it."""

    name: str
    urls: Sequence[str]
    checksum: str  # the publisher's, or empty
    job: FetchJob
    connect: Callable[[], Session]

    @property
    def known(self) -> FileRecord | None:
        """The file's record, if it was fetched before."""
        return self.job.known.get(self.name)

    def bring(self) -> tuple[FileRecord, Answer]:
        """Have the file whole in the raw folder; raises as `Http.fetch`."""
        target, kind = self.job.into / self.name, self.checksum.partition(":")[0]
        part = Partial(self.job.scratch / self.name, kinds=(kind,) if kind else ())
        with machine_errors(target):
            here = held(self.job, self.name)
            record = self._kept(here, part) if here else None
            if record:
                return record, Answer(self.name, Outcome.KEPT)
            record = self._given(part) or self._downloaded(part)
            part.finished(record)
            target.parent.mkdir(parents=True, exist_ok=True)
            finish(part.file, target)
        outcome = Outcome.REPAIRED if here else Outcome.FETCHED
        return record, Answer(self.name, outcome, size=record.size)

    def _kept(self, here: Content, part: Partial) -> FileRecord | None:
        """Return the record of the file that is *here*, if it is the right one."""
        record = self.known or part.record()
        if record:
            return record if here.matches(record) else None
        if self.checksum and not self._proved(self._file_digest()):
            return None
        return self._record(here, redacted(self.urls[0]), "")

    def _file_digest(self) -> str:
        kind = self.checksum.partition(":")[0]
        with (self.job.into / self.name).open("rb") as stream:
            return hashlib.file_digest(
                stream, lambda: hashlib.new(kind, usedforsecurity=False)
            ).hexdigest()

    def _proved(self, digest: str) -> bool:
        return digest == self.checksum.partition(":")[2].lower()

    def _record(self, content: Content, source: str, version: str) -> FileRecord:
        return self.known or FileRecord(
            path=self.name,
            size=content.size,
            sha256=content.sha256,
            source=source,
            checksum=self.checksum,
            version=version,
            date=self.job.today,
        )

    def _given(self, part: Partial) -> FileRecord | None:
        """Take the file from where a person put it; None when it is not there."""
        if self.job.given is None:
            return None
        name = escape(self.name.rpartition("/")[2])
        for _, item in offered(name, self.job.given, []):
            if isinstance(item, OneFile):
                part.take(item.file, self.job.progress.moved)
                return self._record(self._verified(part, "given"), "by hand", "")
        return None

    def _downloaded(self, part: Partial) -> FileRecord:
        failures: list[MedregError] = []
        for url in self.urls:
            try:
                return self._from(url, part)
            except TELLING as failure:
                failures.append(failure)
        best = min(failures, key=lambda f: TELLING.index(type(f)))
        raise type(best)("\n".join(map(str, failures)), hint=best.hint, steps=best.steps)

    def _from(self, url: str, part: Partial) -> FileRecord:
        source, moved = redacted(url), self.job.progress.moved
        part.take_up(source, moved, unproved=bool(self.known or self.checksum))
        while True:
            version = transfer(self.connect(), url, part, moved)
            joined = part.joined
            try:
                return self._record(self._verified(part, source), source, version)
            except (BytesDiffer, Refused):
                if not joined:
                    raise
                part.begin("")  # two answers that do not fit together: once more, in one

    def _verified(self, part: Partial, source: str) -> Content:
        """Return what arrived in *part*; if it is not what was wanted, drop it and say so."""
        content = Content(part.size, part.digest("sha256"))
        try:
            if self.known and not content.matches(self.known):
                raise differs(content, self.known, f"from {source}")
            kind, _, value = self.checksum.partition(":")
            if kind and not self._proved(part.digest(kind)):
                raise BytesDiffer(
                    f"{self.name}: the publisher's checksum is {kind}:{value}\n"
                    f"  {source} gave {kind}:{part.digest(kind)}, {part.size:,} bytes"
                )
            if not self.known and ending(self.name):
                open_archive(part.file, self.name).close()
        except MedregError:
            part.drop()
            raise
        return content
