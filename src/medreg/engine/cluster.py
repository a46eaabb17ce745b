"""Tasks on the workers of a Dask cluster, wherever its scheduler and they run.

Only names travel; the workers see the registry's folder and have this medreg. A task whose
worker died is given to another, the second time alone, and then is `FAILED`. A scheduler that is
lost is looked for again, and every task that it had not answered is asked anew: tasks keep what
stands, so that asking twice costs a look.
"""

from __future__ import annotations

import signal
import sys
import time
from concurrent.futures import CancelledError
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

from medreg.engine.shown import Listing, unseen
from medreg.engine.tasks import unanswered
from medreg.engine.worker import VERSION, at_worker
from medreg.errors import CannotHere, MedregError, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from medreg.engine.tasks import Task, Work
    from medreg.report import Answer

AHEAD = 1000  # tasks that the scheduler knows of at once: the client's memory stays flat
FEW = 32  # to begin with, until it is known how long one takes
SOON = 1.0  # seconds without an answer after which one is known to take long
BATCH = 0.2  # seconds of quick tasks that go together: each costs some milliseconds to send
LOOK = 10.0  # seconds without an answer after which the client looks for workers
ALONE = 600.0  # seconds without any worker after which nobody is waited for
FIND = 60.0  # seconds to look for a scheduler
TIMES = 3  # that a scheduler may be lost before anything more was answered
APPEAR = 60.0  # seconds that a file may take to show elsewhere: NFS's own limit (acdirmax)


def need() -> None:
    """Raise `CannotHere` where Dask is not installed; quieten it where it is."""
    on_interrupt = signal.getsignal(signal.SIGINT)
    try:
        import dask_jobqueue  # noqa: F401 - only whether it is there
        import distributed  # noqa: F401 - as above
    except ImportError as error:
        raise CannotHere(
            f"this engine needs Dask, which is not installed here ({error})",
            hint='pip install "medreg[dask]", here and where the workers run',
        ) from None
    if signal.getsignal(signal.SIGINT) is not on_interrupt:
        signal.signal(signal.SIGINT, on_interrupt)  # dask-jobqueue's would end medreg with exit 0
    import logging

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # we say what matters


def security(tls: Mapping[str, str]) -> Any:
    """Return what Dask calls security for the files of ``[tool.medreg.tls]``; None for none."""
    if not tls:
        return None
    from distributed.security import Security

    for name, file in tls.items():
        if not Path(file).is_file():
            raise CannotHere(f"[tool.medreg.tls] {name}: there is no file {file}")
    ends = {
        f"tls_{role}_{part}": tls[part]
        for role in ("client", "scheduler", "worker")
        for part in ("cert", "key")
    }
    return Security(tls_ca_file=tls["ca"], require_encryption=True, **ends)


def warn_in_the_open(address: str) -> None:
    """Say so when whoever reaches *address* can run code as the user."""
    if not address.startswith(("tls://", "inproc://")) and not _loopback(address):
        _say(
            f"warning: the cluster at {address} has no TLS: who can reach that address can run "
            "commands as you\nhint: set ca, cert and key in [tool.medreg.tls]"
        )


def _loopback(address: str) -> bool:
    host = address.rpartition("://")[2].rpartition(":")[0].strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - stderr is talk


class Asked(NamedTuple):
    """How long a cluster is waited for, and how much of it is taken."""

    patience: float | None  # seconds without any worker before it is given up; None waits for ever
    appear: float = APPEAR  # seconds that a file may take to show on another machine
    at_once: int = 0  # tasks under way; 0 for as many as there are workers


def spread(
    connect: Callable[[], AbstractContextManager[Any]],
    work: Work,
    tasks: Sequence[Task],
    asked: Asked,
) -> Iterator[Answer]:
    """Yield one answer per task; *connect* yields a client of Dask each time that it is asked.

    An answer is yielded when the files that it tells of are seen here. Raises `CannotHere` when a
    worker cannot do any task, say for want of medreg, and `Transient` for files that are not
    listed here in time.
    """
    rest = list(tasks)
    listing = Listing(Path(tasks[0].root))
    most = min(AHEAD, asked.at_once or AHEAD)
    for ahead in (most, min(most, FEW), 1):
        killed: list[Task] = []
        lost = 0
        while rest:
            try:
                with connect() as client:
                    before = len(rest)
                    round_ = _Round(client, work, asked, listing, killed)
                    rest, why = yield from round_.answers(rest, ahead)
            except SystemExit:  # what Dask makes of Ctrl-C
                raise KeyboardInterrupt from None
            except (OSError, TimeoutError) as error:
                why, before, lost = f"it cannot be reached: {error}", len(rest), TIMES
            lost = 0 if len(rest) < before else lost + 1
            if rest and lost >= TIMES:
                for task in rest:
                    yield unanswered(task, f"the cluster was lost: {why}", Transient)
                break
        rest = killed
    for task in rest:
        yield unanswered(task, "its worker was killed three times: out of memory, or a crash")
    if late := listing.unlisted(time.monotonic() + asked.appear):
        raise Transient(_late(late, asked.appear), hint=SHARE)


