"""Write the files of a dataset or set that git holds to a folder, without a checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.files.atomic import write_bytes
from medreg.versions import git

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.registry import Registry

PIPELINE = (".gitignore", "dvc.lock", "dvc.yaml")


def write_tracked(
    registry: Registry, where: str, revision: str, into: Path, *, pipeline: bool = True
) -> None:
    """Write the files of the folder *where* that git holds at *revision* to the folder *into*.

    What makes it a folder of a DVC repository is left out unless *pipeline*.
    """
    for path in git.files(registry.root, revision, where):
        if not pipeline and path.removeprefix(f"{where}/") in PIPELINE:
            continue
        data = git.show(registry.root, revision, path)
        target = into / path.removeprefix(f"{where}/")
        if not (target.is_file() and target.read_bytes() == data):
            write_bytes(target, data)
