"""A web server on the loopback that misbehaves as it is told."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote


@dataclass(frozen=True)
class Resource:
    """What the server has at one path, and how it behaves there."""

    body: bytes = b""
    etag: str | None = '"one"'
    modified: str | None = None
    ranges: bool = True
    content_type: str = "application/octet-stream"
    statuses: tuple[tuple[int, dict[str, str]], ...] = ()  # answered first, one per request
    cut: int | None = None  # bytes of body that each answer gives before it breaks off
    chunked: bool = False  # no Content-Length
    encoding: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # that it has beside these
    pause: float = 0.0  # seconds between pieces of 64 kB
    login: str = ""  # the Authorization header that is wanted
    location: str = ""
    shift: int = 0  # answers Range requests this many bytes too late
    answer: Answering | None = None  # what an API says, from the query
    head: int = 200  # the status of what is asked for its head alone


Answering = Callable[[Mapping[str, str]], tuple[bytes, dict[str, str]] | Resource]


@dataclass
class Server:
    """A web server on the loopback; *requests* collects (path, Range) of what was asked."""

    url: str
    resources: dict[str, Resource] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    closed: int = 0  # the status that every request gets, if any
    wget_only: str = ""  # the Authorization that is heard from wget alone, as at PhysioNet
    served: int = 0
    _asked: dict[str, int] = field(default_factory=dict)

    def put(self, path: str, body: bytes = b"", **behavior: Any) -> str:
        self.resources[path] = Resource(body, **behavior)
        self._asked.pop(path, None)
        return f"{self.url}/{path}"

    def change(self, path: str, **behavior: Any) -> None:
        self.resources[path] = replace(self.resources[path], **behavior)

    def times_asked(self, path: str) -> int:
        self._asked[path] = self._asked.get(path, 0) + 1
        return self._asked[path]


class Handler(BaseHTTPRequestHandler):
    site: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:  # noqa: PLR0911  # each a way to answer
        path = unquote(self.path.partition("?")[0].lstrip("/"))
        asked = self.headers.get("Range", "")
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.site.requests.append((self.path.lstrip("/"), asked))
        self.site.headers.append(dict(self.headers))
        resource = self.site.resources.get(path)
        if self.site.closed:
            return self._empty(self.site.closed)
        if self.site.wget_only and self.headers.get("Authorization") != self.site.wget_only:
            return self._empty(401, {"WWW-Authenticate": 'Basic realm="PhysioNet"'})
        if self.site.wget_only and not self.headers["User-Agent"].startswith("Wget/"):
            return self._empty(403)
        if resource is None:
            return self._empty(404)
        times = self.site.times_asked(path)
        if times <= len(resource.statuses):
            return self._empty(*resource.statuses[times - 1])
        if resource.login and self.headers.get("Authorization") != resource.login:
            return self._empty(401)
        if resource.location:
            return self._empty(302, {"Location": resource.location})
        if resource.answer:
            query = dict(parse_qsl(self.path.partition("?")[2]))
            query |= json.loads(sent) if sent else {}
            told = resource.answer(query)
            return self._send(told, asked) if isinstance(told, Resource) else self._say(*told)
        return self._send(resource, asked)

    do_POST = do_GET  # noqa: N815 - as the standard library wants it

    def do_HEAD(self) -> None:
        resource = self.site.resources.get(unquote(self.path.partition("?")[0].lstrip("/")))
        self.site.headers.append(dict(self.headers))
        if self.site.closed or resource is None:
            return self._empty(self.site.closed or 404)
        if resource.head != 200:
            return self._empty(resource.head)
        self.send_response(200)
        if resource.etag:
            self.send_header("ETag", resource.etag)
        for name, value in resource.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", resource.content_type)
        self.send_header("Content-Length", str(len(resource.body)))
        return self.end_headers()

    def _empty(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _send(self, resource: Resource, asked: str) -> None:
        body, start = resource.body, 0
        match = re.fullmatch(r"bytes=(\d+)-", asked)
        condition = self.headers.get("If-Range")
        if match and resource.ranges and condition in (None, resource.etag, resource.modified):
            start = int(match[1]) + resource.shift
            if start >= len(body):
                return self._empty(416, {"Content-Range": f"bytes */{len(body)}"})
        self.send_response(206 if start else 200)
        if start:
            content_range = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self.send_header("Content-Range", content_range)
        self.send_header("Content-Type", resource.content_type)
        if resource.etag:
            self.send_header("ETag", resource.etag)
        if resource.modified:
            self.send_header("Last-Modified", resource.modified)
        if resource.encoding:
            self.send_header("Content-Encoding", resource.encoding)
        for name, value in resource.headers.items():
            self.send_header(name, value)
        if resource.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        return self._pour(resource, body[start:])

    def _pour(self, resource: Resource, body: bytes) -> None:
        whole = resource.cut is None or len(body) <= resource.cut
        body = body[: resource.cut]
        for at in range(0, len(body), 1 << 16):
            piece = body[at : at + (1 << 16)]
            if resource.chunked:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            else:
                self.wfile.write(piece)
            self.site.served += len(piece)
            time.sleep(resource.pause)
        if whole and resource.chunked:
            self.wfile.write(b"0\r\n\r\n")
        if not whole:
            self.close_connection = True


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that are killed."""


@contextmanager
def answering(site: Server, handler: type[Handler] = Handler) -> Iterator[None]:
    """Let *site* be answered for on a free port of the loopback."""
    httpd = QuietServer(("127.0.0.1", 0), type("Here", (handler,), {"site": site}))
    site.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()
