"""What `bench.scale` measures: each run in a fresh process, its seconds and its memory.

The cases are those of `bench.curate_set`: CT-like noise with a mask, in a registry of DVC.
"""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from bench import curate_set
from medreg import plugins, stages
from medreg.engine import Inline, Processes, Task
from medreg.engine.dask import Dask
from medreg.registry import Registry
from medreg.report import Answer, Outcome, Silent
from medreg.stages.convert import convert_case
from medreg.stages.opened import forget, of_task
from medreg.stages.run import run
from medreg.versions import dvc, git, outs, track
from medreg.versions.init import init

if TYPE_CHECKING:
    from medreg.engine import Engine, Work

Row = dict[str, float]
Call = Callable[..., Row]  # `alone` or `here`
Shape = tuple[int, int, int]
SMALL = (32, 32, 24)  # voxels of a miniature
REAL = (512, 512, 64)  # of a case that tells what voxels cost
STEPS = ("fetch", "convert", "check", "decide", "write", "record")
MIDDLE = (96, 96, 64)  # of a case that is shared among processes: 0.1 s of work
NAME, SET = "tiny", "tiny_set"
WHO = ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL")


def alone(function: Callable[..., Row], *args: object) -> Row:
    """Call *function* in a process of its own, so that its memory and children are its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as one:
        return one.submit(function, *args).result()


def here(function: Callable[..., Row], *args: object) -> Row:
    """Call *function* in this process: quick, and its memory is not its own."""
    return function(*args)


def processor() -> float:
    """Return the processor's seconds of this process and of its children that have ended."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, kinds))


