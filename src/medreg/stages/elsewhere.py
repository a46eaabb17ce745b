"""Fetch on a cluster: one task is one file or series, whose record comes back to the client.

A worker lists the publisher's files itself, once in a fetch, with the logins that it finds in its
own environment: no address and no secret travels. The client decides what is fetched, and keeps
the records. What the client alone may do (git, an archive that knows this machine, files that a
person gives) stays there: see `medreg.model.FetchJob.spread`.
"""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from medreg.engine import Task
from medreg.engine.shown import sizes
from medreg.engine.worker import wanted
from medreg.errors import CannotHere, MedregError, NotFound, of_code
from medreg.model import FileRecord
from medreg.registry import Registry
from medreg.report import Answer, Outcome, Silent
from medreg.sources.pace import SharedPace
from medreg.sources.parts import of_path
from medreg.sources.pool import Only, Watch, hopeless, whole_failure
from medreg.sources.records import Content, differs
from medreg.stages.fetch import job_of
from medreg.stages.opened import of_task
from medreg.stages.run import decided

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from medreg.engine import Engine
    from medreg.model import FetchJob
    from medreg.model.raw import Spread
    from medreg.registry import Folder

    Bring = Callable[[Callable[[int], None]], tuple[FileRecord, Answer]]

STAGE = "fetch"


@dataclass(frozen=True, slots=True)
class Brought(Answer):
    """What became of a file: its record and MD5, or how it failed."""

    record: FileRecord | None = None
    md5: str = ""
    failure: MedregError | None = None


def spread(
    registry: Registry, folder: Folder, job: FetchJob, engine: Engine, per_second: float
) -> Spread:
    """Return what has the files of *job* brought by *engine*, *per_second* bytes at most (0: any).

    Raises as `medreg.sources.pool.in_order`, and `BytesDiffer` for a record that the worker did
    not know.
    """
    told = json.dumps({"run": time.time_ns(), "today": job.today, "per_second": per_second})
    seen = decided(registry, folder)

    def bring(
        into: Path, pieces: Mapping[str, Bring], at_once: int
    ) -> Iterator[tuple[FileRecord, Answer]]:
        before = into.relative_to(job.into).as_posix() + "/" if into != job.into else ""
        root = str(registry.root)
        tasks = [Task(root, STAGE, folder.name, before + path, told, seen) for path in pieces]
        failed: list[MedregError] = []
        answers = engine.map(fetch_item, tasks, at_once)
        with closing(cast("Generator[Answer]", answers)):
            for answer in answers:
                try:
                    record = _record(job, answer)
                except MedregError as failure:
                    failed.append(failure)
                    if hopeless(failed):
                        break
                    continue
                job.progress.moved(record.size)
                own, plain = record.path.removeprefix(before), answer.item.removeprefix(before)
                yield replace(record, path=own), _plain(answer, plain)
        if failed:
            raise whole_failure(failed)

    return bring


def _plain(answer: Answer, item: str) -> Answer:
    return Answer(item, answer.outcome, answer.reason, answer.size, answer.exit_code)


def _record(job: FetchJob, answer: Answer) -> FileRecord:
    """Return the record of a file that came; raises how it failed."""
    if isinstance(answer, Brought) and answer.failure:
        raise answer.failure
    if not isinstance(answer, Brought) or answer.record is None:
        raise of_code(answer.exit_code)(f"{answer.item}: {answer.reason}")
    record, known = answer.record, job.known.get(answer.item)
    content = Content(record.size, record.sha256)
    if known and not content.matches(known):
        raise differs(content, known, "brought by a worker that did not see the record")
    if answer.md5 and job.hashed:
        job.hashed(job.into / answer.item, answer.md5)
    return record


@dataclass
class _Served:
    """What one fetch keeps open in a worker: its source, stopped where files are to be brought."""

    run: tuple[str, ...]
    going: Iterator[tuple[FileRecord, Answer]] = field(default_factory=lambda: iter(()))
    pieces: dict[str, Bring] = field(default_factory=dict)  # by path in raw/
    md5s: dict[Path, str] = field(default_factory=dict)

    def keep(
        self, into: Path, pieces: Mapping[str, Bring], at_once: int
    ) -> Iterator[tuple[FileRecord, Answer]]:
        """Keep what brings each file, as a `Spread` that never goes on."""
        del at_once
        self.pieces |= {str(into / path): bring for path, bring in pieces.items()}
        yield FileRecord(path="", size=0, sha256="", source=""), Answer("", Outcome.KEPT)


_served: list[_Served] = []  # one at most: that of the last task


def fetch_item(task: Task) -> Answer:
    """Bring one file or series; its bytes stop when nobody waits for it any more."""
    watch = Watch(Only(lambda _size: None if wanted() else watch.stop()))
    watch.begin()
    root = Path(task.root)
    target = Registry(root).dataset(task.name).raw / task.item
    try:
        run = (task.root, task.name, task.told)
        if not (_served and _served[0].run == run and str(target) in _served[0].pieces):
            _served[:] = [_begun(task, run)]
        served = _served[0]
        if str(target) not in served.pieces:
            raise NotFound(f"{task.item}: the publisher does not list it any more")
        record, answer = served.pieces[str(target)](watch.moved)
    except CannotHere:
        raise
    except MedregError as failure:
        code = failure.exit_code
        return Brought(task.item, Outcome.FAILED, failure.message, exit_code=code, failure=failure)
    return Brought(
        task.item,
        answer.outcome,
        answer.reason,
        answer.size,
        shown=sizes(root, [target]),
        record=replace(record, path=task.item),
        md5=served.md5s.pop(target, ""),
    )


def _begun(task: Task, run: tuple[str, ...]) -> _Served:
    """Have the source of *task* list its files, or the part of it that has this one."""
    _served.clear()  # connections of the one before
    told = json.loads(task.told)
    registry = Registry(Path(task.root))
    dataset = of_task(task.root, task.name).dataset
    job = job_of(registry, dataset, today=told["today"], progress=Silent())
    source, job, _ = of_path(dataset.source, replace(job, serving=True), task.item)
    if told["per_second"]:
        pace = SharedPace(told["per_second"], registry.lock(task.name).with_suffix(".pace"))
        job = replace(job, pace=pace)
    fresh = _Served(run)
    job = replace(job, spread=fresh.keep, hashed=fresh.md5s.__setitem__)
    fresh.going = iter(source.fetch(job))
    next(fresh.going, None)
    return fresh
