"""Let bytes come no faster than somebody allows."""

from __future__ import annotations

import threading
import time

from medreg.sources.pool import nap


class Pace:
    """At most *per_second* bytes in a second, of all threads together."""

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self._lock = threading.Lock()
        self._next = 0.0

    def __call__(self, size: int) -> None:
        """Wait until *size* bytes more are due."""
        with self._lock:
            now = time.monotonic()
            self._next = max(self._next, now) + size / self.per_second
            wait = self._next - now
        nap(wait)