def peak() -> float:
    """Return the most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


@contextmanager
def lab(cases: int, shape: Shape) -> Iterator[Registry]:
    """Yield a registry of one dataset, of which *cases* are offered, and of one set."""
    with tempfile.TemporaryDirectory(prefix="medreg_scale_") as folder:
        os.environ |= {
            **dict.fromkeys(WHO, "bench@example.org"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "DVC_SITE_CACHE_DIR": f"{folder}/site",
        }
        offered, root = Path(folder).resolve() / "offered", Path(folder).resolve() / "lab"
        offered.mkdir()
        for number in range(cases):
            curate_set.offer(offered, number, shape)
        init(root)
        registry = Registry(root)
        (registry.plugins / f"{NAME}.py").write_text(curate_set.PLUGIN, encoding="utf-8")
        recipe = registry.set(SET).path / "recipe.yaml"
        recipe.parent.mkdir(parents=True)
        recipe.write_text(f"{curate_set.RECIPE}folds: 2\n", encoding="utf-8")
        git.run(root, "add", "--all")
        known = plugins.load(registry.plugins)
        track.track(registry, known, NAME)
        stages.declare(registry, known, NAME)
        yield registry


def through(cases: int, shape: Shape) -> Row:
    """Take *cases* through every stage in one process; return the seconds of each, and bytes."""
    with lab(cases, shape) as registry:
        known, row = plugins.load(registry.plugins), defaultdict[str, float](float)

        def timed(step: str, do: Callable[[], object]) -> None:
            wall, used = time.perf_counter(), processor()
            do()
            row[f"{step}_s"] += processor() - used
            row[f"{step}_wall"] += time.perf_counter() - wall

        def recorded(stage: str, name: str = NAME) -> None:
            timed("record", lambda: dvc.record(registry, [outs.address(registry, name, stage)]))

        row["cases"] = cases
        engine, silent = Inline(), Silent()
        timed("fetch", lambda: _fetched(registry, known))
        recorded("fetch")
        convert = partial(stages.convert, registry, known, NAME, engine=engine, progress=silent)
        timed("convert", convert)
        recorded("convert")
        check = partial(stages.check, registry, known, NAME, engine=engine, progress=silent)
        timed("check", check)
        recorded("check")
        row["peak_mb"] = peak()
        timed("decide", lambda: stages.decide(registry, known, SET))
        row["decide_mb"] = peak()
        timed("write", lambda: _written(registry, known))
        row |= {f"{what}_b": _bytes(folder) for what, folder in _places(registry).items()}
        row["peak_mb_at_end"] = peak()
    return dict(row)


def _fetched(registry: Registry, known: plugins.Plugins) -> None:
    silent = Silent()
    stages.fetch(registry, known, NAME, given=None, today="2026-11-21", progress=silent)


def _written(registry: Registry, known: plugins.Plugins) -> None:
    engine, silent = Inline(), Silent()
    stages.write(registry, known, SET, obtain=lambda _: None, engine=engine, progress=silent)


def _places(registry: Registry) -> dict[str, Path]:
    folder = registry.dataset(NAME)
    return {"raw": folder.raw, "converted": folder.converted, "set": registry.set(SET).data}


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


# --- two processes against one -----------------------------------------------------------------


def told(task: Task) -> Answer:
    """Convert a case anew; say in which process, and what that has used so far."""
    answer = convert_case(task)
    return Answer(answer.item, answer.outcome, f"{os.getpid()} {time.process_time()}")


def _of_pool(workers: int) -> Callable[[Work, list[Task]], Iterator[Answer]]:
    def by_pool(work: Work, tasks: list[Task]) -> Iterator[Answer]:
        with get_context("spawn").Pool(workers) as pool:
            yield from pool.imap_unordered(work, tasks)

    return by_pool


MAPS: dict[str, Callable[[Work, list[Task]], Iterator[Answer]]] = {
    "medreg, 1": Inline().map,
    "medreg, 2": Processes(2).map,
    "multiprocessing.Pool, 1": _of_pool(1),
    "multiprocessing.Pool, 2": _of_pool(2),
}


def converted(root: str, name: str) -> Row:
    """Convert what was fetched in the registry at *root*; *name* is one of `MAPS`."""
    from medreg.files.atomic import remove

    registry = Registry(Path(root))
    cases = [*of_task(root, NAME).cases]
    remove(registry.dataset(NAME).converted)
    os.sync()
    began, used, mine = time.perf_counter(), processor(), time.process_time()
    last: dict[str, float] = {}
    for answer in MAPS[name](told, [Task(root, "convert", NAME, case) for case in cases]):
        if not answer.ok:
            raise RuntimeError(f"{answer.item}: {answer.reason}")
        pid, seconds = answer.reason.split()
        last[pid] = max(last.get(pid, 0.0), float(seconds))
    wall = time.perf_counter() - began
    last[str(os.getpid())] = time.process_time() - mine
    forget()
    return {"wall": wall, "cpu": processor() - used, "longest": max(last.values())}


def efficiency(cases: int, runs: int, shape: Shape = MIDDLE, call: Call = alone) -> dict[str, Row]:
    """Convert the same cases by each of `MAPS` in turn, *runs* times; return medians.

    *wall* feels what else the machine does. *longest* does not: the processor's seconds of the
    busiest process, its start included, below which no idle machine comes.
    """
    rows: dict[str, list[Row]] = {name: [] for name in MAPS}
    with lab(cases, shape) as registry:
        _fetched(registry, plugins.load(registry.plugins))
        for number in range(runs):
            for name in [*MAPS] if number % 2 else [*MAPS][::-1]:
                rows[name].append(call(converted, str(registry.root), name))
    found = {}
    for name, several in rows.items():
        found[name] = {key: statistics.median(row[key] for row in several) for key in several[0]}
    for name, row in found.items():
        one, workers = found[f"{name[:-1]}1"], int(name[-1])
        row["efficiency"] = one["wall"] / workers / row["wall"]
        row["by_cpu"] = one["longest"] / workers / row["longest"]
    return found


# --- what the engine itself costs --------------------------------------------------------------


def nothing(task: Task) -> Answer:
    return Answer(task.item, Outcome.CONVERTED)


ENGINES: dict[str, Callable[[], Engine]] = {
    "inline": Inline,
    "2 processes": lambda: Processes(2, patience=0),
    "dask, 2 here": lambda: Dask(2),
}


def empty(name: str, cases: int) -> Row:
    """Answer *cases* tasks that hold no work, as a stage does."""
    wall, used = time.perf_counter(), processor()
    items = [f"case_{number:06}" for number in range(cases)]
    if name in ENGINES:
        engine = ENGINES[name]()
        with tempfile.TemporaryDirectory() as folder:
            here = Registry(Path(folder))  # which workers of Dask look for
            run("convert", here, NAME, items, nothing, engine=engine, progress=Silent())
    else:
        tasks = [Task("", "convert", NAME, item) for item in items]
        with get_context("spawn").Pool(2) as pool:
            list(pool.imap_unordered(nothing, tasks))
            pool.close()
            pool.join()
    return {
        "cases": cases,
        "wall": time.perf_counter() - wall,
        "cpu": processor() - used,
        "peak_mb": peak(),
    }


def overhead(name: str, sizes: tuple[int, ...], call: Call = alone) -> Row:
    """Return what one more task costs in ms, and what the client holds at each size."""
    rows = [call(empty, name, size) for size in sizes]
    more = sizes[-1] - sizes[0]
    return {
        "wall_ms": (rows[-1]["wall"] - rows[0]["wall"]) / more * 1e3,
        "cpu_ms": (rows[-1]["cpu"] - rows[0]["cpu"]) / more * 1e3,
        **{f"mb_at_{size}": row["peak_mb"] for size, row in zip(sizes, rows, strict=True)},
    }
