"""Workers as jobs of Slurm.

What a site asks of a job beside its queue (account, memory, wall time, network interface) is set
where dask-jobqueue reads it: ``~/.config/dask/jobqueue.yaml``, under ``jobqueue: slurm:``.
"""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from medreg.engine import cluster
from medreg.errors import CannotHere

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.engine.tasks import Task, Work
    from medreg.report import Answer

MEMORY = "8GB"  # of a job, where the site's configuration says none
NODES_DOWN = "Requested node configuration is not available"  # now: a job would wait for one


@dataclass(frozen=True, slots=True)
class Slurm:
    """*jobs* jobs in *queue* (the site's own default for none), each one worker of one core.

    A job that ends or is cancelled is replaced while work is left.
    """

    jobs: int
    queue: str = ""
    tls: Mapping[str, str] = field(default_factory=dict)
    appear_within: float = cluster.APPEAR

    def map(self, work: Work, tasks: Sequence[Task], at_once: int = 0) -> Iterator[Answer]:
        """Yield one answer per task; a task whose job dies three times is `FAILED`."""
        if not tasks:
            return
        cluster.need()
        self._ask()
        asked = cluster.Asked(None, self.appear_within, at_once)
        with self._started(min(self.jobs, len(tasks), at_once or len(tasks))) as connect:
            yield from cluster.spread(connect, work, tasks, asked)

    def reached(self) -> str:
        """Return which jobs would run; raises `CannotHere` with Slurm's words where none would."""
        cluster.need()
        self._ask()
        return f"slurm, {self.jobs} jobs in {self.queue or 'its default queue'}"

    def _ask(self) -> None:
        """Ask Slurm whether it would take such a job; raises `CannotHere` with its words."""
        queue = ["--partition", self.queue] if self.queue else []
        try:
            done = subprocess.run(
                ["sbatch", "--test-only", *queue, "--wrap", "true"],
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            raise CannotHere(
                "Slurm's sbatch is not on this machine",
                hint="type this on a node from which jobs are submitted",
            ) from None
        said = done.stderr.decode(errors="replace").strip()
        if done.returncode and NODES_DOWN not in said:
            raise CannotHere(f"Slurm takes no job: {said}", hint="sinfo lists the queues")

    @contextmanager
    def _started(self, jobs: int) -> Iterator[Any]:
        import dask
        from dask_jobqueue.slurm import SLURMCluster
        from distributed import Client

        site = dask.config.get("jobqueue.slurm")
        options = {"dashboard_address": "127.0.0.1:0", **(site.get("scheduler-options") or {})}
        with (
            dask.config.set({"distributed.scheduler.allowed-failures": 0}),  # `spread` counts
            SLURMCluster(
                queue=self.queue or site.get("queue"),
                cores=site.get("cores") or 1,
                processes=site.get("processes") or 1,
                memory=site.get("memory") or MEMORY,
                security=cluster.security(self.tls),
                scheduler_options=options,
            ) as there,
        ):
            cluster.warn_in_the_open(there.scheduler_address)
            there.adapt(minimum_jobs=jobs, maximum_jobs=jobs)
            yield lambda: Client(there, set_as_default=False)
