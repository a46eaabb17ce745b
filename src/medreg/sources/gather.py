"""Find files that a person or a disk offers, and bring each into the raw folder, whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from medreg.errors import NotFound
from medreg.files.archive import ending, open_archive
from medreg.files.atomic import machine_errors, whole_file
from medreg.files.names import is_litter
from medreg.report import Answer, Outcome
from medreg.sources.items import Item, OneFile, items_below, names, regular
from medreg.sources.records import differs, held, new_record
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.model import FetchJob, FileRecord
    from medreg.sources.records import Content

UNFINISHED = (".part", ".crdownload", ".download", ".opdownload")  # as browsers name them
GLOB = {"**/": r"(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, slots=True)
class Found:
    """What there is for one wanted *name*: new *items*, and raw files that are *here* already."""

    name: str
    items: Mapping[str, Item]
    here: Sequence[str]
    known: Sequence[str]
    left_out: Sequence[str] = ()

    @property
    def paths(self) -> list[str]:
        """The raw paths that can be brought or kept, in natural order."""
        return sorted({*self.items, *self.here}, key=natural)

    def missing(self, job: FetchJob) -> list[str]:
        """Return the files on record that nobody has; *name* itself when there is nothing."""
        if not (self.items or self.here or self.known):
            return [self.name]
        return [path for path in self.known if not (job.into / path).is_file()]


def look_for(wanted: Sequence[str], job: FetchJob) -> list[Found]:
    """Find each file, folder or glob pattern in ``job.given`` and among the raw files.

    Raises `NotFound` when ``job.given`` does not exist.
    """
    if job.given and not job.given.exists():
        raise NotFound(f"there is no file or folder {job.given}")
    here = raw_files(job)
    with machine_errors(job.given or job.into):
        return [_look_for(name, here, job) for name in wanted]


def _look_for(name: str, here: Sequence[str], job: FetchJob) -> Found:
    pattern = _pattern(name)
    left_out: list[str] = []
    return Found(
        name,
        dict(offered(name, job.given, left_out)) if job.given else {},
        here=[path for path in here if pattern.fullmatch(path)],
        known=[path for path in job.known if pattern.fullmatch(path)],
        left_out=left_out,
    )


def everything(place: Path, job: FetchJob) -> Found:
    """Find all that *place*, a folder or a file, holds, and all raw files."""
    left_out: list[str] = []
    items: dict[str, Item] = {}
    with machine_errors(place):
        if place.is_dir():
            items = dict(items_below(place, "", place, left_out))
        elif place.exists():
            items = {place.name: OneFile(regular(place, place.parent))}
    return Found(place.name, items, raw_files(job), list(job.known), left_out)


def raw_files(job: FetchJob) -> list[str]:
    """Return the paths of all raw files that are here, in natural order; litter is no raw file."""
    paths = (
        file.relative_to(job.into).as_posix() for file in job.into.rglob("*") if file.is_file()
    )
    return sorted((path for path in paths if not is_litter(path)), key=natural)


def offered(name: str, given: Path, left_out: list[str]) -> Iterator[tuple[str, Item]]:
    """Yield raw path and item of what *given* has by that *name*; a pattern may have several."""
    for root, match in _matches(name, given):
        path = match.relative_to(root).as_posix()
        if match.is_dir():
            yield from items_below(match, path, root, left_out)
        elif not is_litter(path):
            yield path, OneFile(regular(match, root))


def _matches(name: str, given: Path) -> list[tuple[Path, Path]]:
    """Return (root, match) for *name*: in *given*, else *given* itself, else one folder deeper."""
    folders = sorted((p for p in given.glob("*") if p.is_dir()), key=_natural_path)
    searches = [
        (given, given.glob(name)),
        (given.parent, _itself(name, given)),
        *((folder, folder.glob(name)) for folder in folders),
    ]
    for root, search in searches:
        found = sorted(search, key=_natural_path)
        if found:
            return [(root, match) for match in found]
    return []


def _itself(name: str, given: Path) -> Iterator[Path]:
    first, _, rest = name.partition("/")
    if first != "**" and fnmatchcase(given.name, first):
        yield from given.glob(rest) if rest else [given]


def _natural_path(path: Path) -> tuple[tuple[int, int | str], ...]:
    return natural(path.as_posix())


def _pattern(name: str) -> re.Pattern[str]:
    """Return what the raw paths made from *name* look like: it, below it, or it as a zip."""
    tokens = re.split(r"(\*\*/|\*|\?)", name)
    return re.compile("".join(GLOB.get(t, re.escape(t)) for t in tokens) + r"(?:/.*|\.zip)?")


def bring(
    job: FetchJob, found: Sequence[Found], source: str
) -> Iterator[tuple[FileRecord, Answer]]:
    """Bring every file of *found*; yield its record and whether it was fetched, kept or repaired.

    Raises `BytesDiffer` when bytes are not those on record (what is there stays untouched), and
    `Refused` for an archive that is damaged, incomplete or hostile.
    """
    for orphan in job.into.rglob(".*.part"):
        orphan.unlink()  # a run was killed while it wrote this
    seen: set[str] = set()
    for one in found:
        note = f"left out {names(one.left_out)}" if one.left_out else ""
        for path in one.paths:
            if path not in seen:
                seen.add(path)
                item = one.items.get(path) or OneFile(job.into / path)
                yield bring_item(job, path, item, source, note)
                note = ""


def bring_item(
    job: FetchJob, path: str, item: Item, source: str, note: str = ""
) -> tuple[FileRecord, Answer]:
    """Have what *item* makes at the raw *path*; raises as `bring`."""
    known, target = job.known.get(path), job.into / path
    with machine_errors(target):
        here = held(job, path)
        if here and (known is None or here.matches(known)) and item.agrees(target, here):
            if not known and ending(path):
                open_archive(target, path).close()
            record = known or new_record(path, here, source, job.today)
            return record, Answer(path, Outcome.KEPT, note)
        with whole_file(target) as part:
            content = item.write(part, job.progress.moved)
            if known and not content.matches(known):
                raise differs(content, known, "found now")
            if not known and ending(path):
                open_archive(part, path).close()
    record = known or new_record(path, content, source, job.today)
    reason = "; ".join(filter(None, (item.note, note)))
    return record, Answer(path, _outcome(here, content), reason, content.size)


def _outcome(before: Content | None, after: Content) -> Outcome:
    if before is None:
        return Outcome.FETCHED
    return Outcome.KEPT if before == after else Outcome.REPAIRED


def advice(missing: Sequence[str], job: FetchJob) -> str:
    """Return a hint for somebody whose ``--from`` folder lacks the files *missing*."""
    if job.given is None:
        return ""
    for name in missing:
        for unfinished in UNFINISHED:
            if _matches(f"{name}{unfinished}", job.given):
                return f"{name}{unfinished} is there: a browser has not finished it"
        stem = name.removesuffix(ending(name))
        if stem != name and any(match.is_dir() for _, match in _matches(stem, job.given)):
            return f"{stem} is there as a folder: archives are wanted as they were downloaded"
    return f"they are not in {job.given}, nor in a folder in it"
