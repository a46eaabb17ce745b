"""What has arrived of a download: it survives a kill, and is hashed while it grows."""

from __future__ import annotations

import json
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.files.atomic import write_bytes
from medreg.files.hashing import CHUNK, WRITE
from medreg.model import FileRecord
from medreg.sources.remote import hasher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from hashlib import _Hash

    from medreg.model.raw import Copy

LITTLE = 4 << 20  # bytes: faster asked for again than noted
AHEAD = 4  # chunks of a large file that wait to be hashed, while more arrive
_spare: list[bytearray] = []  # memory of files that are over: fresh memory costs more than a copy


def _memory() -> bytearray:
    try:
        return _spare.pop()
    except IndexError:
        return bytearray(CHUNK)


class Partial:
    """The bytes of one file in ``<name>.part``; ``<name>.json`` beside it says of what they are.

    *kinds* names the digests to compute beside sha256, of *whole* bytes. *validator* is the
    server's strong ETag, or its Last-Modified: bytes may be added only to a part with the same
    one. *joined* says that the bytes came in more than one answer, so that only a checksum proves
    them one file. *proof* is the checksum that the server states with its answer, where no *kinds*
    are asked for; *version* is its ETag, *total* how many bytes it says there are. *named* asks
    for the MD5 that DVC names it by, and *copy* is told of the bytes. A file of a *whole* of few
    bytes is not taken up again: it has no note.
    """

    def __init__(
        self,
        stem: Path,
        kinds: tuple[str, ...] = (),
        whole: int | None = None,
        *,
        named: bool = False,
        copy: Copy | None = None,
    ) -> None:
        self.file, self._note = Path(f"{stem}.part"), f"{stem}.json"
        self._asked, self._whole, self._copy = bool(kinds), whole, copy
        self._kinds = {"sha256", *kinds, *(["md5"] if named else [])}
        self.noted = whole is None or whole > LITTLE
        self.url = self.validator = self.proof = self.version = ""
        self.total = whole
        self._beside: dict[str, ThreadPoolExecutor] = {}  # one thread for each kind: in order
        self._ahead: deque[Future[None]] = deque()
        self._chunks: list[bytearray] = []  # the first is being filled, the last ones are hashed
        self._stale = False
        self._forget()

    def _forget(self) -> None:
        self._catch_up(0)
        self.size, self.joined = 0, False
        self._filled = self._written = 0  # bytes of the first chunk
        self._digests: dict[str, _Hash] = {}
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
                    self._hash_full()
                    moved(size)
            self.joined = self.size > 0
        else:
            self.begin("")

    def take(self, file: Path, moved: Callable[[int], None]) -> None:
        """Copy all of *file*."""
        self.url = ""
        self.begin("")
        with file.open("rb", buffering=0) as source, self.open() as stream:
            while size := source.readinto(self.room()):
                self.append(stream, size)
                moved(size)

    def begin(self, validator: str, proof: str = "", version: str = "") -> None:
        """Drop what arrived; what follows is the file that *validator* tells from others."""
        if self.noted:
            self.file.unlink(missing_ok=True)
        self._stale = True
        self.validator, self.proof = validator, "" if self._asked else proof
        self.version = version
        self._forget()
        if self.noted:
            answer = {"validator": validator, "proof": self.proof, "version": version}
            self._write_note({"url": self.url, **answer})

    @contextmanager
    def open(self) -> Iterator[FileIO]:
        """Open the file to append to it; missing folders are made."""
        mode = "wb" if self._stale else "ab"
        try:
            stream = FileIO(self.file, mode)
        except FileNotFoundError:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            stream = FileIO(self.file, mode)
        self._stale = False
        with stream:
            try:
                yield stream
            finally:
                self._write(stream)

    def room(self) -> memoryview:
        """Return where the next bytes of the file are to be put, before `append`."""
        if not self._chunks:
            self._chunks.append(_memory())
        return memoryview(self._chunks[0])[self._filled :]

    def append(self, stream: FileIO, size: int) -> None:
        """Take the *size* bytes that lie in `room`; *stream* is the file, open."""
        self._count(size)
        if self.noted or self._filled == CHUNK:
            self._write(stream)
        self._hash_full()

    def _count(self, size: int) -> None:
        self._filled += size
        self.size += size

    def _write(self, stream: FileIO) -> None:
        while self._written < self._filled:
            end = min(self._filled, self._written + WRITE)
            rest = memoryview(self._chunks[0])[self._written : end]
            self._written += stream.write(rest) or 0

    def _hash_full(self) -> None:
        if self._filled == CHUNK:
            self._hash()

    def _hash(self) -> None:
        """Hash the bytes of the first chunk; what comes next is put into another one."""
        if not self._digests:
            kinds = self._kinds | {self.proof.partition(":")[0] or "sha256"}
            self._digests = {k: hasher(k, self._whole) for k in sorted(kinds)}
        if not self._filled:
            return
        chunk = memoryview(self._chunks[0])[: self._filled]
        sinks: dict[str, _Hash | Copy] = {**self._digests}
        if self._copy:
            sinks["copy"] = self._copy
        for kind, sink in sinks.items():
            if not self.noted:
                sink.update(chunk)
                continue
            if kind not in self._beside:
                self._beside[kind] = ThreadPoolExecutor(1, f"medreg-{kind}")
            self._ahead.append(self._beside[kind].submit(sink.update, chunk))
        self._filled = self._written = 0
        if self.noted:
            self._catch_up(AHEAD * len(sinks))
            free = len(self._chunks) > AHEAD
            self._chunks.insert(0, self._chunks.pop() if free else _memory())

    def _catch_up(self, most: int) -> None:
        """Wait until at most so many chunks are not hashed yet."""
        while len(self._ahead) > most:
            self._ahead.popleft().result()

    def digest(self, kind: str) -> str:
        """Return a digest of all that arrived, in hex."""
        self._hash()
        self._catch_up(0)
        return self._digests[kind].hexdigest()

    def keep_copy(self) -> None:
        """Keep the second copy, of the whole file."""
        if self._copy:
            self._copy.keep(self.digest("md5"))

    def close(self) -> None:
        """Let go of memory and threads, and of a copy that was not kept."""
        if self._ahead:
            wait(self._ahead)
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
            self._write_note({"record": asdict(record)})

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
