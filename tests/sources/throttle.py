"""A slow way to a server: few bytes then take as long as many do elsewhere."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 1 << 14  # bytes


class Throttle:
    """The port *here* leads to the port *there*, at *rate* bytes a second; *passed* counts them.

    The next *drops* connections end after *after* bytes of one way; the next *flips* large pieces
    have a wrong byte.
    """

    def __init__(self, there: int, rate: float) -> None:
        self.there, self.rate, self.passed = there, rate, 0
        self.drops = self.after = self.flips = 0
        self._door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.here: int = self._door.getsockname()[1]
        self._lock, self._free = threading.Lock(), 0.0
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.here}"

    def close(self) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _serve(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                threading.Thread(
                    target=self._join, args=(self._door.accept()[0],), daemon=True
                ).start()

    def _join(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.there))
        except OSError:
            client.close()
            return
        back = threading.Thread(target=self._pour, args=(server, client), daemon=True)
        back.start()
        self._pour(client, server)
        back.join()
        client.close()
        server.close()

    def _pour(self, source: socket.socket, target: socket.socket) -> None:
        sent = 0
        with suppress(OSError):
            while piece := source.recv(PIECE):
                self._wait(len(piece))
                sent += len(piece)
                if self.drops > 0 and sent > self.after:
                    self.drops -= 1
                    break
                target.sendall(self._spoiled(piece))
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _spoiled(self, piece: bytes) -> bytes:
        if self.flips < 1 or len(piece) < PIECE // 2:
            return piece
        self.flips -= 1
        middle = len(piece) // 2
        return piece[:middle] + bytes([piece[middle] ^ 255]) + piece[middle + 1 :]

    def _wait(self, size: int) -> None:
        with self._lock:
            self.passed += size
            self._free = max(self._free, time.monotonic()) + size / self.rate
            until = self._free
        time.sleep(max(0.0, until - time.monotonic()))


@contextmanager
def throttled(there: int, rate: float) -> Iterator[Throttle]:
    """Yield a slow way to the port *there*."""
    way = Throttle(there, rate)
    try:
        yield way
    finally:
        way.close()
