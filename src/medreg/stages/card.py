"""The card of a dataset: what its cases add up to, without naming one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from medreg.files.hashing import sha256_bytes
from medreg.model import IGNORED
from medreg.stages.measure import CLASSES
from medreg.tables import ManifestRow, RefusedRow, findings, natural, numbers, pairs, to_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medreg.stages.opened import Opened
    from medreg.tables import CaseRow


def card(dataset: Opened, rows: Sequence[CaseRow], files: Sequence[ManifestRow]) -> dict[str, Any]:
    """Return counts, totals and digests of *rows* and *files*."""
    declared = dataset.dataset
    return {
        "dataset": declared.name,
        "title": declared.title,
        "cases": len(rows),
        "published_cases": declared.cases,
        "refused": len(dataset.folder.rows("refused.csv", RefusedRow)),
        "patients": _patients(rows),
        "channels": {channel: str(m) for channel, m in declared.modalities.items()},
        "labels": {
            label: _coverage(label, rows)
            for label in dict.fromkeys(declared.labels.values())
            if label != IGNORED
        },
        **_classes(rows),
        "verdicts": {word: sum(r.verdict == word for r in rows) for word in _VERDICTS},
        "findings": dict(Counter(_findings(rows))),
        "spacing": _ranges([numbers(row.spacing) for row in rows]),
        "shape": _ranges([numbers(row.shape) for row in rows]),
        "files": len(files),
        "bytes": sum(file.size for file in files),
        "manifest": f"sha256:{sha256_bytes(to_csv(files, ManifestRow))}",
    }


_VERDICTS = ("pass", "warn", "fail")


def _patients(rows: Sequence[CaseRow]) -> int | None:
    """Count the patients; None when any is unknown."""
    known = {row.patient for row in rows}
    return None if "" in known else len(known)


def _coverage(label: str, rows: Sequence[CaseRow]) -> dict[str, int]:
    shown = [int(voxels[label]) for row in rows if label in (voxels := pairs(row.voxels))]
    return {
        "annotated": sum(label in row.annotated.split() for row in rows),
        "shown": len(shown),
        "voxels": sum(shown),
    }


def _findings(rows: Iterable[CaseRow]) -> Iterable[str]:
    """Yield ``check:severity`` of every finding."""
    for row in rows:
        for check, severity, _ in findings(row.findings):
            yield f"{check}:{severity}"


def _classes(rows: Sequence[CaseRow]) -> dict[str, Any]:
    """Count the cases of each class, where any was said."""
    counts = Counter(name for row in rows for name in row.classes.split(CLASSES) if name)
    ordered = {name: counts[name] for name in sorted(counts, key=natural)}
    return {"classes": ordered} if ordered else {}


def _ranges(lists: Sequence[Sequence[float]]) -> list[dict[str, float]]:
    """Return the range along each axis; nothing where cases have different numbers of axes."""
    if len({len(one) for one in lists}) > 1:
        return []
    return [_range(values) for values in zip(*lists, strict=True)]


def _range(values: Sequence[float]) -> dict[str, float]:
    """Return the ends and the middle one of *values*: numbers that a case really has."""
    ordered = sorted(values)
    return {"min": ordered[0], "median": ordered[len(ordered) // 2], "max": ordered[-1]}
