"""The card of a dataset: what its cases add up to, without naming one."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from medreg.files.hashing import sha256_bytes
from medreg.model import IGNORED
from medreg.stages.measure import CLASSES
from medreg.tables import ManifestRow, RefusedRow, findings, natural, numbers, pairs, to_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.stages.opened import Opened
    from medreg.tables import CaseRow


class Seen(NamedTuple):
    """What was measured of one case beside its row: see `medreg.stages.measure.Measured`."""

    labels: Mapping[str, Mapping[str, float | bool | None]]
    channels: Mapping[str, Mapping[str, str]]


def card(
    dataset: Opened,
    rows: Sequence[CaseRow],
    files: Sequence[ManifestRow],
    seen: Sequence[Seen] = (),
) -> dict[str, Any]:
    """Return counts, totals, typical values and digests of *rows*, *files* and what was *seen*."""
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
            label: {**_coverage(label, rows), **_typical(label, seen)}
            for label in dict.fromkeys(declared.labels.values())
            if label != IGNORED
        },
        **_classes(rows),
        "verdicts": {word: sum(r.verdict == word for r in rows) for word in _VERDICTS},
        "findings": dict(Counter(_findings(rows))),
        "spacing": _ranges([numbers(row.spacing) for row in rows]),
        "shape": _ranges([numbers(row.shape) for row in rows]),
        **({"values": _values(seen)} if seen else {}),
        "files": len(files),
        "bytes": sum(file.size for file in files),
        "manifest": f"sha256:{sha256_bytes(to_csv(files, ManifestRow))}",
    }


_VERDICTS = ("pass", "warn", "fail")


def _patients(rows: Sequence[CaseRow]) -> int | None:
    """Count the patients; None when any is unknown."""
    known = {row.patient for row in rows}
    return None if "" in known else len(known)


def _coverage(label: str, rows: Sequence[CaseRow]) -> dict[str, Any]:
    shown = [int(voxels[label]) for row in rows if label in (voxels := pairs(row.voxels))]
    judged = [row for row in rows if label in row.annotated.split()]
    return {
        "annotated": len(judged),
        "shown": len(shown),
        "voxels": sum(shown),
        **_imbalance(label, judged),
    }


def _imbalance(label: str, judged: Sequence[CaseRow]) -> dict[str, Any]:
    """Return which share of the voxels of the cases that were judged is *label* (F067)."""
    counts = [
        (int(pairs(row.voxels).get(label, 0)), math.prod(map(int, numbers(row.shape))))
        for row in judged
    ]
    if not sum(total for _, total in counts):
        return {}
    share = sum(n for n, _ in counts) / sum(total for _, total in counts)
    each = [_short(n / total) for n, total in counts if n]
    return {"share": _short(share), **({"share_by_case": _range(each)} if each else {})}


def _typical(label: str, seen: Sequence[Seen]) -> dict[str, Any]:
    """Return what volume and density *label* has, over the cases that show it (F068)."""
    shown = [case.labels[label] for case in seen if label in case.labels]
    whole = [_short(float(one["ml"] or 0)) for one in shown if not one["cut"]]
    units = [float(one["hu"]) for one in shown if one["hu"] is not None]
    return {
        **({"ml": _range(whole)} if whole else {}),
        **({"median_hu": _range(units)} if units else {}),
    }


def _values(seen: Sequence[Seen]) -> dict[str, Any]:
    """Return, for each channel, its unit and the range of its cases' least and largest values."""
    names = dict.fromkeys(name for case in seen for name in case.channels)
    return {
        name: {
            "unit": "/".join(sorted({one["unit"] for one in shown})),
            "low": _range([float(one["low"]) for one in shown]),
            "high": _range([float(one["high"]) for one in shown]),
        }
        for name in names
        for shown in [[case.channels[name] for case in seen if name in case.channels]]
    }


def _short(value: float) -> float:
    return float(f"{value:.6g}")


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
