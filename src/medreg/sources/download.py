"""Bring one file that a server has: kept, taken from what a person has, or downloaded."""

from __future__ import annotations

import os
from contextlib import closing
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
from medreg.files.hashing import CHUNK
from medreg.model import FetchJob, FileRecord
from medreg.report import Answer, Outcome
from medreg.sources.gather import offered
from medreg.sources.items import OneFile
from medreg.sources.partial import Partial
from medreg.sources.patience import redacted
from medreg.sources.pool import far
from medreg.sources.records import Content, differs, held
from medreg.sources.remote import Remote, hasher

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medreg.sources.web import Move

BY_HAND = "by hand"  # where a person's file is from
# of several mirrors' failures, the first of these says best what to do
TELLING = (Transient, ActionNeeded, CannotHere, BytesDiffer, Refused, NotFound)


@dataclass(frozen=True, slots=True)
class Download:
    """The file *remote*, brought by *move*; *moved* is told of its bytes."""

    remote: Remote
    job: FetchJob
    move: Move
    moved: Callable[[int], None]

    @property
    def name(self) -> str:
        """Its path in the raw folder."""
        return self.remote.path

    @property
    def known(self) -> FileRecord | None:
        """The file's record, if it was fetched before."""
        return self.job.known.get(self.name)

    def bring(self) -> tuple[FileRecord, Answer]:
        """Have the file whole in the raw folder; raises as `Http.fetch`."""
        target, remote = self.job.into / self.name, self.remote
        named = self.job.hashed is not None
        copy = self.job.copy() if self.job.copy else None
        part = Partial(self.job.scratch / self.name, remote, named=named, copy=copy)
        with closing(part), machine_errors(target):
            here = held(self.job, self.name, self.moved)
            record = self._kept(here, part) if here else None
            if record:
                return record, Answer(self.name, Outcome.KEPT, self._note())
            self._refuse_replaced()
            with far(self.name) as come:

                def came(size: int) -> None:
                    self.moved(size)
                    self.job.pace(size)
                    come(part.size, part.total)

                record = self._given(part) or self._downloaded(part, came)
            part.finished(record)
            self._place(part, target)
            if self.job.hashed:
                self.job.hashed(target, part.digest("md5"))
                part.keep_copy()
        outcome = Outcome.REPAIRED if here else Outcome.FETCHED
        return record, Answer(self.name, outcome, remote.note, size=record.size)

    def _place(self, part: Partial, target: Path) -> None:
        """Let the whole file be *target*; missing folders are made."""
        proved = self.known or self.remote.kind or part.noted
        put = os.replace if proved else finish
        try:
            put(part.file, target)  # should power fail, the next run sees what is lost
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            put(part.file, target)

    def _kept(self, here: Content, part: Partial) -> FileRecord | None:
        """Return the record of the file that is *here*, if it is the right one."""
        noted = part.record()
        if noted and not self.known and noted.source not in (BY_HAND, *self._sources()):
            return None  # it came from where the plugin looks no more
        record = self.known or noted
        if record:
            return record if here.matches(record) else None
        if self.remote.size not in (None, here.size):
            return None
        if self.remote.kind and not self.remote.proved(self._file_digest()):
            return None
        return self._record(here, self.remote.source, "")

    def _sources(self) -> list[str]:
        return [redacted(url) for url in self.remote.urls]

    def _file_digest(self) -> str:
        digest = hasher(self.remote.kind, self.remote.size)
        with (self.job.into / self.name).open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    def _replaced(self) -> bool:
        """Tell whether the publisher's checksum is another than the one on record."""
        record = self.known
        kind = record.checksum.partition(":")[0] if record else ""
        if not record or not self.remote.kind:
            return False
        if self.remote.kind == "sha256":
            return not self.remote.proved(record.sha256)
        return kind == self.remote.kind and not self.remote.proved(record.checksum[len(kind) + 1 :])

    def _note(self) -> str:
        """Return what a person should know of a file that is kept."""
        if self._replaced():
            return f"kept as recorded; the publisher has another one now ({self.remote.checksum})"
        return self.remote.note

    def _refuse_replaced(self) -> None:
        """Raise before bytes move that cannot be those on record."""
        if self.known and self._replaced() and self.job.given is None:
            raise BytesDiffer(
                f"{self.name} is not the file on record\n"
                f"  - {self.known.size:,} bytes  sha256 {self.known.sha256}  "
                f"on record since {self.known.date or '?'}\n"
                f"  + the publisher has {self.remote.checksum} now, at {self.remote.source}",
                hint="bring the recorded file with --from; or, if the new one is wanted, delete "
                "its row in files.csv, and fetch again",
            )

    def _record(self, content: Content, source: str, version: str) -> FileRecord:
        return self.known or FileRecord(
            path=self.name,
            size=content.size,
            sha256=content.sha256,
            source=source,
            checksum=self.remote.checksum,
            version=self.remote.version or (version if self.remote.size is None else ""),
            date=self.job.today,
        )

    def _given(self, part: Partial) -> FileRecord | None:
        """Take the file from where a person put it; None when it is not there."""
        if self.job.given is None:
            return None
        for name in self._names():
            for _, item in offered(escape(name), self.job.given, []):
                if isinstance(item, OneFile):
                    part.take(item.file, self.moved)
                    return self._record(self._verified(part, "given"), BY_HAND, "")
        return None

    def _names(self) -> list[str]:
        """Return the ends of its path, longest first; the last part alone where it tells."""
        steps = self.name.split("/")
        ends = ["/".join(steps[first:]) for first in range(len(steps))]
        return ends if self.remote.lone else ends[:-1]

    def _downloaded(self, part: Partial, came: Callable[[int], None]) -> FileRecord:
        failures: list[MedregError] = []
        for url in self.remote.urls:
            try:
                return self._from(url, part, came)
            except TELLING as failure:
                failures.append(failure)
        best = min(failures, key=lambda f: TELLING.index(type(f)))
        raise type(best)("\n".join(map(str, failures)), hint=best.hint, steps=best.steps)

    def _from(self, url: str, part: Partial, came: Callable[[int], None]) -> FileRecord:
        source, unproved = redacted(url), bool(self.known or self.remote.checksum)
        part.take_up(source, self.moved, unproved=unproved)
        version = self.move(url, part, came)
        joined = part.joined
        try:
            return self._record(self._verified(part, source), source, version)
        except (BytesDiffer, Refused):
            if not joined:
                raise
        part.begin("")  # two answers that do not fit together: once more, in one
        version = self.move(url, part, came)
        return self._record(self._verified(part, source), source, version)

    def _verified(self, part: Partial, source: str) -> Content:
        """Return what arrived in *part*; if it is not what was wanted, drop it and say so."""
        content = Content(part.size, part.digest("sha256"))
        try:
            if self.known and not content.matches(self.known):
                raise differs(content, self.known, f"from {source}")
            self._refuse_unproved(part, source)
            if not self.known and ending(self.name):
                open_archive(part.file, self.name).close()
        except MedregError:
            part.drop()
            raise
        return content

    def _refuse_unproved(self, part: Partial, source: str) -> None:
        size, kind = self.remote.size, self.remote.kind
        if not self.known and size not in (None, part.size):
            raise BytesDiffer(
                f"{self.name}: the publisher lists {size:,} bytes\n"
                f"  {source} gave {part.size:,} bytes"
            )
        if kind and not part.proof and not self.remote.proved(part.digest(kind)):
            raise BytesDiffer(
                f"{self.name}: the publisher's checksum is {self.remote.checksum}\n"
                f"  {source} gave {kind}:{part.digest(kind)}, {part.size:,} bytes"
            )
        kind, _, stated = part.proof.partition(":")
        if kind and part.digest(kind) != stated:
            raise BytesDiffer(
                f"{self.name}: {source} states {part.proof} of it\n"
                f"  and gave {kind}:{part.digest(kind)}, {part.size:,} bytes",
                hint="run the same command again: the line may have changed them",
            )
