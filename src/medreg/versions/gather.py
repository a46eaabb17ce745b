"""Gather files whose digest is known, from wherever they still are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import CannotHere, MedregError
from medreg.files.atomic import place
from medreg.files.hashing import sha256_file
from medreg.versions import dvc, objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from dvc.repo import Repo

    from medreg.registry import Registry
    from medreg.report import Progress
    from medreg.versions.outs import Out


@dataclass(frozen=True, slots=True)
class Item:
    """A file that is wanted at *target*; *path* is where the registry has it."""

    path: str  # relative to the registry's root, POSIX
    size: int
    sha256: str
    target: Path

    def is_at(self, file: Path) -> bool:
        """Tell whether *file* has exactly these bytes."""
        return (
            file.is_file() and file.stat().st_size == self.size and sha256_file(file) == self.sha256
        )


@dataclass(frozen=True, slots=True)
class Gathered:
    """What became of it: what is still *missing*, how many files came from where, and why not."""

    missing: Sequence[Item]
    came_from: Counter[str]
    problems: Sequence[MedregError]


def gather(
    registry: Registry, items: Iterable[Item], outs: Sequence[Out], *, progress: Progress
) -> Gathered:
    """Put each of *items* at its target: from the workspace, the cache, then each tier.

    *outs* are what recorded them. Every byte is hashed; a file with other bytes is passed over.
    Raises only `CannotHere`: whatever else keeps a tier from answering is a problem to report.
    """
    came: Counter[str] = Counter()
    problems: list[MedregError] = []
    missing = _take("", items, lambda item: item.target, came)
    missing = _take("workspace", missing, lambda item: registry.root / item.path, came)
    if not missing:
        return Gathered(missing, came, problems)
    with dvc.repository(registry) as repo:
        missing = _take_cached("cache", repo, missing, outs, came)
        for tier in dict.fromkeys(t for out in outs for t in objects.tiers_of(repo, out)):
            if not missing:
                break
            there = [out for out in outs if tier in objects.tiers_of(repo, out)]
            try:
                objects.fetch(repo, there, tier=tier, progress=progress)
            except CannotHere:
                raise
            except MedregError as problem:
                problems.append(problem)
            missing = _take_cached(f"tier {tier}", repo, missing, there, came)
    return Gathered(missing, came, problems)


def _take(
    source: str, items: Iterable[Item], where: Callable[[Item], Path | None], came: Counter[str]
) -> list[Item]:
    """Place those *items* that *source* has; return the others."""
    left = []
    for item in items:
        file = where(item)
        if file is None or not item.is_at(file):
            left.append(item)
        elif file != item.target:
            place(file, item.target)
            came[source] += 1
    return left


def _take_cached(
    source: str, repo: Repo, items: Sequence[Item], outs: Sequence[Out], came: Counter[str]
) -> list[Item]:
    known = {
        piece.path: piece.md5
        for out in outs
        if not out.is_folder or objects.cached(repo, out.md5).is_file()
        for piece in objects.pieces(repo, out)
        if not piece.is_list
    }

    def where(item: Item) -> Path | None:
        return objects.cached(repo, known[item.path]) if item.path in known else None

    left = _take(source, items, where, came)
    for item in left:
        file = where(item)
        if file and file.is_file():
            objects.poisoned(file, known[item.path])  # then a tier may have the right bytes
    return left
