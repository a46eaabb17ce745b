"""What a process needs to know of a dataset to work on one of its cases, read once.

A task is names only; here names become things again. A worker opens a dataset when its first
task asks for it, and again when the dataset has been fetched or declared anew since.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from medreg import plugins as finder
from medreg.errors import DeclarationError, NotFound
from medreg.files.hashing import sha256_bytes
from medreg.registry import Registry, json_bytes
from medreg.stages import adopted
from medreg.stages.part import part_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medreg.files.archive import RawTree
    from medreg.model import Case, Check, Dataset
    from medreg.registry import Folder

DECIDES_NO_CASE = (
    "source",
    "check",
    "clinical",
)  # of what is declared: the bytes of raw files speak for it
MARKS = ("declared.json", "files.csv", adopted.FILE)
_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


@dataclass(frozen=True, eq=False)
class Opened:
    """One dataset of the registry, with its plugin loaded."""

    registry: Registry
    dataset: Dataset
    checks: tuple[Check, ...]

    @cached_property
    def folder(self) -> Folder:
        """Where its tables, raw and converted files lie."""
        return self.registry.dataset(self.dataset.name)

    @cached_property
    def tree(self) -> RawTree:
        """The publisher's files; raises `NotFound` until all of them were fetched."""
        from medreg.files.archive import RawTree

        name = self.dataset.name
        if adopted.place_of(self.folder):
            return adopted.tree(self.registry, name)
        if not self.folder.raw.is_dir():
            raise NotFound(f"{name} has no raw files yet", hint=f"medreg fetch {name}")
        if not (self.folder.path / "files.csv").is_file():
            raise NotFound(
                f"{name} was not fetched to the end: files of it are missing",
                hint=f"medreg fetch {name} names them",
            )
        return RawTree(self.folder.raw, part_of(self.folder))

    @cached_property
    def cases(self) -> Mapping[str, Case]:
        """Every case by id, in natural order; raises `DeclarationError` for two of one id."""
        cases: dict[str, Case] = {}
        for case in self.dataset.find(self.tree):
            for name in (case.id, *case.images):
                if name == "mask" or not _ID.fullmatch(name):
                    raise DeclarationError(
                        f"{self.dataset.name}: {name!r} cannot name a case or channel"
                    )
            if case.id in cases:
                files = " and ".join(_first_file(c) for c in (cases[case.id], case))
                raise DeclarationError(
                    f"{self.dataset.name}: two cases are called {case.id}: {files}"
                )
            cases[case.id] = case
        return cases

    @cached_property
    def declared(self) -> str:
        """The digest of everything declared that decides how a case is converted."""
        described = finder.describe(self.dataset, self.registry.vocabulary())
        decides = {key: v for key, v in described.items() if key not in DECIDES_NO_CASE}
        return sha256_bytes(json_bytes(decides))

    def close(self) -> None:
        """Close the archives that were opened."""
        if "tree" in self.__dict__:
            self.tree.close()


def _first_file(case: Case) -> str:
    return next((path for ref in case.images.values() for path in ref.members), "no file")


@contextmanager
def opened(registry: Registry, name: str) -> Iterator[Opened]:
    """Open a dataset for one stage: read anew, and closed when the stage is over."""
    forget()
    try:
        yield of_task(str(registry.root), name)
    finally:
        forget()


def of_task(root: str, name: str) -> Opened:
    """Return the dataset *name* of the registry at *root*, as this process knows it."""
    known = _known.get((root, name))
    if known and tuple(map(_mark, known.files)) == known.marks:
        return known.dataset
    if known:
        known.dataset.close()
    registry = Registry(Path(root))
    files = [registry.dataset(name).path / file for file in MARKS]
    marks = tuple(map(_mark, files))
    plugins = finder.load(registry.plugins)
    fresh = Opened(registry, plugins.get(name).dataset, tuple(plugins.checks))
    _known[root, name] = _Known(files, marks, fresh)
    return fresh


def forget() -> None:
    """Close everything that this process has opened."""
    while _known:
        _known.popitem()[1].dataset.close()


class _Known(NamedTuple):
    """A dataset, and the *files* that decide about it, as they looked when it was opened."""

    files: list[Path]
    marks: tuple[tuple[int, int], ...]
    dataset: Opened


_known: dict[tuple[str, str], _Known] = {}


def _mark(file: Path) -> tuple[int, int]:
    try:
        stat = file.stat()
    except FileNotFoundError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)
