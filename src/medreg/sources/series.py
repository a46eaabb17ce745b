"""A DICOM series as one raw file: its instances are brought, counted and packed."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from medreg.errors import NotFound, Refused
from medreg.files.names import member_path
from medreg.files.pack import write_stored
from medreg.model import Offer
from medreg.report import Outcome
from medreg.sources.gather import bring_item
from medreg.sources.items import names
from medreg.sources.listed import refuse_full_disk
from medreg.sources.pool import Only, bring_all, far
from medreg.sources.records import Content
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer

S3 = "s3://"


@dataclass(frozen=True, slots=True)
class Series:
    """One series at a publisher: who and what it shows, and how many instances it has."""

    patient: str
    study: str
    modality: str
    uid: str
    count: int  # 0 where only the record knows
    source: str
    size: int = 0  # bytes, about
    version: str = ""
    note: str = ""

    @property
    def path(self) -> str:
        """Its path in the raw folder."""
        path = f"{self.patient}/{self.study}/{self.modality}_{self.uid}.zip"
        if self.patient.count("/") or member_path(path, self.source) != path:
            raise Refused(f"{self.source}: the patient {self.patient!r} cannot name a folder")
        return path


@dataclass(frozen=True, slots=True)
class Packed:
    """A raw file that is a stored zip of what *collect* puts into *folder*.

    *recorded* is whether its bytes are on record: then they alone decide.
    """

    series: Series
    folder: Path
    collect: Collect
    moved: Callable[[int], None]
    recorded: bool

    @property
    def note(self) -> str:
        """What a person should know."""
        return self.series.note or f"packed {self.series.count or 'its'} DICOM files"

    def agrees(self, target: Path, content: Content) -> bool:  # noqa: ARG002  # an `Item`
        """Trust the record; without one, the count of a zip that was written whole."""
        if self.recorded:
            return True
        try:
            with zipfile.ZipFile(target) as packed:
                return len(packed.namelist()) == self.series.count
        except zipfile.BadZipFile:
            return False

    def write(self, part: Path, moved: Callable[[int], None]) -> Content:  # noqa: ARG002  # heard as they came
        """Bring the instances, and write them over *part*."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_stored(self.collect(self.series, self.folder, self.moved), part)
        return Content.of(part)


class Collect(Protocol):
    """How the instances of a series come into a folder; returns them by name."""

    def __call__(
        self, series: Series, folder: Path, moved: Callable[[int], None]
    ) -> Mapping[str, Path]:
        """Bring them; raises `BytesDiffer` or `Transient` when they are not all right."""


def paced(job: FetchJob, collect: Collect) -> Collect:
    """Return *collect* with its bytes coming no faster than *job* allows."""

    def slower(series: Series, folder: Path, moved: Callable[[int], None]) -> Mapping[str, Path]:
        def came(size: int) -> None:
            moved(size)
            job.pace(size)

        return collect(series, folder, came)

    return slower


def bring_series(
    job: FetchJob, found: Sequence[Series], collect: Collect, *, threads: int
) -> Iterator[tuple[FileRecord, Answer]]:
    """Have each series of *found* packed in the raw folder, *threads* at once.

    What is on record comes from where it came from, as long as that keeps every revision (S3).
    Raises as `Http.fetch`; `NotFound` for a recorded series that is gone here and there.
    """
    wanted = {series.path: series for series in found}
    now = set(job.choose([Offer(path, series.size or None) for path, series in wanted.items()]))
    if job.listing:
        return
    withdrawn = [path for path in job.known if path not in wanted]
    gone = []
    for path in sorted(withdrawn, key=natural):
        note = "the publisher lists it no more"
        if job.known[path].source.startswith(S3) or (job.into / path).is_file():
            wanted[path] = _recorded(job.known[path], note)
        else:
            gone.append(path)
    wanted = {path: one for path, one in wanted.items() if path in now or path in withdrawn}
    for path, series in wanted.items():
        known = job.known.get(path)
        if known and known.source.startswith(S3) and known.source != series.source:
            note = f"there is a newer revision of it: {series.source}"
            wanted[path] = _recorded(known, note)
    refuse_full_disk(job, {path: series.size for path, series in wanted.items()})

    def one(series: Series, moved: Callable[[int], None]) -> tuple[FileRecord, Answer]:
        return _bring(job, series, collect, moved)

    yield from bring_all(job, list(wanted.values()), one, threads)
    if gone:
        raise NotFound(
            f"the publisher lists no more: {names(gone)}",
            hint="pull them from a remote with medreg pull",
        )


def _recorded(known: FileRecord, note: str) -> Series:
    """Return the series that was recorded; how many instances it has, its bytes say."""
    patient, study, name = known.path.split("/")
    modality, _, uid = name.removesuffix(".zip").partition("_")
    return Series(patient, study, modality, uid, 0, known.source, known.size, known.version, note)


def _bring(
    job: FetchJob,
    series: Series,
    collect: Collect,
    moved: Callable[[int], None],
) -> tuple[FileRecord, Answer]:
    """Have the series packed in the raw folder; raises as `Http.fetch`."""
    path, known = series.path, series.path in job.known
    folder = job.scratch / series.uid
    quiet = replace(job, progress=Only(moved))
    with far(path) as come:
        done = 0

        def came(size: int) -> None:
            nonlocal done
            done += size
            moved(size)
            come(done, series.size)

        item = Packed(series, folder, collect, came, recorded=known)
        record, answer = bring_item(quiet, path, item, series.source)
    if not known:
        record = replace(record, version=series.version)
    if answer.outcome is Outcome.KEPT and series.note:
        answer = replace(answer, reason=series.note)
    shutil.rmtree(folder, ignore_errors=True)
    return record, answer