SHARE = "run the same command again; [tool.medreg] appear_within is how long files are waited for"


def _late(path: str, seconds: float) -> str:
    return f"{path}: a worker wrote it, and this machine does not see it after {seconds:g} s"


class _Round:
    """Asks *client* once for every task; adds tasks whose worker died to *killed*."""

    def __init__(
        self, client: Any, work: Work, asked: Asked, listing: Listing, killed: list[Task]
    ) -> None:
        self._client, self._work, self._asked = client, work, asked
        self._listing, self._killed = listing, killed
        self._ended: SimpleQueue[tuple[str, float]] = SimpleQueue()
        self._waiting: dict[str, tuple[Any, list[Task]]] = {}
        self._rest: list[Task] = []
        self._takes: float | None = None  # seconds for one task

    def answers(
        self, tasks: Sequence[Task], ahead: int
    ) -> Generator[Answer, None, tuple[list[Task], str]]:
        """Yield answers, *ahead* tasks under way; return the tasks without one, and why.

        Quick tasks go several together, so that sending them costs little.
        """
        self._rest = list(reversed(tasks))
        watch = _Watch(self._client, self._asked.patience)
        while self._rest or self._waiting:
            self._ask(ahead)
            try:
                key, when = self._ended.get(timeout=SOON if self._takes is None else LOOK)
            except Empty:
                if self._takes is None:
                    self._takes = SOON
                elif reason := watch.gone():
                    return self._left(), reason
                continue
            watch.waited = 0
            try:
                yield from self._taken(key, when)
            except (CancelledError, OSError, TimeoutError) as error:
                return self._left(), str(error)
        return [], ""

    def _taken(self, key: str, when: float) -> Iterator[Answer]:
        """Yield the answers to a batch that ended at the time *when*; raises what ends the run."""
        from distributed.scheduler import KilledWorker

        future, batch = self._waiting[key]
        try:
            answers, seconds = future.result()
        except KilledWorker:
            del self._waiting[key]
            self._killed.extend(batch)
            return
        except (MedregError, CancelledError, OSError, TimeoutError):
            raise
        except Exception as error:
            raise CannotHere(
                f"the cluster's workers cannot work: {type(error).__name__}: {error}",
                hint=f"their Python needs medreg {VERSION} and what its plugins import",
            ) from error
        del self._waiting[key], future
        self._rest.extend(reversed(batch[len(answers) :]))
        self._takes = max(seconds / len(answers), BATCH / AHEAD)
        for task, answer in zip(batch, answers, strict=False):
            yield self._seen(task, answer, when)

    def _left(self) -> list[Task]:
        return [
            *(task for _, batch in self._waiting.values() for task in batch),
            *self._rest[::-1],
        ]

    def _ask(self, ahead: int) -> None:
        """Let *ahead* tasks be under way, or as many batches as are few."""
        most = min(ahead, FEW) if self._takes is None else ahead
        size = 1
        if self._takes is not None and ahead == AHEAD:
            size = min(int(BATCH / self._takes), len(self._rest) // FEW, AHEAD // 10) or 1
        while self._rest and len(self._waiting) < max(most // size, min(most, FEW)):
            batch = [self._rest.pop() for _ in range(min(size, len(self._rest)))]
            words = (self._work, batch, VERSION, self._asked.appear)
            future = self._client.submit(at_worker, *words, pure=False)
            self._waiting[future.key] = future, batch
            future.add_done_callback(lambda f: self._ended.put((f.key, time.monotonic())))

    def _seen(self, task: Task, answer: Answer, when: float) -> Answer:
        """Return *answer*, of the time *when*, once its files are seen; else a failure."""
        if not answer.shown:
            return answer
        late = unseen(Path(task.root), answer.shown, when + self._asked.appear)
        if late:
            return unanswered(task, _late(late, self._asked.appear), Transient)
        self._listing.add(answer.shown)
        return replace(answer, shown=())


class _Watch:
    """Looks whether a silent cluster still has workers."""

    def __init__(self, client: Any, patience: float | None) -> None:
        self.client, self.patience, self.waited = client, patience, 0.0

    def gone(self) -> str:
        """Return why nobody should be waited for any more, if so."""
        try:
            workers = self.client.nthreads() if self.client.status == "running" else None
        except (CancelledError, OSError, TimeoutError):
            workers = None
        if workers is None:
            return "its scheduler went away"
        if workers:
            self.waited = 0
            return ""
        if not self.waited:
            _say("waiting: the cluster has no worker now")
        self.waited += LOOK
        if self.patience is not None and self.waited > self.patience:
            return f"it had no worker for {self.patience:g} s"
        return ""
