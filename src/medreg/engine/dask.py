"""A Dask cluster: of this machine, or one whose scheduler is named."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from medreg.engine import cluster
from medreg.errors import CannotHere

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.engine.tasks import Task, Work
    from medreg.report import Answer

DOOR = 2.0  # seconds for which `medreg doctor` knocks


@dataclass(frozen=True, slots=True)
class Dask:
    """The workers of *scheduler*, an address or the file that Dask's scheduler wrote.

    Without one, *workers* processes on this machine, which only this machine reaches. *tls*
    holds the files ``ca``, ``cert`` and ``key``.
    """

    workers: int
    scheduler: str = ""
    tls: Mapping[str, str] = field(default_factory=dict)
    appear_within: float = cluster.APPEAR

    def map(self, work: Work, tasks: Sequence[Task], at_once: int = 0) -> Iterator[Answer]:
        """Yield one answer per task; a task whose worker dies three times is `FAILED`."""
        if not tasks:
            return
        cluster.need()
        asked = cluster.Asked(cluster.ALONE, self.appear_within, at_once)
        if not self.scheduler:
            with _local(min(self.workers, len(tasks), at_once or len(tasks))) as connect:
                yield from cluster.spread(connect, work, tasks, asked._replace(patience=None))
            return
        self._refuse_a_mixture(self._address())
        cluster.warn_in_the_open(self._address())
        yield from cluster.spread(self._connect, work, tasks, asked)

    def reached(self) -> str:
        """Return where the workers are; raises `CannotHere` where nobody answers."""
        cluster.need()
        if not self.scheduler:
            return f"dask, {self.workers} workers on this machine"
        address = self._address()
        self._refuse_a_mixture(address)
        parts = urlsplit(address)
        try:
            socket.create_connection((parts.hostname, parts.port), timeout=DOOR).close()
        except (OSError, ValueError) as error:
            raise CannotHere(
                f"no scheduler answers at {address}: {error}",
                hint="dask scheduler --scheduler-file FILE, and dask worker on each machine",
            ) from None
        return f"dask, the scheduler at {address} answers"

    @property
    def _in_file(self) -> bool:
        return "://" not in self.scheduler

    def _address(self) -> str:
        if not self._in_file:
            return self.scheduler
        try:
            return str(json.loads(Path(self.scheduler).read_bytes())["address"])
        except FileNotFoundError:
            raise CannotHere(
                f"there is no scheduler file {self.scheduler}",
                hint=f"dask scheduler --scheduler-file {self.scheduler}",
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CannotHere(f"{self.scheduler} is no scheduler file of Dask: {error}") from None

    def _refuse_a_mixture(self, address: str) -> None:
        safe = address.startswith("tls://")
        if safe and not self.tls:
            raise CannotHere(
                f"the cluster at {address} speaks TLS",
                hint="set ca, cert and key in [tool.medreg.tls]",
            )
        if self.tls and not safe:
            raise CannotHere(
                f"the cluster at {address} has no TLS, which [tool.medreg.tls] asks for",
                hint="dask scheduler --protocol tls --tls-ca-file CA --tls-cert CERT --tls-key KEY",
            )

    @contextmanager
    def _connect(self) -> Iterator[Any]:
        from distributed import Client

        safe = cluster.security(self.tls)
        until = time.monotonic() + cluster.FIND
        while self._in_file and not Path(self.scheduler).exists() and time.monotonic() < until:
            time.sleep(0.2)
        address = self._address()  # read anew: a restarted scheduler may have another
        with Client(address, timeout=cluster.FIND, security=safe, set_as_default=False) as client:
            yield client


@contextmanager
def _local(workers: int) -> Iterator[Any]:
    """Start *workers* processes; yield what connects to them."""
    import dask
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),  # `spread` counts
        ExitStack() as stack,
    ):
        with _deaf():  # workers let their cases end when Ctrl-C is typed
            here = LocalCluster(
                workers,
                threads_per_worker=1,
                memory_limit=0,  # the machine's own, as for any process
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
            )
        stack.callback(here.close)
        yield lambda: Client(here, set_as_default=False)


@contextmanager
def _deaf() -> Iterator[None]:
    """Let processes that are started now ignore an interruption."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
