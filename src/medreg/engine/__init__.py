"""Run one function over many tasks: here, in spawned processes, or on a cluster.

A task is names only, so that it means the same in another process or on another machine.
A task that breaks does not stop the others: it is answered `FAILED` with its reason. Only a
machine that can do no more (`CannotHere`: its disk is full, say) ends the whole run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.engine.inline import Inline
from medreg.engine.processes import PATIENCE, Processes
from medreg.engine.tasks import SHARED, Engine, Task, Work, answered

if TYPE_CHECKING:
    from medreg.settings import Settings

__all__ = [
    "PATIENCE",
    "SHARED",
    "Engine",
    "Inline",
    "Processes",
    "Task",
    "Work",
    "answered",
    "engine_of",
]


def engine_of(settings: Settings) -> Engine:
    """Return the engine that the registry's settings ask for."""
    if settings.engine == "dask":
        from medreg.engine.dask import Dask

        return Dask(settings.workers, settings.scheduler, settings.tls, settings.appear_within)
    if settings.engine == "slurm":
        from medreg.engine.slurm import Slurm

        return Slurm(settings.jobs, settings.queue, settings.tls, settings.appear_within)
    if settings.engine == "inline" or settings.workers == 1:
        return Inline()
    return Processes(settings.workers)
