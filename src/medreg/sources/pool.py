"""Many small pieces of work at once, in a bounded number of threads."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from medreg.errors import BytesDiffer, MedregError, NotFound, Refused
from medreg.report import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer, Progress
    from medreg.sources.remote import Remote
    from medreg.sources.series import Series

    P = TypeVar("P", Remote, Series)

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4  # pieces begun or waiting, for each thread
ONE_FILE = (NotFound, BytesDiffer, Refused)  # what says nothing of the other files
LARGE = 32 << 20  # bytes of a file that is worth a bar of its own
STRIDE = 1 << 20  # bytes between two words about it
MOST = 20  # of these, before the rest is not tried


class _StopError(Exception):
    """Nobody waits for this piece any more."""


class Watch:
    """Hears from many threads how bytes move; ends them when nobody waits any more."""

    def __init__(self, progress: Progress) -> None:
        outer: Watch | None = getattr(_here, "watch", None)
        self._progress = progress
        self._lock = threading.Lock()
        self._over: threading.Event = outer._over if outer else threading.Event()  # noqa: SLF001  # its own kind

    def moved(self, size: int) -> None:
        """Report *size* more bytes, or end the work of the calling thread."""
        if self._over.is_set():
            raise _StopError
        with self._lock:
            self._progress.moved(size)

    def piece(self, item: str, done: int, whole: int) -> None:
        """Report how far one file is."""
        with self._lock:
            self._progress.piece(item, done, whole)

    def nap(self, seconds: float) -> None:
        """Wait, or end the work of the calling thread."""
        if self._over.wait(seconds):
            raise _StopError

    def begin(self) -> None:
        """Tell the calling thread who waits for it."""
        _here.watch = self

    def stop(self) -> None:
        """End the work of every thread at its next bytes."""
        self._over.set()


_here = threading.local()


def nap(seconds: float) -> None:
    """Sleep, but no longer than somebody waits for what the calling thread does."""
    watch: Watch | None = getattr(_here, "watch", None)
    (watch.nap if watch else time.sleep)(seconds)


@contextmanager
def far(item: str) -> Iterator[Callable[[int, int | None], None]]:
    """Yield what hears how many bytes of the file *item* are here, of how many if that is known.

    It tells whom the calling thread works for, now and then, where the file is large.
    """
    watch: Watch | None = getattr(_here, "watch", None)
    told = 0, 0

    def come(done: int, whole: int | None) -> None:
        nonlocal told
        if watch and whole and whole >= LARGE and abs(done - told[0]) >= STRIDE:
            told = done, whole
            watch.piece(item, *told)

    try:
        yield come
    finally:
        if watch and told[1]:
            watch.piece(item, told[1], told[1])


class Only(Silent):
    """A `Progress` that hears of bytes alone."""

    def __init__(self, moved: Callable[[int], None]) -> None:
        self._moved = moved

    def moved(self, size: int) -> None:
        """Pass it on."""
        self._moved(size)


def bring_all(
    job: FetchJob,
    pieces: Sequence[P],
    one: Callable[[P, Callable[[int], None]], tuple[FileRecord, Answer]],
    threads: int,
) -> Iterator[tuple[FileRecord, Answer]]:
    """Yield what *one* makes of each of *pieces*, in threads of this process or as *job* says.

    Raises as `in_order`.
    """
    at_once = job.jobs or threads
    if job.spread:
        yield from job.spread(job.into, {p.path: partial(one, p) for p in pieces}, at_once)
    else:
        yield from in_order(pieces, one, at_once, job.progress)


def in_order(
    items: Sequence[T], work: Callable[[T, Callable[[int], None]], R], threads: int, told: Progress
) -> Iterator[R]:
    """Yield what *work* makes of each of *items*, in their order, *threads* at once.

    A file that fails does not stop the others; a server or disk that fails does. The first
    failure is raised when what had begun is over and yielded.
    """
    watch, failed = Watch(told), list[MedregError]()
    waiting: deque[Future[R]] = deque()
    left = iter(items)
    with ThreadPoolExecutor(threads, "medreg-fetch", watch.begin) as pool:
        try:
            while True:
                while not hopeless(failed) and len(waiting) < AHEAD * threads:
                    item = next(left, None)
                    if item is None:
                        break
                    waiting.append(pool.submit(work, item, watch.moved))
                if not waiting:
                    break
                try:
                    made = waiting.popleft().result()
                except MedregError as failure:
                    failed.append(failure)
                else:
                    yield made
        except BaseException:  # tidied up, and raised again
            watch.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if failed:
        raise whole_failure(failed)


def hopeless(failed: Sequence[MedregError]) -> bool:
    """Tell whether the rest need not be tried."""
    return len(failed) >= MOST or any(not isinstance(f, ONE_FILE) for f in failed)


def whole_failure(failed: Sequence[MedregError]) -> MedregError:
    """Return the failure to raise: the one that stopped the work, else the first of a file."""
    first = next((f for f in failed if not isinstance(f, ONE_FILE)), failed[0])
    more = f"\nand {len(failed) - 1} more files failed" if len(failed) > 1 else ""
    return type(first)(f"{first.message}{more}", hint=first.hint, steps=first.steps)
