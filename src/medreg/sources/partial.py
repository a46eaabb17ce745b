"""What has arrived of a download: it survives a kill, and is hashed while it grows."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.files.atomic import write_bytes
from medreg.files.growing import AGAIN, FURTHER, Growing
from medreg.files.hashing import CHUNK
from medreg.model import FileRecord
from medreg.sources.remote import Remote, hasher
from medreg.sources.stated import CHEAP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from medreg.model.raw import Copy
    from medreg.sources.remote import Digest

LITTLE = 4 << 20  # bytes: faster asked for again than noted
EVERY = 1.0  # seconds of a slow line that a kill may lose
AHEAD = 4  # chunks of a large file that wait to be written and hashed, while more arrive
_spare: list[mmap] = []  # memory of files that are over: fresh memory costs more than a copy
os.register_at_fork(after_in_child=_spare.clear)  # it is the parent's, too


def _memory() -> mmap:
    try:
        return _spare.pop()
    except IndexError:
        return mmap(-1, CHUNK)  # begins at a page; shared, as open(2) wants of direct writes


class Partial:
    """The bytes of one file in ``<name>.part``; ``<name>.json`` beside it says of what they are.

    *remote* is what the publisher lists: the digest of its checksum is computed beside sha256, and
    with *named* the MD5 that DVC names the file by; *copy* is told of the bytes. A file that is
    listed with few bytes is not taken up again: it has no note.

    *validator* is the server's strong ETag, or its Last-Modified: bytes may be added only to a part
    with the same one. *joined* says that the bytes came in more than one answer, so that only a
    checksum proves them one file. *version* is the answer's ETag, *total* how many bytes it says
    there are. *proof* is the checksum that the answer states: where none is listed, or in place of
    the one listed, if it is cheap and the ETag is the one listed, too.
    """

    def __init__(
        self,
        stem: Path,
        remote: Remote | None = None,
        *,
        named: bool = False,
        copy: Copy | None = None,
    ) -> None:
        self.file, self._note = Path(f"{stem}.part"), f"{stem}.json"
        self._remote, self._copy = remote or Remote("", ()), copy
        self._kinds = {"sha256", *(["md5"] if named else [])}
        self.total = whole = self._remote.size
        self.noted = whole is None or whole > LITTLE
        self.url = self.validator = self.proof = self.version = ""
        self._beside: dict[str, ThreadPoolExecutor] = {}  # one thread for each sink: in order
        self._ahead: deque[list[Future[None]]] = deque()  # what is to do on each chunk
        self._chunks: list[mmap] = []  # the first is being filled, others are written and hashed
        self._stream: Growing | None = None
        self._stale, self._due = False, 0.0
        self._forget()

    def _forget(self) -> None:
        self._catch_up(0)
        self.size, self.joined = 0, False
        self._filled = self._written = 0  # bytes of the first chunk
        self._digests: dict[str, Digest] = {}
        if self._copy:
            self._copy.drop()

    def take_up(self, url: str, moved: Callable[[int], None], *, unproved: bool) -> None:
        """Go on with what an earlier run left of *url*, or begin anew.

        *unproved* says that a part without a validator is welcome: the whole will be verified.
        """
        note = self._read_note()
        self.proof, self.version = str(note.get("proof", "")), str(note.get("version", ""))
        self._forget()
        self.url, self.validator = url, str(note.get("validator", ""))
        if note.get("url") == url and (self.validator or unproved) and self.file.is_file():
            with self.file.open("rb", buffering=0) as stream:
                while size := stream.readinto(self.room()):
                    self._count(size)
                    self._written = self._filled
                    self._pass_full()
                    moved(size)
            self.joined = self.size > 0
        else:
            self.begin("")

    def take(self, file: Path, moved: Callable[[int], None]) -> None:
        """Copy all of *file*."""
        self.url = ""
        self.begin("")
        with file.open("rb", buffering=0) as source, self.open():
            while size := source.readinto(self.room()):
                self.append(size)
                moved(size)

    def begin(self, validator: str, proof: str = "", version: str = "") -> None:
        """Drop what arrived; what follows is the file that *validator* tells from others."""
        if self.noted:
            self.file.unlink(missing_ok=True)
        self._stale = True
        same = bool(version) and version == self._remote.version
        instead = same and proof.partition(":")[0] in CHEAP
        self.validator, self.version = validator, version
        self.proof = proof if instead or not self._remote.checksum else ""
        self._forget()
        if self.noted:
            answer = {"validator": validator, "proof": self.proof, "version": version}
            self._write_note({"url": self.url, **answer})

    @contextmanager
    def open(self) -> Iterator[None]:
        """Open the file, for `append`; missing folders are made."""
        mode = AGAIN if self._stale else FURTHER
        try:
            self._stream = Growing(self.file, mode)
        except FileNotFoundError:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._stream = Growing(self.file, mode)
        self._stale, self._due = False, time.monotonic() + EVERY
        try:
            yield
        finally:
            try:
                self._catch_up(0)
                self._stream.write(self._unwritten())
            finally:
                self._stream.close()
                self._stream = None

    def room(self) -> memoryview:
        """Return where the next bytes of the file are to be put, before `append`."""
        if not self._chunks:
            self._chunks.append(_memory())
        return memoryview(self._chunks[0])[self._filled :]

    def append(self, size: int) -> None:
        """Take the *size* bytes that lie in `room`, while the file is open.

        They are written by the chunk; of a file that can be taken up, now and then before.
        """
        self._count(size)
        self._pass_full()
        if self.noted and self._stream and time.monotonic() > self._due:
            self._due = time.monotonic() + EVERY
            rest = partial(self._stream.write, self._unwritten())
            self._ahead.append([self._thread("file").submit(rest)])

    def _count(self, size: int) -> None:
        self._filled += size
        self.size += size

    def _unwritten(self) -> memoryview:
        """Return the bytes of the first chunk that are not in the file; they count as written."""
        start, self._written = self._written, self._filled
        whole = memoryview(self._chunks[0] if self._chunks else b"")
        return whole[start : self._filled]

    def _pass_full(self) -> None:
        if self._filled == CHUNK:
            self._pass_on()

    def _pass_on(self) -> None:
        """Write and hash the bytes of the first chunk; what comes next is put into another one.

        A large file has a thread for each of it, and more bytes arrive meanwhile.
        """
        if not self._digests:
            kind = (self.proof or self._remote.checksum).partition(":")[0]
            kinds = sorted(filter(None, {*self._kinds, kind}))
            self._digests = {k: hasher(k, self._remote.size) for k in kinds}
        if not self._filled:
            return
        chunk = memoryview(self._chunks[0])[: self._filled]
        work: dict[str, Callable[[], None]] = {
            kind: partial(digest.update, chunk) for kind, digest in self._digests.items()
        }
        if self._copy:
            work["copy"] = partial(self._copy.update, chunk)
        if self._stream:
            work["file"] = partial(self._stream.write, self._unwritten())
        self._filled = self._written = 0
        if not self.noted:
            for do in work.values():
                do()
            return
        self._ahead.append([self._thread(name).submit(do) for name, do in work.items()])
        self._catch_up(AHEAD)
        free = len(self._chunks) > AHEAD
        self._chunks.insert(0, self._chunks.pop() if free else _memory())

    def _thread(self, name: str) -> ThreadPoolExecutor:
        if name not in self._beside:
            self._beside[name] = ThreadPoolExecutor(1, f"medreg-{name}")
        return self._beside[name]

    def _catch_up(self, most: int) -> None:
        """Wait until at most so many chunks are still to be written or hashed."""
        while len(self._ahead) > most:
            for done in self._ahead.popleft():
                done.result()

    def digest(self, kind: str) -> str:
        """Return a digest of all that arrived, in hex."""
        self._pass_on()
        self._catch_up(0)
        return self._digests[kind].hexdigest()

    def keep_copy(self) -> None:
        """Keep the second copy, of the whole file."""
        if self._copy:
            self._copy.keep(self.digest("md5"))

    def close(self) -> None:
        """Let go of memory and threads, and of a copy that was not kept."""
        wait([future for chunk in self._ahead for future in chunk])
        for thread in self._beside.values():
            thread.shutdown(wait=False)
        self._beside.clear()
        _spare.extend(self._chunks)
        self._chunks = []
        if self._copy:
            self._copy.drop()

    def drop(self) -> None:
        """Remove part and note."""
        self.file.unlink(missing_ok=True)
        Path(self._note).unlink(missing_ok=True)

    def finished(self, record: FileRecord) -> None:
        """Note the *record*, for a run that is killed before it is in files.csv."""
        if self.noted:
            self._write_note({**self._read_note(), "record": asdict(record)})

    def record(self) -> FileRecord | None:
        """Return the record that `finished` noted, if any."""
        note = self._read_note().get("record")
        return FileRecord(**note) if isinstance(note, dict) else None

    def _read_note(self) -> Mapping[str, object]:
        if not self.noted or not (file := Path(self._note)).is_file():
            return {}
        note: Mapping[str, object] = json.loads(file.read_bytes())
        return note

    def _write_note(self, note: Mapping[str, object]) -> None:
        write_bytes(Path(self._note), json.dumps(note, sort_keys=True).encode())
