"""What has arrived of a download: it survives a kill, and is hashed while it grows."""

from __future__ import annotations

import json
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO

from medreg.files.atomic import write_bytes
from medreg.files.hashing import CHUNK
from medreg.model import FileRecord
from medreg.sources.remote import hasher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LITTLE = 4 << 20  # bytes: faster asked for again than noted
AHEAD = 8  # chunks of a large file that wait to be hashed, while more arrive


class Partial:
    """The bytes of one file in ``<name>.part``; ``<name>.json`` beside it says of what they are.

    *kinds* names the digests to compute beside sha256, of *whole* bytes. *validator* is the
    server's strong ETag, or its Last-Modified: bytes may be added only to a part with the same
    one. *joined* says that the bytes came in more than one answer, so that only a checksum proves
    them one file. *proof* is the checksum that the server states with its answer, where no *kinds*
    are asked for; *version* is its ETag. *named* asks for the MD5 that DVC names it by. A file of
    a *whole* of few bytes is not taken up again: it has no note.
    """

    def __init__(
        self,
        stem: Path,
        kinds: tuple[str, ...] = (),
        whole: int | None = None,
        *,
        named: bool = False,
    ) -> None:
        self.file = stem.with_name(f"{stem.name}.part")
        self._note = stem.with_name(f"{stem.name}.json")
        self._asked, self._whole = bool(kinds), whole
        self._kinds = {"sha256", *kinds, *(["md5"] if named else [])}
        self.noted = whole is None or whole > LITTLE
        self.url = self.validator = self.proof = self.version = ""
        self._beside: dict[str, ThreadPoolExecutor] = {}  # one thread for each kind: in order
        self._ahead: deque[Future[None]] = deque()
        self._forget()

    def _forget(self) -> None:
        self._catch_up(0)
        self.size, self.joined = 0, False
        kinds = self._kinds | {self.proof.partition(":")[0] or "sha256"}
        self._digests = {k: hasher(k, self._whole) for k in sorted(kinds)}

    def take_up(self, url: str, moved: Callable[[int], None], *, unproved: bool) -> None:
        """Go on with what an earlier run left of *url*, or begin anew.

        *unproved* says that a part without a validator is welcome: the whole will be verified.
        """
        note = self._read_note()
        self.proof, self.version = str(note.get("proof", "")), str(note.get("version", ""))
        self._forget()
        self.url, self.validator = url, str(note.get("validator", ""))
        if note.get("url") == url and (self.validator or unproved) and self.file.is_file():
            with self.file.open("rb") as stream:
                while chunk := stream.read(CHUNK):
                    self._count(chunk)
                    moved(len(chunk))
            self.joined = self.size > 0
        else:
            self.begin("")

    def take(self, file: Path, moved: Callable[[int], None]) -> None:
        """Copy all of *file*."""
        self.url = ""
        self.begin("")
        with file.open("rb") as source, self.open() as stream:
            while chunk := source.read(CHUNK):
                self.append(stream, chunk)
                moved(len(chunk))

    def begin(self, validator: str, proof: str = "", version: str = "") -> None:
        """Drop what arrived; what follows is the file that *validator* tells from others."""
        self.file.unlink(missing_ok=True)
        self.validator, self.proof = validator, "" if self._asked else proof
        self.version = version
        self._forget()
        answer = {"validator": validator, "proof": self.proof, "version": version}
        self._write_note({"url": self.url, **answer})

    def open(self) -> BinaryIO:
        """Open the file to append to it; missing folders are made."""
        try:
            return self.file.open("ab")
        except FileNotFoundError:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            return self.file.open("ab")

    def append(self, stream: BinaryIO, chunk: bytes) -> None:
        """Write *chunk* to *stream*, which is the file opened to append."""
        stream.write(chunk)
        self._count(chunk)

    def _count(self, chunk: bytes) -> None:
        self.size += len(chunk)
        for kind, digest in self._digests.items():
            if not self.noted:
                digest.update(chunk)
                continue
            if kind not in self._beside:
                self._beside[kind] = ThreadPoolExecutor(1, "medreg-hash")
            self._ahead.append(self._beside[kind].submit(digest.update, chunk))
        self._catch_up(AHEAD * len(self._digests))

    def _catch_up(self, most: int) -> None:
        """Wait until at most so many chunks are not hashed yet."""
        while len(self._ahead) > most:
            self._ahead.popleft().result()

    def digest(self, kind: str) -> str:
        """Return a digest of all that arrived, in hex."""
        self._catch_up(0)
        return self._digests[kind].hexdigest()

    def drop(self) -> None:
        """Remove part and note."""
        self.file.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finished(self, record: FileRecord) -> None:
        """Note the *record*, for a run that is killed before it is in files.csv."""
        if self.noted:
            self._write_note({"record": asdict(record)})

    def record(self) -> FileRecord | None:
        """Return the record that `finished` noted, if any."""
        note = self._read_note().get("record")
        return FileRecord(**note) if isinstance(note, dict) else None

    def _read_note(self) -> Mapping[str, object]:
        if not self._note.is_file():
            return {}
        note: Mapping[str, object] = json.loads(self._note.read_bytes())
        return note

    def _write_note(self, note: Mapping[str, object]) -> None:
        if not self.noted:
            return
        write_bytes(self._note, json.dumps(note, sort_keys=True).encode())
