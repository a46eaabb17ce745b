"""Remove what no case owns: folders of refused or vanished cases, and what a kill left."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path


def sweep(folder: Path, owned: AbstractSet[str]) -> None:
    """Remove every entry of *folder* whose name is not among *owned*."""
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        if entry.name not in owned:
            remove(entry)


def sweep_files(folder: Path, owned: AbstractSet[str]) -> None:
    """Remove every file below *folder* whose path is not among *owned*, and folders left empty."""
    for entry in sorted(folder.rglob("*"), reverse=True):
        if entry.is_dir() and not entry.is_symlink():
            if not any(entry.iterdir()):
                entry.rmdir()
        elif entry.relative_to(folder).as_posix() not in owned:
            entry.unlink()


def remove(entry: Path) -> None:
    """Remove a file, a link, or a folder with all it holds."""
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink(missing_ok=True)
