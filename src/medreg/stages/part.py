"""Fetch a part of a dataset: which files it is, and that nobody takes it for the whole.

``partial.json`` lies beside ``files.csv`` as long as files that the publisher lists were not asked
for: it counts what is here of what there is. It names no file, and goes when all are here.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, BinaryIO

from medreg.errors import MedregError, Misuse, NotFound
from medreg.model import FileRecord, Offer
from medreg.registry import json_bytes
from medreg.sources import Idc, Parts
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from medreg.model import Case, Dataset, FetchJob, Source
    from medreg.registry import Folder

FILE = "partial.json"
NOTES = (".csv", ".json", ".md", ".tsv", ".txt", ".xls", ".xlsx")  # of all cases: always taken
SERIES = re.compile(r"(.+/[^/]+)/[A-Z0-9]{2,16}_[0-9.]+\.zip")  # patient and study


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is asked for: of the *cases* whose names match, a *sample*, and the first *limit*.

    *where* is a condition in SQL over the columns of IDC's index. A case is what the layout finds
    in the publisher's list of files, a study where that lists series, and else a file.
    """

    cases: tuple[str, ...] = ()
    sample: int = 0
    limit: int = 0
    where: str = ""

    def __post_init__(self) -> None:
        for word, asked in (("sample", self.sample), ("limit", self.limit)):
            if asked < 0:
                raise Misuse(f"{word} is a number of cases: 1 or more, not {asked}")

    def __str__(self) -> str:
        words = [f"--cases {shlex.quote(pattern)}" for pattern in self.cases]
        words += [f"--where {shlex.quote(self.where)}"] if self.where else []
        words += [f"--sample {self.sample}"] if self.sample else []
        return " ".join([*words, *([f"--limit {self.limit}"] if self.limit else [])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How much of a dataset is here: *fetched* of so many *unit*, and files."""

    unit: str
    fetched: int
    of: int
    files: int
    of_files: int

    def __str__(self) -> str:
        return f"{self.fetched:,} of {self.of:,} {self.unit}"


@dataclass(frozen=True, slots=True)
class Units:
    """What a publisher lists, by case: *notes* are files that belong to all of them."""

    word: str
    files: Mapping[str, Sequence[str]]
    notes: Sequence[str]


class _Names:
    """A `Tree` of files that are not here: they have names, and nothing to read."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(sorted(paths, key=natural))

    def paths(self) -> Sequence[str]:
        return self._paths

    def open(self, path: str) -> BinaryIO:
        raise NotFound(f"{path} is not here yet")

    def read(self, path: str) -> bytes:
        raise NotFound(f"{path} is not here yet")

    def container(self, path: str) -> str:
        return path


def listing(source: Source, job: FetchJob) -> list[Offer]:
    """Return what the publisher lists; raises as `Source.fetch`, and `Misuse` where none does."""
    found: list[Offer] = []

    def note(offers: Sequence[Offer]) -> Collection[str]:
        found.extend(offers)
        return ()

    refuse_whole(source)
    for _ in source.fetch(replace(job, choose=note, listing=True)):
        pass
    return found


def refuse_whole(source: Source) -> None:
    """Raise `Misuse` when *source* has no parts to choose from."""
    if not listable(source):
        raise Misuse(
            f"{type(source).__name__} hands out everything at once: there is no part to choose",
            hint="leave out --cases, --limit, --sample and --where",
        )


def listable(source: Source) -> bool:
    """Tell whether *source* lists its files before they are fetched."""
    from medreg.sources.parts import lists

    return lists(source)


def narrowed(source: Source, where: str) -> Source:
    """Return *source* with a condition on IDC's index; raises `Misuse` where that is not asked."""
    if isinstance(source, Idc):
        return replace(source, where=f"({source.where}) AND ({where})" if source.where else where)
    if isinstance(source, Parts):
        parts = {
            name: narrowed(part, where) if isinstance(part, Idc) else part
            for name, part in source.parts.items()
        }
        if parts != source.parts:
            return replace(source, **parts)
    raise Misuse(
        f"--where asks the index of IDC, and this source is {type(source).__name__}",
        hint="choose by name with --cases 'PATTERN'",
    )


def units(dataset: Dataset, paths: Collection[str]) -> Units:
    """Sort what is listed by case, where the layout can tell from names alone."""
    notes = [path for path in paths if path.lower().endswith(NOTES)]
    names = {f"{p[:-4]}/1.dcm" if SERIES.fullmatch(p) else p: p for p in paths}
    try:
        found = {case.id: _members(case) for case in dataset.find(_Names(names))}
    except MedregError:  # it reads files, or finds archives that nobody can look into from here
        found = {}
    cases = {case: [names[m] for m in members if m in names] for case, members in found.items()}
    own = {member for members in cases.values() for member in members}
    if cases and all(cases.values()) and all(p in own for p in paths if SERIES.fullmatch(p)):
        return Units("cases", cases, [path for path in notes if path not in own])
    studies: dict[str, list[str]] = {}
    for path in sorted(paths, key=natural):
        match = SERIES.fullmatch(path)
        studies.setdefault(match[1] if match else path, []).append(path)
    word = "studies" if any(SERIES.fullmatch(path) for path in paths) else "files"
    return Units(word, studies, [])


def _members(case: Case) -> list[str]:
    refs = [*case.images.values(), *([case.mask] if case.mask else [])]
    return sorted({path for ref in refs for path in ref.members}, key=natural)


def chosen(choice: Choice, found: Units, allowed: Collection[str]) -> list[str]:
    """Return the files of *choice*, of those *allowed*; raises `NotFound` when there are none."""
    offered = {n: files for n, files in found.files.items() if any(p in allowed for p in files)}
    by_pattern = {
        pattern: {name for name, files in offered.items() if _matches(pattern, name, files)}
        for pattern in choice.cases
    }
    empty = [pattern for pattern, some in by_pattern.items() if not some]
    if empty:
        raise _none(found, replace(choice, cases=tuple(empty), sample=0, limit=0))
    names = list(set().union(*by_pattern.values()) if choice.cases else offered)
    if choice.sample:
        names = sorted(sorted(names, key=_draw)[: choice.sample], key=natural)
    names = sorted(names, key=natural)[: choice.limit or None]
    if not names:
        raise _none(found, choice)
    return [*found.notes, *(path for n in names for path in found.files[n] if path in allowed)]


def _none(found: Units, choice: Choice) -> NotFound:
    some = ", ".join(sorted(found.files, key=natural)[:3])
    return NotFound(
        f"none of {len(found.files):,} {found.word} is what you ask for: {choice}",
        hint=f"they are named like {some}" if some else "",
    )


def _draw(name: str) -> bytes:
    """Return where *name* stands in the draw: the same on every machine, whatever else there is."""
    return hashlib.sha256(name.encode()).digest()


def _matches(pattern: str, name: str, files: Sequence[str]) -> bool:
    return fnmatchcase(name, pattern) or any(fnmatchcase(path, pattern) for path in files)


def held(found: Units, listed: Collection[str], rows: Collection[str]) -> Held:
    """Count what *rows* has of what is *listed*."""
    return Held(
        unit=found.word,
        fetched=sum(all(path in rows for path in files) for files in found.files.values()),
        of=len(found.files),
        files=sum(path in rows for path in listed),
        of_files=len(listed),
    )


def note(folder: Folder, counted: Held | None) -> None:
    """Say that what is here is a part, if it is one: before ``files.csv`` names it."""
    if counted and counted.files < counted.of_files:
        folder.write(FILE, json_bytes(asdict(counted)))


def forget(folder: Folder, counted: Held | None) -> None:
    """Say no more that it is a part, if all is here: after ``files.csv`` names it."""
    if not counted or counted.files == counted.of_files:
        (folder.path / FILE).unlink(missing_ok=True)


def counted(folder: Folder) -> Held | None:
    """Return how much is here of a dataset that was fetched in part; None of a whole one."""
    if not (folder.path / FILE).is_file():
        return None
    return Held(**folder.json(FILE))


def part_of(folder: Folder) -> Collection[str] | None:
    """Return the raw files that a partial fetch ended with; None where all count.

    What a later fetch has begun to add is no part of it yet.
    """
    if counted(folder) is None:
        return None
    return {row.path for row in folder.rows("files.csv", FileRecord)}
