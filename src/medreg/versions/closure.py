"""What a release is made of: its own folder, what that depends on, and how it is read."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from medreg.versions import outs

if TYPE_CHECKING:
    from medreg.registry import Registry

# What a registry is read with, beside what a release is made of; git decides which of it is new.
HOUSE = (
    ".dvc/.gitignore", ".dvc/aws.cfg", ".dvc/config", ".dvcignore", ".gitattributes", ".gitignore",
    "dvc.yaml", "pyproject.toml", "registry/overlaps", "registry/terms.csv",
    "registry/tissues.csv",
    "registry/vocabulary.csv", "requirements.lock",
)  # fmt: skip


def own_files(registry: Registry, where: str) -> list[str]:
    """Return the files and folders, in git, that the release of *where* is made of."""
    found = {*HOUSE}
    for folder in closure(registry, where):
        found |= {folder, *dependencies(registry, folder)}
    return sorted(found)


def closure(registry: Registry, where: str) -> list[str]:
    """Return *where* and every folder with a dvc.yaml that it depends on, by what they declare."""
    known, waiting = {where}, [where]
    while waiting:
        for path in dependencies(registry, waiting.pop()):
            folder = posixpath.dirname(path)
            if folder not in known and (registry.root / folder / "dvc.yaml").is_file() and folder:
                known.add(folder)
                waiting.append(folder)
    return sorted(known)


def dependencies(registry: Registry, where: str) -> list[str]:
    """Return what the stages of *where* read, relative to the root."""
    file = registry.root / where / "dvc.yaml"
    stages = outs.yaml(file.read_bytes(), str(file), fast=True).get("stages", {})
    return sorted(
        {
            posixpath.normpath(posixpath.join(where, path))
            for stage in stages.values()
            for path, _ in outs.entries(stage.get("deps", ()))
        }
    )
