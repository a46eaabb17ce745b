"""How `medreg serve` answers a browser: GET and HEAD, ranges, and whether something changed.

Semantics are those of RFC 9110. A path is looked up by name, never joined to a folder; another
name than the loopback's is refused, so that no page of another site reads what is said here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from medreg.errors import MedregError, NotFound, printable

if TYPE_CHECKING:
    from typing import BinaryIO

    from medreg.api.serving import Server

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".gz": "application/gzip",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
}
ALWAYS = {
    "Cache-Control": "no-cache",  # keep it, but ask whether it changed
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
CHUNK = 1 << 20
SECONDS = 30  # that a silent browser may hold a connection
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What lies at a path: *size* bytes in memory or in a file, and the tag of this state."""

    path: str
    size: int
    tag: str
    body: bytes | Path

    @property
    def kind(self) -> str:
        """The media type."""
        return TYPES.get(Path(self.path).suffix, "application/octet-stream")


class Answering(BaseHTTPRequestHandler):
    """One browser's connection."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "medreg", ""
    timeout = SECONDS

    def log_message(self, *_: object) -> None:
        """Say nothing: who asks sees the answer."""

    def do_GET(self) -> None:
        """Answer with the body."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer without the body."""
        self._answer()

    def _no(self) -> None:
        self.close_connection = True  # what else it sends is not read
        self._tell(HTTPStatus.METHOD_NOT_ALLOWED, "only GET and HEAD", {"Allow": "GET, HEAD"})

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_CONNECT = _no  # noqa: N815 - as http.server calls them

    def _answer(self) -> None:
        if self.headers.get("Host", "") not in cast("Server", self.server).hosts:
            self._tell(HTTPStatus.MISDIRECTED_REQUEST, "this is not the host that you asked for")
            return
        try:
            answer = cast("Server", self.server).answer(_path(self.path))
        except NotFound as error:
            self._tell(HTTPStatus.NOT_FOUND, _told(error))
        except MedregError as error:
            self._tell(HTTPStatus.INTERNAL_SERVER_ERROR, _told(error))
        except Exception as error:  # noqa: BLE001 - the next page may be well
            text = f"this is a bug in medreg: {type(error).__name__}: {error}"
            self._tell(HTTPStatus.INTERNAL_SERVER_ERROR, printable(text))
        else:
            self._give(answer)

    def _give(self, answer: Answer) -> None:
        if _same(self.headers.get("If-None-Match", ""), answer.tag):
            self._head(HTTPStatus.NOT_MODIFIED, {"ETag": answer.tag})
            return
        told = {"ETag": answer.tag, "Content-Type": answer.kind, "Accept-Ranges": "bytes"}
        wanted = self.headers.get("Range", "")
        if self.headers.get("If-Range", answer.tag) != answer.tag:
            wanted = ""
        part = _part(wanted, answer.size)
        if part is None:
            every = {"Content-Range": f"bytes */{answer.size}"}
            self._tell(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "no such part", every)
            return
        told["Content-Length"] = str(len(part))
        status = HTTPStatus.OK
        if len(part) < answer.size:
            told["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{answer.size}"
            status = HTTPStatus.PARTIAL_CONTENT
        self._head(status, told)
        if self.command == "GET":
            self._send(answer.body, part)

    def _send(self, body: bytes | Path, part: range) -> None:
        try:
            if isinstance(body, bytes):
                self.wfile.write(body[part.start : part.stop])
                return
            with body.open("rb") as stream:
                self._pour(stream, part)
        except OSError:  # the browser left, or the file: it sees that bytes are missing
            self.close_connection = True

    def _pour(self, stream: BinaryIO, part: range) -> None:
        stream.seek(part.start)
        left = len(part)
        while left and (chunk := stream.read(min(left, CHUNK))):
            self.wfile.write(chunk)
            left -= len(chunk)
        if left:
            self.close_connection = True  # it became shorter while it was read

    def _tell(self, status: HTTPStatus, text: str, more: dict[str, str] | None = None) -> None:
        body = f"{status.value} {text}\n".encode()
        plain = {"Content-Type": TYPES[".txt"], "Content-Length": str(len(body))}
        self._head(status, {**plain, **(more or {})})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: HTTPStatus, told: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in sorted({**ALWAYS, **told}.items()):
            self.send_header(key, value)
        self.end_headers()


def _path(target: str) -> str:
    """Return the path that is asked for, decoded once; the site's folder means its index."""
    path = unquote(urlsplit(target).path, errors="replace")
    return path.removeprefix("/") or "index.html"


def _told(error: MedregError) -> str:
    return f"{error.message}\n\nhint: {error.hint}" if error.hint else error.message


def _same(asked: str, tag: str) -> bool:
    """Tell whether the browser has this state; tags are compared weakly (RFC 9110, 13.1.2)."""
    return asked.strip() == "*" or tag in (
        one.strip().removeprefix("W/") for one in asked.split(",")
    )


def _part(asked: str, size: int) -> range | None:
    """Return which bytes are asked for: all of them unless one range is; None: it has none such."""
    found = RANGE.fullmatch(asked.strip())
    if not found or found.groups() == ("", ""):
        return range(size)
    first, last = found.groups()
    if not first:  # the last so many
        return range(max(0, size - int(last)), size) if int(last) and size else None
    start, stop = int(first), min(int(last) + 1, size) if last else size
    if last and int(last) < int(first):  # it makes no sense, and is as if it were not asked
        return range(size)
    return range(start, stop) if start < size else None
