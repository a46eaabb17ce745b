"""Let bytes come no faster than somebody allows."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from typing import TYPE_CHECKING

from medreg.sources.pool import nap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STEP = 0.05  # seconds of bytes for which processes agree at once


class Pace:
    """At most *per_second* bytes in a second of *clock*, of all threads together."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = nap,
    ) -> None:
        self.per_second = per_second
        self._clock, self._wait = clock, wait
        self._lock = threading.Lock()
        self._next = 0.0

    def __call__(self, size: int) -> None:
        """Wait until *size* bytes more are due."""
        with self._lock:
            now = self._clock()
            self._next = max(self._next, now) + size / self.per_second
            wait = self._next - now
        self._wait(wait)


class SharedPace:
    """At most *per_second* bytes in a second, of all processes that name the same *file*.

    The file holds when the next bytes are due, by the clock of the file system that keeps it:
    processes on several machines have no other clock in common.
    """

    def __init__(self, per_second: float, file: Path) -> None:
        self.per_second, self._file = per_second, file
        self._owed, self._lock = 0, threading.Lock()
        file.parent.mkdir(parents=True, exist_ok=True)

    def __call__(self, size: int) -> None:
        """Wait until *size* bytes more are due."""
        with self._lock:
            self._owed += size
            if self._owed < self.per_second * STEP:
                return
            owed, self._owed = self._owed, 0
            wait = self._reserved(owed / self.per_second)
        nap(wait)

    def _reserved(self, seconds: float) -> float:
        """Put *seconds* of bytes behind what others reserved; return how long to wait."""
        with self._file.open("a+b") as held:
            fcntl.lockf(held, fcntl.LOCK_EX)
            held.seek(0)
            due = float(held.read() or 0)
            os.utime(held.fileno())  # now, says whoever keeps the file
            now = os.fstat(held.fileno()).st_mtime
            due = max(due, now) + seconds
            held.truncate(0)
            held.write(repr(due).encode())
        return due - now
