"""Tasks on the workers of a Dask cluster, wherever its scheduler and they run.

Only names travel; the workers see the registry's folder and have this medreg. A task whose
worker died is given to another, the second time alone, and then is `FAILED`. A scheduler that is
lost is looked for again, and every task that it had not answered is asked anew: tasks keep what
stands, so that asking twice costs a look.
"""

from __future__ import annotations

import sys
from concurrent.futures import CancelledError
from ipaddress import ip_address
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from medreg.engine.tasks import unanswered
from medreg.engine.worker import VERSION, at_worker
from medreg.errors import CannotHere, MedregError, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from medreg.engine.tasks import Task, Work
    from medreg.report import Answer

AHEAD = 1000  # tasks that the scheduler knows of at once: the client's memory stays flat
LOOK = 10.0  # seconds without an answer after which the client looks for workers
ALONE = 600.0  # seconds without any worker after which nobody is waited for
FIND = 60.0  # seconds to look for a scheduler
TIMES = 3  # that a scheduler may be lost before anything more was answered


def need() -> None:
    """Raise `CannotHere` where Dask is not installed; quieten it where it is."""
    try:
        import dask_jobqueue  # noqa: F401
        import distributed  # noqa: F401
    except ImportError as error:
        raise CannotHere(
            f"this engine needs Dask, which is not installed here ({error})",
            hint='pip install "medreg[dask]", here and where the workers run',
        ) from None
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


def spread(
    connect: Callable[[], AbstractContextManager[Any]],
    work: Work,
    tasks: Sequence[Task],
    *,
    patience: float | None,
) -> Iterator[Answer]:
    """Yield one answer per task; *connect* yields a client of Dask each time that it is asked.

    A cluster without a worker for *patience* seconds is given up; None waits for ever, as for a
    queue. Raises `CannotHere` when a worker cannot do any task, say for want of medreg.
    """
    rest = list(tasks)
    for ahead in (AHEAD, AHEAD, 1):
        killed: list[Task] = []
        lost = 0
        while rest:
            try:
                with connect() as client:
                    before = len(rest)
                    rest, why = yield from _round(client, work, rest, killed, ahead, patience)
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


def _round(  # noqa: PLR0913, PLR0917 - what is done, where, and how long
    client: Any,
    work: Work,
    tasks: Sequence[Task],
    killed: list[Task],
    ahead: int,
    patience: float | None,
) -> Generator[Answer, None, tuple[list[Task], str]]:
    """Ask for every task; return those without an answer, and why. Adds to *killed*."""
    from distributed.scheduler import KilledWorker

    ended: SimpleQueue[Any] = SimpleQueue()
    rest = list(reversed(tasks))
    waiting: dict[str, tuple[Any, Task]] = {}
    watch = _Watch(client, patience)
    while rest or waiting:
        while rest and len(waiting) < ahead:
            task = rest.pop()
            future = client.submit(at_worker, work, task, VERSION, pure=False)
            waiting[future.key] = future, task
            future.add_done_callback(lambda future: ended.put(future.key))
        try:
            key = ended.get(timeout=LOOK)
        except Empty:
            if reason := watch.gone():
                return [*(task for _, task in waiting.values()), *rest[::-1]], reason
            continue
        watch.waited = 0
        future, task = waiting[key]
        try:
            answer = future.result()
        except KilledWorker:
            killed.append(task)
        except (CancelledError, OSError, TimeoutError) as error:
            return [*(task for _, task in waiting.values()), *rest[::-1]], str(error)
        except MedregError:
            raise
        except Exception as error:
            raise CannotHere(
                f"the cluster's workers cannot work: {type(error).__name__}: {error}",
                hint=f"their Python needs medreg {VERSION} and what its plugins import",
            ) from error
        else:
            yield answer
        del waiting[key], future
    return [], ""


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
