"""Series of a hospital's archive, de-identified as they arrive.

Raw files hold the new names, dates and UIDs alone, and so do paths and records. What joins them to
patients is ``.medreg/deidentify.json``, as of ``medreg deidentify``: outside git and DVC. Instances
that no rewriting of a header can clean, such as pictures with burned-in text, are left out, and
the answer about their series counts and names them. What arrived under its old name is removed
when its series is done or broken off, and after a kill by the next fetch.
"""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from medreg.errors import Refused
from medreg.files.lock import lock
from medreg.report import Answer, Outcome
from medreg.settings import find_root
from medreg.sources.items import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from medreg.deidentify.mapping import Mapping as Secret
    from medreg.model import FetchJob, FileRecord
    from medreg.sources.series import Collect, Series

ARRIVED = "arrived"  # the folder that holds what still tells who it is
NAMED = 5  # instances of a series


def bring_deidentified(
    job: FetchJob, found: Sequence[Series], collect: Collect, archive: str, *, threads: int
) -> Iterator[tuple[FileRecord, Answer]]:
    """Have each series of *found* packed under its new name, as `bring_series` does.

    *archive* is what records name as their source. Raises `Misuse` for a damaged mapping, and
    `Transient` while somebody else uses it.
    """
    from medreg.deidentify import mapping as secret
    from medreg.sources.series import bring_series

    job = replace(job, spread=None)  # one process gives the names
    file = find_root(job.into) / secret.SCRATCH / "deidentify.json"
    with lock(file.with_name(f"{file.name}.lock"), "deidentify"):
        for left in job.scratch.glob(f"**/{ARRIVED}"):
            shutil.rmtree(left)  # a run was killed
        mapping = secret.load(file)
        cleaner = _Cleaner(mapping, file, collect)
        renamed = sorted((cleaner.renamed(s, archive) for s in found), key=lambda s: s.path)
        mapping.save(file)
        for record, answer in bring_series(job, renamed, cleaner, threads=threads):
            yield record, cleaner.told(answer, job.into / record.path)


class _Cleaner:
    """Brings series under their new names, and keeps which instances it left out."""

    def __init__(self, mapping: Secret, file: Path, collect: Collect) -> None:
        self._mapping, self._file, self._collect = mapping, file, collect
        self._old: dict[str, Series] = {}
        self._left_out: dict[str, list[str]] = {}
        self._guard = Lock()

    def renamed(self, one: Series, archive: str) -> Series:
        who = one.patient if one.patient != "unknown" else one.study
        fresh = replace(
            one,
            patient=self._mapping.pseudonym(who),
            study=self._mapping.uid(one.study),
            uid=self._mapping.uid(one.uid),
            source=archive,
        )
        self._old[fresh.uid] = one
        return fresh

    def __call__(
        self, series: Series, folder: Path, moved: Callable[[int], None]
    ) -> Mapping[str, Path]:
        arrived = folder / ARRIVED
        arrived.mkdir(parents=True, exist_ok=True)
        try:
            members = self._collect(self._old[series.uid], arrived, moved)
            return self._cleaned(series, folder, members)
        finally:
            shutil.rmtree(arrived, ignore_errors=True)

    def _cleaned(
        self, series: Series, folder: Path, members: Mapping[str, Path]
    ) -> Mapping[str, Path]:
        from medreg.deidentify.folder import clean_file
        from medreg.deidentify.sign import Profile

        made: dict[str, Path] = {}
        left_out: list[str] = []
        for name in sorted(members):
            try:
                with self._guard:
                    new = self._mapping.uid(Path(name).stem)
                    data = members[name].read_bytes()
                    path, body = clean_file(data, new, self._mapping, Profile())
            except Refused as refusal:
                _, _, why = refusal.message.partition(" is refused: ")  # else a header's words
                left_out.append(f"{new} ({why or 'it cannot be read'})")
                continue
            target = folder / path.rpartition("/")[2]
            target.write_bytes(body)
            made[target.name] = target
        with self._guard:
            self._left_out[series.path] = left_out
            self._mapping.save(self._file)
        return made

    def told(self, answer: Answer, packed: Path) -> Answer:
        """Return the answer about a series with what was left out of it."""
        why = self._left_out.get(answer.item, [])
        count = len(why)
        if answer.outcome is Outcome.KEPT and not why:
            uid = Path(answer.item).stem.partition("_")[2]
            with zipfile.ZipFile(packed) as archive:
                held = len(archive.namelist())
            count = max(0, (self._old[uid].count if uid in self._old else held) - held)
        if not count:
            return answer
        told = f"left out {count:,} instances that cannot be cleaned"
        told += f": {names(why, NAMED)}" if why else ""
        return replace(answer, reason="; ".join(filter(None, (answer.reason, told))))
