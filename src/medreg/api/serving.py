"""`medreg serve`: the site on this machine's loopback, made from what the registry says now.

A page is made when it is asked for, and again when a file of the registry changed. Volumes come
straight from where they lie. Nothing is written, and nobody but this machine is answered.
"""

from __future__ import annotations

import errno
import os
import socketserver
import threading
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

from medreg.api.answers import Answer, Answering
from medreg.api.lab import Lab
from medreg.errors import CannotHere, Misuse, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from medreg.api import Site

LOOPBACK = "127.0.0.1"
PORT = 8750  # IANA has given it to nobody
PORTS = 65536
VOLUMES = "volumes/"
ALIVE = "cases/"  # told from files that are too many to watch: made anew each time
WATCHED = 2  # folders below registry/ in which a changed file makes pages anew


class Server(ThreadingHTTPServer):
    """Answers on the loopback until it is shut down; *url* is where."""

    daemon_threads = True  # whoever ends it waits for no reader

    def __init__(self, port: int, answer: Callable[[str], Answer]) -> None:
        self.answer = answer
        super().__init__((LOOPBACK, port), Answering)

    def server_bind(self) -> None:
        """Bind without asking a name server what this machine is called."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, int(self.server_address[1])

    @property
    def url(self) -> str:
        """Where the site is."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    @property
    def hosts(self) -> frozenset[str]:
        """The names by which it answers: a page of another name may not read what it says."""
        return frozenset(f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost"))


def server(lab: Lab, port: int = PORT) -> Server:
    """Return a server of the site of *lab*; it answers while its `serve_forever` runs.

    *port* 0 is any free one. Raises `Misuse`, and `CannotHere` when the port is taken.
    """
    if not 0 <= port < PORTS:
        raise Misuse(f"{port} is no port", hint=f"a port is a number below {PORTS}; 0: a free one")
    try:
        return Server(port, _Live(lab).answer)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        why = "is taken" if error.errno == errno.EADDRINUSE else "is not for everybody"
        raise CannotHere(
            f"port {port} {why}", hint="medreg serve --port 0 takes a free one"
        ) from None


@dataclass
class _Live:
    """What the site says now. Pages are kept until a file of the registry changes."""

    lab: Lab
    lock: threading.Lock = field(default_factory=threading.Lock)
    stamp: object = None
    site: Site | None = None
    made: dict[str, bytes] = field(default_factory=dict)

    def answer(self, path: str) -> Answer:
        """Return what lies at *path*; raises `MedregError`."""
        if path.startswith(VOLUMES):
            return self._volume(path.removeprefix(VOLUMES))
        data = self._page(path)
        return Answer(path, len(data), f'"{sha256(data).hexdigest()[:32]}"', data)

    def _page(self, path: str) -> bytes:
        with self.lock:
            site = self._site()
            if path not in self.made or path.startswith(ALIVE):
                self.made[path] = site.read(path)
            return self.made[path]

    def _volume(self, path: str) -> Answer:
        from medreg.catalog.site.volumes import find

        if self.lab.root is None:
            raise NotFound("there is no registry here", hint="medreg init")
        with self.lock:
            lab = self._site().lab
            file = find(lab.registry, lab.plugins, path)
        if file is None:
            raise NotFound(f"there is no volume {path}")
        stat = file.stat()
        return Answer(path, stat.st_size, f'"{stat.st_size:x}-{stat.st_mtime_ns:x}"', file)

    def _site(self) -> Site:
        """Return the site of the registry as it is; open it anew when it changed."""
        from medreg.api import Site

        stamp = tuple(_seen(self.lab.root)) if self.lab.root else ()
        if self.site is None or stamp != self.stamp:
            self.made.clear()
            self.site = Site(Lab(self.lab.root, self.lab.asked), volumes="served")
            self.stamp = stamp
        return self.site


def _seen(root: Path) -> Iterator[tuple[str, int, int]]:
    """Yield each file that pages are made of, with when it changed and its size."""
    for folder, depth in ((root / "plugins", 0), (root / "registry", WATCHED)):
        yield from _entries(str(folder), depth)
    for name in ("pyproject.toml", ".git/packed-refs", ".git/refs/tags"):
        if (file := root / name).exists():
            yield name, file.stat().st_mtime_ns, 0


def _entries(folder: str, depth: int) -> Iterator[tuple[str, int, int]]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in found:
        try:
            stat = entry.stat()
        except FileNotFoundError:  # replaced this moment
            continue
        yield entry.path, stat.st_mtime_ns, stat.st_size
        if depth and entry.is_dir():
            yield from _entries(entry.path, depth - 1)
