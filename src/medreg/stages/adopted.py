"""Raw files that stay where they lie: registered in place, and read there.

``adopted.json`` beside ``files.csv`` says where; the table has the rows that fetching the same
files would have given. Where each file lies, and how it looked when it was hashed, is known to
this machine alone: ``.medreg/adopted/<name>/index.jsonl``, which grows while files are hashed, so
that a run that was killed goes on where it stopped.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import ActionNeeded, NotFound
from medreg.files.atomic import machine_errors, write_bytes
from medreg.files.hashing import sha256_file
from medreg.files.lock import lock
from medreg.files.placed import Placed, PlacedTree, packed_content
from medreg.model import FileRecord
from medreg.registry import json_bytes
from medreg.report import Answer, Outcome, StageReport
from medreg.sources.items import OneSeries, items_below, names
from medreg.sources.records import Content, differs, new_record
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.registry import Folder, Registry
    from medreg.report import Progress
    from medreg.sources.items import Item, OneFile

FILE = "adopted.json"
INDEX = "index.jsonl"
EVERY = 2.0  # seconds between two writes of the index
SHOWN = 5  # files to be named


def place_of(folder: Folder) -> Path | None:
    """Return where the raw files of a dataset lie that were registered in place; None: fetched."""
    if not (folder.path / FILE).is_file() or folder.raw.is_dir():
        return None
    return Path(folder.json(FILE)["place"])


def tree(registry: Registry, name: str) -> PlacedTree:
    """Return the files of an adopted dataset; raises `NotFound` where they are not at hand."""
    place = place_of(registry.dataset(name))
    index = registry.work("adopted", name) / INDEX
    if place is None or not place.is_dir() or not index.is_file():
        raise NotFound(
            f"{name} was registered in {place}, and this machine has not looked there",
            hint=f"mount it, then: medreg fetch {name}; or medreg adopt another copy --as {name}",
        )
    return PlacedTree(place, read(index).values())


def read(index: Path) -> dict[str, Placed]:
    """Read the lines of an index, the last of a raw file wins; half a line at its end is none."""
    found = {}
    if index.is_file():
        with index.open(encoding="utf-8") as lines:
            for line in lines:
                try:
                    raw, size, sha256, packed, parts = json.loads(line)
                except ValueError:
                    continue
                kept = tuple((path, length, changed) for path, length, changed in parts)
                found[raw] = Placed(raw, size, sha256, packed, kept)
    return found


def register(
    registry: Registry, name: str, place: Path, *, today: str, progress: Progress
) -> StageReport:
    """Hash what lies in *place* and write ``files.csv`` and ``adopted.json``; copies nothing.

    What was hashed before and looks the same is not read again. Rows on record stay: their files
    are found by path, or by their bytes where they lie elsewhere. Raises `BytesDiffer` for other
    bytes than on record, `ActionNeeded` when recorded files are missing, `NotFound` for no file.
    """
    from medreg.stages.fetch import FILE as RECORD
    from medreg.stages.fetch import records

    folder, place = registry.dataset(name), place.resolve()
    with lock(registry.lock(name), f"adopt {name}"), machine_errors(place):
        known = records(folder)
        progress.start(f"adopt {name}", 0, "B")
        try:
            placed, left_out = _hashed(registry.work("adopted", name), place, progress)
        finally:
            progress.finish()
        if not placed:
            raise NotFound(f"{place} holds no file that could be registered")
        if known:
            placed, others = _on_record(known, placed, place)
            left_out += others
        rows = {
            one.raw: known.get(one.raw)
            or new_record(one.raw, Content(one.size, one.sha256), f"local:{place}", today)
            for one in placed
        }
        _write_index(registry.work("adopted", name) / INDEX, placed)
        folder.write_rows(RECORD, rows.values(), FileRecord)
        content = {
            "place": str(place),
            "files": len(rows),
            "size": sum(r.size for r in rows.values()),
        }
        folder.write(FILE, json_bytes(content))
    note = f"left out {names(left_out, SHOWN)}" if left_out else ""
    answers = [
        Answer(path, Outcome.KEPT, note if number == 0 else "", size=0)
        for number, path in enumerate(sorted(rows, key=natural))
    ]
    return StageReport("fetch", name, answers)


def _hashed(work: Path, place: Path, progress: Progress) -> tuple[list[Placed], list[str]]:
    """Return every raw file that *place* would give, hashed now or before, and what is litter."""
    work.mkdir(parents=True, exist_ok=True)
    before = {one.parts: one for one in read(work / INDEX).values()}
    found: list[Placed] = []
    left_out: list[str] = []
    written = time.monotonic()
    with (work / INDEX).open("a", encoding="utf-8") as log:
        log.write("\n")  # what a killed run began ends here
        for raw, item in items_below(place, "", place, left_out):
            parts = tuple(_parts(item, place))
            one = before.get(parts)
            if one is None or not _same_kind(one, item):
                one = _one(raw, item, parts, progress)
                log.write(_line(one))
            else:
                one = replace(one, raw=raw)
            found.append(one)
            if time.monotonic() - written > EVERY:
                log.flush()
                written = time.monotonic()
    return found, left_out


def _same_kind(one: Placed, item: Item) -> bool:
    return one.packed == isinstance(item, OneSeries)


def _parts(item: Item, place: Path) -> Iterator[tuple[str, int, int]]:
    files = item.members.values() if isinstance(item, OneSeries) else (_file(item),)
    for file in sorted(files, key=lambda file: natural(file.name)):
        stat = file.stat()
        yield file.relative_to(place).as_posix(), stat.st_size, stat.st_mtime_ns


def _file(item: Item) -> Path:
    one: OneFile = item  # type: ignore[assignment]  # items are files or series
    return one.file


def _one(
    raw: str, item: Item, parts: tuple[tuple[str, int, int], ...], progress: Progress
) -> Placed:
    if isinstance(item, OneSeries):
        size, sha256 = packed_content(item.members, progress.moved)
        return Placed(raw, size, sha256, packed=True, parts=parts)
    return Placed(
        raw, parts[0][1], sha256_file(_file(item), progress.moved), packed=False, parts=parts
    )


def _line(one: Placed) -> str:
    return json.dumps([one.raw, one.size, one.sha256, one.packed, one.parts]) + "\n"


def _write_index(file: Path, placed: Sequence[Placed]) -> None:
    write_bytes(file, "".join(map(_line, placed)).encode())


def _on_record(
    known: Mapping[str, FileRecord], placed: Sequence[Placed], place: Path
) -> tuple[list[Placed], list[str]]:
    """Return the recorded files, under the paths on record, and what else lies there."""
    here = {one.raw: one for one in placed}
    by_bytes = {one.sha256: one for one in reversed(placed)}
    found: list[Placed] = []
    used: set[str] = set()
    missing: list[str] = []
    for path, record in known.items():
        lies = here.get(path) or by_bytes.get(record.sha256)
        if lies is None:
            missing.append(path)
            continue
        if lies.sha256 != record.sha256:
            raise differs(Content(lies.size, lies.sha256), record, f"in {place}")
        used.add(lies.raw)
        found.append(replace(lies, raw=path))
    if missing:
        raise _missing(missing, known, place)
    return found, [one.raw for one in placed if one.raw not in used]


def copy(
    registry: Registry, name: str, place: Path, *, today: str, progress: Progress
) -> StageReport:
    """Copy what lies in *place* into ``raw/``, as a fetch would; raises as `register`."""
    from medreg.model import FetchJob
    from medreg.sources import gather
    from medreg.stages.fetch import FILE as RECORD
    from medreg.stages.fetch import records

    folder, place = registry.dataset(name), place.resolve()
    with lock(registry.lock(name), f"adopt {name}"), machine_errors(folder.raw):
        known = records(folder)
        folder.raw.mkdir(parents=True, exist_ok=True)
        job = FetchJob(
            into=folder.raw,
            scratch=registry.work("fetch", name),
            given=place,
            known=known,
            today=today,
            progress=progress,
        )
        found = gather.everything(place, job)
        progress.start(f"copy {name}", len(found.paths), "files")
        try:
            done = list(gather.bring(job, [found], f"local:{place}"))
        finally:
            progress.finish()
        if missing := found.missing(job):
            raise _missing(missing, known, place)
        folder.write_rows(RECORD, [record for record, _ in done], FileRecord)
        (folder.path / FILE).unlink(missing_ok=True)
    return StageReport("fetch", name, [answer for _, answer in done])


def _missing(missing: Sequence[str], known: Mapping[str, FileRecord], place: Path) -> ActionNeeded:
    return ActionNeeded(
        f"{len(missing):,} of {len(known):,} files on record are not in {place}: "
        + names(missing, SHOWN),
        steps=("Look for them elsewhere, or adopt a folder that has all of them.",),
    )
