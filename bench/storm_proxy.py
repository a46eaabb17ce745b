"""A proxy on the loopback that does harm: it drops requests, or flips a byte of what comes back."""

from __future__ import annotations

import http.client
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY = 20  # one request of so many is dropped


class Proxy(ThreadingHTTPServer):
    """Passes requests on to *target*, as *mode* says: ``honest``, ``drop`` or ``flip``."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(target).netloc
        self.mode = "honest"
        self.asked = 0
        self.harmed = 0
        self.counting = threading.Lock()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def begin(self, mode: str) -> None:
        """Do harm of this kind from now on."""
        self.mode, self.asked, self.harmed = mode, EVERY - 3, 0

    def unlucky(self, *, large: bool) -> bool:
        """Count a request or an answer; tell whether this one is to be harmed."""
        with self.counting:
            self.asked += 1
            hit = large if self.mode == "flip" else self.asked % EVERY == 0
            self.harmed += hit
            return hit


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.mode == "drop" and self.server.unlucky(large=False):
            self.close_connection = True
            self.connection.close()
            return
        there = http.client.HTTPConnection(self.server.target, timeout=60)
        there.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for key, value in self.headers.items():
            if key.lower() not in {"connection", "expect"}:
                there.putheader(key, value)
        there.endheaders(body)
        answer = there.getresponse()
        data = answer.read()
        there.close()
        is_object = self.command == "GET" and "/files/md5/" in self.path.partition("?")[0]
        if self.server.mode == "flip" and is_object and self.server.unlucky(large=bool(data)):
            data = data[:-1] + bytes([data[-1] ^ 1])
        self.send_response_only(answer.status, answer.reason)
        for key, value in answer.getheaders():
            if key.lower() not in {"connection", "transfer-encoding", "content-length"}:
                self.send_header(key, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else len(data)
        self.send_header("Content-Length", str(length or 0))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on  # noqa: N815  # http.server's names


@contextmanager
def proxy(target: str) -> Iterator[Proxy]:
    """Run a proxy before *target* until the block ends."""
    found = Proxy(target)
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield found
    finally:
        found.shutdown()
        thread.join()
        found.server_close()
