"""The stage ``fetch``: bring the publisher's files, and keep a record of each.

``files.csv`` appears when nothing is missing any more: a dataset of which half is here was not
fetched. Until then the records wait in scratch.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from medreg.errors import NotFound
from medreg.files.atomic import machine_errors
from medreg.files.lock import lock
from medreg.model import FetchJob, FileRecord
from medreg.registry import Folder
from medreg.report import Answer, StageReport
from medreg.stages.accept import require
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medreg.plugins import Plugins
    from medreg.registry import Registry
    from medreg.report import Progress

FILE = "files.csv"
EVERY = 2.0  # seconds between two records on disk: what a kill can make us look at again


def fetch(  # noqa: PLR0913 - what a source is told
    registry: Registry,
    plugins: Plugins,
    name: str,
    *,
    given: Path | None,
    today: str,
    progress: Progress,
) -> StageReport:
    """Fetch what is missing into ``raw/``; rows of ``files.csv`` that still hold stay as they are.

    A row stays, its file here or not, until a person deletes it.
    *given* is where a person put what they downloaded, *today* the date for new rows. Runs in
    this process: a source yields record by record, and one fetch of a dataset runs at a time.
    Raises `NotFound` when *given* is not there, `Transient` when another is under way, and what
    the source raises: `ActionNeeded` (also while nobody accepted the terms of a gated dataset),
    `BytesDiffer`, `Transient`, `CannotHere`.
    """
    if given and not given.exists():
        raise NotFound(f"there is no file or folder {given}", hint="look at what --from names")
    dataset = plugins.get(name).dataset
    require(registry, dataset, registry.licenses())
    source = dataset.source
    folder = registry.dataset(name)
    with lock(registry.lock(name), f"fetch {name}"), machine_errors(folder.raw):
        waiting = Folder(registry.work("fetched", name))
        known = {**records(waiting), **records(folder)}
        rows = dict(known)
        job = FetchJob(
            into=folder.raw,
            scratch=registry.work("fetch", name),
            given=given,
            known=known,
            today=today,
            progress=progress,
            other=lambda other: _of(registry.dataset(other)),
        )
        folder.raw.mkdir(parents=True, exist_ok=True)
        answers: list[Answer] = []
        progress.start(f"fetch {name}", len(source.wanted()), "files")
        try:
            written = time.monotonic()
            for record, answer in source.fetch(job):
                rows[record.path] = _merged(known.get(record.path), record)
                answers.append(answer)
                progress.answered(answer)
                if time.monotonic() - written > EVERY:
                    _write(waiting, rows)
                    written = time.monotonic()
            _write(folder, rows)
            (waiting.path / FILE).unlink(missing_ok=True)
        except BaseException:
            _write(waiting, rows)
            raise
        finally:
            progress.finish()
    answers.sort(key=lambda answer: natural(answer.item))
    return StageReport("fetch", name, answers)


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


def _write(folder: Folder, rows: Mapping[str, FileRecord]) -> None:
    folder.write_rows(FILE, rows.values(), FileRecord)
