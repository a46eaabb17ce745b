"""Where a plugin is tried: a registry that holds it alone, and a source that offers a miniature."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medreg.files.hashing import sha256_file
from medreg.model import FetchJob, FileRecord
from medreg.registry import Registry
from medreg.report import Answer, Outcome
from medreg.sources import Local, Manual

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from medreg.model import Source
    from medreg.plugins import Declared

TODAY = "2026-11-20"  # of the trial's records, which nobody keeps


def one_plugin(root: Path, declared: Declared, tables: Path) -> Registry:
    """Make at *root* a registry of this one plugin, with the vocabulary and terms of *tables*."""
    registry = Registry(root)
    for folder in (registry.plugins, registry.facts):
        folder.mkdir(parents=True)
    (root / "pyproject.toml").write_text("[tool.medreg]\n", encoding="utf-8")
    for table in ("vocabulary.csv", "terms.csv"):
        shutil.copyfile(tables / table, registry.facts / table)
    if declared.home != "installed":
        shutil.copyfile(declared.file, registry.plugins / declared.file.name)
    return registry


def offered_from(folder: Path, source: Source) -> Source:
    """Return what stands in for *source*: what people bring is packed as their files are."""
    return Local(str(folder)) if isinstance(source, Local | Manual) else _Placed(folder)


@dataclass(frozen=True)
class _Placed:
    """Files that a program downloads: they lie in the raw folder as they were offered."""

    folder: Path
    access: Literal["open"] = "open"
    steps: str = ""

    def wanted(self) -> Sequence[str]:
        return ("miniature",)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        for file in sorted(self.folder.rglob("*")):
            if not file.is_file():
                continue
            path = file.relative_to(self.folder).as_posix()
            target = job.into / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            size, digest = target.stat().st_size, sha256_file(target)
            record = FileRecord(path=path, size=size, sha256=digest, source="miniature", date=TODAY)
            yield record, Answer(path, Outcome.FETCHED, size=size)
