"""The stage ``fetch``: bring the publisher's files, and keep a record of each.

``files.csv`` appears when nothing is missing of what was asked for: a dataset of which half is
here was not fetched. Until then the records wait in scratch, of which nothing is left when all is
here. Where only a part was asked for, ``partial.json`` says so (see `medreg.stages.part`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from medreg.engine.worker import settled
from medreg.errors import NotFound
from medreg.files.atomic import clear_scratch, machine_errors
from medreg.files.lock import lock
from medreg.model import FetchJob, FileRecord
from medreg.registry import Folder
from medreg.report import Answer, StageReport
from medreg.sources import handed, pace
from medreg.stages import adopted, compared, part
from medreg.stages.accept import require
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.engine import Engine
    from medreg.model import Dataset, Offer, Source
    from medreg.model.raw import Copy
    from medreg.plugins import Plugins
    from medreg.registry import Registry
    from medreg.report import Progress

FILE = "files.csv"
SOURCE = "source"  # beside records that wait: where their files came from, as declared
EVERY = 2.0  # seconds between two records on disk: what a kill can make us look at again
SHARE = 50  # of the time, at most one part in so many writes them


WHOLE = part.Choice()


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """Which *choice* of files is fetched, and how many *jobs* at once.

    The source says how many where *jobs* is 0. All together bring at most *bandwidth* bytes a
    second, any at 0. On a cluster's *engine*, one task is one file or series; without one, threads
    of this process bring them.
    *urls* are addresses that a person gives in place of the publisher's (`medreg.sources.handed`).
    *hashed* is told of the MD5 of files that came; *copy* begins a second copy of one.
    *recorded* asks for the files on record alone, once there are any: who repeats a fetch does
    not ask for more.
    """

    choice: part.Choice = WHOLE
    jobs: int = 0
    bandwidth: float = 0
    engine: Engine | None = None
    urls: tuple[str, ...] = ()
    hashed: Callable[[Path, str], None] | None = None
    copy: Callable[[], Copy] | None = None
    recorded: bool = False


HOW = How()


def fetch(  # noqa: PLR0913 - what a source is told
    registry: Registry,
    plugins: Plugins,
    name: str,
    *,
    given: Path | None,
    today: str,
    progress: Progress,
    how: How = HOW,
) -> StageReport:
    """Fetch what is missing into ``raw/``; rows of ``files.csv`` that still hold stay as they are.

    A row stays, its file here or not, until a person deletes it.
    *given* is where a person put what they downloaded, *today* the date for new rows. A
    source yields record by record, and one fetch of a dataset runs at a time.
    Raises `NotFound` when *given* is not there, `Transient` when another is under way, and what
    the source raises: `ActionNeeded` (also while nobody accepted the terms of a gated dataset),
    `BytesDiffer`, `Transient`, `CannotHere`.
    """
    if given and not given.exists():
        raise NotFound(f"there is no file or folder {given}", hint="look at what --from names")
    dataset = plugins.get(name).dataset
    require(registry, dataset, registry.licenses())
    folder = registry.dataset(name)
    place = adopted.place_of(folder)
    if given is None and not how.urls and place and place.is_dir():
        return adopted.register(registry, name, place, today=today, progress=progress)
    with lock(registry.lock(name), f"fetch {name}"), machine_errors(folder.raw):
        job = replace(
            job_of(registry, dataset, today=today, progress=progress),
            given=given,
            jobs=how.jobs,
            hashed=how.hashed,
            copy=how.copy,
        )
        answers = _bring(registry, dataset, job, how)
    answers.sort(key=lambda answer: natural(answer.item))
    return StageReport("fetch", name, answers)


def _bring(registry: Registry, dataset: Dataset, job: FetchJob, how: How) -> list[Answer]:
    """Bring what is asked for, and write ``files.csv`` when nothing of it is missing."""
    name, folder = dataset.name, registry.dataset(dataset.name)
    waiting, listed = _waiting(registry, name), records(folder)
    if not _is_of(waiting, dataset):
        clear_scratch(waiting.path)  # the rows first
    folder.raw.mkdir(parents=True, exist_ok=True)
    answers: list[Answer] = []
    whole = None
    again = how.recorded and bool(listed)
    if again:
        job = replace(
            job, known=listed, choose=lambda offers: [o.path for o in offers if o.path in listed]
        )
    elif how.choice != WHOLE:
        job, whole = _of_part(dataset, job, how.choice)
    job = replace(job, choose=_shown(job, name))
    rows = dict(job.known)
    wait = partial(_wait, waiting, dataset, rows, listed)
    job.progress.start(f"fetch {name}", len(dataset.source.wanted()), "files")
    try:
        arriving = _arriving(registry, folder, dataset.source, how, job)
        for answer in _recorded(arriving, rows, wait):
            answers.append(answer)
            job.progress.answered(answer)
        counted = whole and part.held(*whole, rows)
        part.note(folder, counted)
        compared.note(registry, name, [rows[answer.item] for answer in answers])
        _write(folder, rows)
        if not again:
            part.forget(folder, counted)
        clear_scratch(waiting.path)
        if not whole:
            clear_scratch(job.scratch)
    except BaseException:  # tidied up, and raised again
        wait()
        raise
    finally:
        job.progress.finish()
    return answers


def job_of(registry: Registry, dataset: Dataset, *, today: str, progress: Progress) -> FetchJob:
    """Return what a source is told to bring all that a dataset lacks.

    A record that waits counts while its file is here and the plugin names the same source:
    nothing that a person sees tells of it.
    """
    name = dataset.name
    folder, aside = registry.dataset(name), _waiting(registry, name)
    waiting = records(aside) if _is_of(aside, dataset) else {}
    return FetchJob(
        into=folder.raw,
        scratch=registry.work("fetch", name),
        given=None,
        known={
            **{path: row for path, row in waiting.items() if (folder.raw / path).is_file()},
            **records(folder),
        },
        today=today,
        progress=progress,
        other=lambda other: _of(registry.dataset(other)),
    )


def _waiting(registry: Registry, name: str) -> Folder:
    """Return where records wait until nothing is missing."""
    return Folder(registry.work("fetched", name))


def _is_of(waiting: Folder, dataset: Dataset) -> bool:
    """Tell whether what waits came from where the plugin looks now."""
    declared = waiting.path / SOURCE
    return declared.is_file() and declared.read_text("utf-8") == repr(dataset.source)


def _arriving(
    registry: Registry, folder: Folder, source: Source, how: How, job: FetchJob
) -> Iterator[tuple[FileRecord, Answer]]:
    """Bring what is missing, on a cluster where *how* has one and nobody gives the files."""
    if how.engine and not how.urls and job.given is None:
        from medreg.stages.elsewhere import spread

        job = replace(job, spread=spread(registry, folder, job, how.engine, how.bandwidth))
        yield from source.fetch(job)
        return
    if how.bandwidth:
        job = replace(job, pace=pace.Pace(how.bandwidth))
    with settled(str(registry.root), "fetch", folder.name):
        if how.urls:
            complete = bool(records(folder)) and not (folder.path / part.FILE).is_file()
            yield from handed.bring(source, how.urls, job, complete=complete)
        else:
            yield from source.fetch(job)


def _recorded(
    arriving: Iterator[tuple[FileRecord, Answer]],
    rows: dict[str, FileRecord],
    write_aside: Callable[[], None],
) -> Iterator[Answer]:
    """Yield the answer of each file once its record is in *rows*, now and then written aside."""
    due = time.monotonic() + EVERY
    for record, answer in arriving:
        rows[record.path] = _merged(rows.get(record.path), record)
        yield answer
        if (now := time.monotonic()) > due:
            write_aside()
            due = time.monotonic() + max(EVERY, SHARE * (time.monotonic() - now))


def _of_part(
    dataset: Dataset, job: FetchJob, asked: part.Choice
) -> tuple[FetchJob, tuple[part.Units, Collection[str]]]:
    """Return the job that takes just what is *asked*, and all that there is."""
    listed = {offer.path for offer in part.listing(dataset.source, job)}
    allowed: Collection[str] = listed
    if asked.where:
        narrow = part.narrowed(dataset.source, asked.where)
        allowed = {offer.path for offer in part.listing(narrow, job)}
    found = part.units(dataset, listed)
    taken = set(part.chosen(asked, found, allowed))

    def choose(offers: Sequence[Offer]) -> Collection[str]:
        return [offer.path for offer in offers if offer.path in taken]

    return replace(job, choose=choose), (found, listed)


def _shown(job: FetchJob, name: str) -> Callable[[Sequence[Offer]], Collection[str]]:
    """Return the job's choice, which also lets the progress count bytes where all are stated."""

    def choose(offers: Sequence[Offer]) -> Collection[str]:
        now = set(job.choose(offers))
        sizes = [offer.size for offer in offers if offer.path in now]
        if sizes and None not in sizes:
            job.progress.start(
                f"fetch {name}  {len(sizes):,} files", sum(size or 0 for size in sizes), "B"
            )
        return now

    return choose


def _of(other: Folder) -> tuple[Path, Mapping[str, FileRecord]]:
    """Return the raw folder and records of another dataset."""
    return other.raw, records(other)


def records(folder: Folder) -> dict[str, FileRecord]:
    """Return the rows of ``files.csv`` by path; none where nothing was fetched yet."""
    if not (folder.path / FILE).is_file():
        return {}
    return {row.path: row for row in folder.rows(FILE, FileRecord)}


def _merged(known: FileRecord | None, fresh: FileRecord) -> FileRecord:
    """Keep the row on record, with the date of the first fetch, while the bytes are the same."""
    same = known and (known.size, known.sha256) == (fresh.size, fresh.sha256)
    return known if known and same else fresh


def _wait(
    waiting: Folder,
    dataset: Dataset,
    rows: Mapping[str, FileRecord],
    listed: Mapping[str, FileRecord],
) -> None:
    """Let the new rows wait: one of ``files.csv`` goes for good when a person deletes it."""
    waiting.write(SOURCE, repr(dataset.source).encode())
    _write(waiting, {path: row for path, row in rows.items() if path not in listed})


def _write(folder: Folder, rows: Mapping[str, FileRecord]) -> None:
    folder.write_rows(FILE, rows.values(), FileRecord)
