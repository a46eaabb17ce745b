"""What was written of each case of a set, kept in the workspace so that a second run knows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg.engine.shown import marks, sizes
from medreg.files.atomic import write_bytes
from medreg.registry import json_bytes
from medreg.tables import ManifestRow, TransformRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.engine import Task
    from medreg.report import Mark
    from medreg.volume import Volume


@dataclass(frozen=True, slots=True)
class Written:
    """The *files* of one case; *key* is the digest of all that decided their bytes.

    *shape*, *spacing* (mm) and *voxels* by value, 0 left out, are the mask's; *transform* tells
    what was done to it, where the recipe asked.
    """

    key: str
    files: Sequence[ManifestRow]
    shape: Sequence[int]
    spacing: Sequence[float]
    voxels: Mapping[int, int]
    transform: TransformRow | None = None


def of(
    key: str, files: Sequence[ManifestRow], mask: Volume, transform: TransformRow | None
) -> Written:
    """Measure *mask* as it was written, and put all that is known of the case together."""
    from medreg.checks.counts import voxels_of

    spacing = [round(mm, 6) for mm in mask.spacing]
    return Written(key, files, mask.shape, spacing, voxels_of(mask), transform)


def save(results: Path, case_id: str, written: Written) -> None:
    """Keep *written* in the folder *results*."""
    write_bytes(results / f"{case_id}.json", json_bytes(asdict(written)))


def shown(task: Task, results: Path, case_id: str) -> tuple[Mark, ...]:
    """Return the marks of what was written of a case, for who reads it on another machine."""
    if not task.seen:  # nobody does
        return ()
    at, told = Path(task.root), read(results, case_id)
    folder = at / "registry" / "sets" / results.name
    files = [folder / row.path for row in told.files] if told else []
    return (*marks(at, [results / f"{case_id}.json"]), *sizes(at, files))


def read(results: Path, case_id: str) -> Written | None:
    """Return what was last written of a case here; None where that is not known."""
    try:
        told: dict[str, Any] = json.loads((results / f"{case_id}.json").read_bytes())
        return Written(
            told["key"],
            [ManifestRow(**file) for file in told["files"]],
            told["shape"],
            told["spacing"],
            {int(value): count for value, count in told["voxels"].items()},
            TransformRow(**told["transform"]) if told["transform"] else None,
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
