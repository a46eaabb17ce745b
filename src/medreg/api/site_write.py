"""Write the catalog's site into a folder: what changed, and nothing that is somebody else's."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medreg.api.site_pages import Site
from medreg.errors import MedregError, Misuse
from medreg.files.atomic import place, whole_file
from medreg.files.hashing import sha256_bytes
from medreg.report import Answer, Outcome, Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.api.lab import Lab
    from medreg.report import Progress

RECORD = ".medreg-site.json"  # what was written here: each path, its sha256, what it was made of
_SAFE = re.compile(r"(?!/)(?:(?!\.\.?(?:/|$))[^/]+(?:/|$))+")  # a path that stays in its folder
_UNKNOWN = ("", "")


@dataclass(frozen=True)
class Written:
    """What became of each page, and the datasets whose pictures may not be passed on."""

    answers: Sequence[Answer]
    bound: Sequence[str] = ()

    @property
    def removed(self) -> list[str]:
        """The pages of before that belong to the site no more."""
        return [one.item for one in self.answers if one.reason == "stale"]


@dataclass
class _Folder:
    """The folder of a site, and the record of what was written there."""

    path: Path
    record: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> _Folder:
        try:
            said = json.loads((path / RECORD).read_bytes())
            record = {
                name: (str(digest), str(of))
                for name, (digest, of) in said.items()
                if _SAFE.fullmatch(name)
            }
        except (FileNotFoundError, NotADirectoryError, ValueError, TypeError, AttributeError):
            record = {}
        return cls(path, record)

    def save(self) -> None:
        lines = {name: list(self.record[name]) for name in sorted(self.record)}
        with whole_file(self.path / RECORD) as part:
            part.write_text(json.dumps(lines, indent=0) + "\n", encoding="utf-8")

    def holds(self, name: str, digest: str) -> bool:
        """Tell whether the file *name* has the bytes that the record says."""
        file = self.path / name
        return bool(digest) and file.is_file() and sha256_bytes(file.read_bytes()) == digest


def write_site(
    lab: Lab, into: Path, *, volumes: bool = False, progress: Progress | None = None
) -> Written:
    """Write every page of the site of *lab* into the folder *into*, those that changed.

    Pages that were written before and are gone from the site are removed; a file that this did
    not write is never touched. *volumes* copies those that may be passed on, so that cases can
    be opened where the site is served. Git ignores a new folder within the registry. Raises
    `Misuse` where a file of somebody else is in the way.
    """
    site = Site(lab, "copied" if volumes else "")
    folder, bars = _Folder.open(into), progress or Silent()
    pages, copies = site.paths(), site.copies()
    _require_free(folder, [*pages, *copies])
    old = dict(folder.record)
    folder.record |= {name: old.get(name, _UNKNOWN) for name in (*pages, *copies)}
    _keep_out_of_git(lab, into)
    into.mkdir(parents=True, exist_ok=True)
    folder.save()  # a killed run knows its own pages again
    bars.start("site", len(pages), "pages")
    answers = []
    for name in pages:
        answers.append(_page(site, folder, name))
        bars.answered(answers[-1])
    bars.finish()
    if copies:
        answers += _volumes(folder, copies, bars)
    answers += _stale(folder, {*pages, *copies})
    folder.save()
    return Written(answers, site.bound())


def _keep_out_of_git(lab: Lab, into: Path) -> None:
    """Let git ignore a new folder within the registry: its pages are made of what git holds."""
    within = lab.root is not None and lab.root.resolve() in into.resolve().parents
    if within and not (into.is_dir() and any(into.iterdir())):
        with whole_file(into / ".gitignore") as part:
            part.write_text("*\n", encoding="utf-8")


def _require_free(folder: _Folder, names: Sequence[str]) -> None:
    taken = [n for n in names if n not in folder.record and (folder.path / n).exists()]
    if taken:
        raise Misuse(
            f"{folder.path / taken[0]} is there, and no page of this site",
            hint="name an empty folder: medreg site --into DIR",
        )


def _page(site: Site, folder: _Folder, name: str) -> Answer:
    digest, of = folder.record[name]
    stamp = site.stamp(name)
    if stamp and stamp == of and folder.holds(name, digest):
        return Answer(name, Outcome.KEPT)
    try:
        data = site.read(name)
    except MedregError as error:
        return Answer(name, Outcome.FAILED, error.message, exit_code=error.exit_code)
    found = sha256_bytes(data)
    folder.record[name] = (found, stamp)
    if folder.holds(name, found):
        return Answer(name, Outcome.KEPT)
    with whole_file(folder.path / name, durable=False) as part:
        part.write_bytes(data)
    return Answer(name, Outcome.WRITTEN, size=len(data))


def _volumes(folder: _Folder, copies: Mapping[str, Path], bars: Progress) -> list[Answer]:
    bars.start("volumes", len(copies), "files")
    answers = []
    for name, source in copies.items():
        answers.append(_copy(folder, name, source, bars.moved))
        bars.answered(answers[-1])
    bars.finish()
    return answers


def _copy(folder: _Folder, name: str, source: Path, moved: Callable[[int], None]) -> Answer:
    known, target = source.stat(), folder.path / name
    of = f"{known.st_size} {known.st_mtime_ns}"
    if folder.record[name][1] == of and target.is_file() and target.stat().st_size == known.st_size:
        return Answer(name, Outcome.KEPT)
    folder.record[name] = (place(source, target, moved), of)
    return Answer(name, Outcome.WRITTEN, size=known.st_size)


def _stale(folder: _Folder, now: set[str]) -> Iterator[Answer]:
    """Remove what the record names and the site has no more, unless somebody changed it."""
    for name in sorted(set(folder.record) - now):
        digest, _ = folder.record.pop(name)
        target = folder.path / name
        if not folder.holds(name, digest):
            continue
        target.unlink()
        yield Answer(name, Outcome.REPAIRED, "stale")
        for parent in target.relative_to(folder.path).parents:
            if parent.parts and not any((folder.path / parent).iterdir()):
                (folder.path / parent).rmdir()
