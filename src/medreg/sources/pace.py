"""Let bytes come no faster than somebody allows."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from medreg.sources.pool import nap

if TYPE_CHECKING:
    from collections.abc import Callable


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
