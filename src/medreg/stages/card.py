"""The card of a dataset: what its cases add up to, without naming one."""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from medreg.model import IGNORED
from medreg.stages.measure import CLASSES
from medreg.tables import RefusedRow, findings, natural, numbers, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.stages.opened import Opened
    from medreg.tables import CaseRow, ManifestRow

VERDICTS = ("pass", "warn", "fail")


def _floats() -> array[float]:
    """Return what holds numbers in 8 bytes each: a median needs them all."""
    return array("d")


class Seen(NamedTuple):
    """What was measured of one case beside its row: see `medreg.stages.measure.Measured`."""

    labels: Mapping[str, Mapping[str, float | bool | None]]
    channels: Mapping[str, Mapping[str, str]]


@dataclass(slots=True)
class _Label:
    """One label: how many cases were judged and show it, its voxels, and what it is like."""

    annotated: int = 0
    shown: int = 0
    voxels: int = 0
    of_judged: int = 0  # its voxels in the cases that were judged, and all voxels of those
    judged: int = 0
    shares: array[float] = field(default_factory=_floats)
    ml: array[float] = field(default_factory=_floats)
    units: array[float] = field(default_factory=_floats)


@dataclass(slots=True)
class _Channel:
    units: set[str] = field(default_factory=set)
    low: array[float] = field(default_factory=_floats)
    high: array[float] = field(default_factory=_floats)


class Totals:
    """Adds cases up, one after the other: of each it keeps a few numbers, and no row."""

    def __init__(self) -> None:
        self.cases = self.files = self.size = 0
        self.patients: set[str] = set()
        self.labels: defaultdict[str, _Label] = defaultdict(_Label)
        self.channels: defaultdict[str, _Channel] = defaultdict(_Channel)
        self.classes: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()
        self.spacing: list[array[float]] | None = []
        self.shape: list[array[float]] | None = []
        self.seen = False

    def add(self, row: CaseRow, seen: Seen | None = None) -> None:
        """Add one case."""
        self.spacing = _along(self.spacing, numbers(row.spacing), first=not self.cases)
        self.shape = _along(self.shape, numbers(row.shape), first=not self.cases)
        self.cases += 1
        self.patients.add(row.patient)
        self.classes.update(name for name in row.classes.split(CLASSES) if name)
        self.verdicts[row.verdict] += 1
        self.findings.update(f"{c}:{severity}" for c, severity, _ in findings(row.findings))
        self._count(row)
        if seen is not None:
            self._see(seen)

    def _count(self, row: CaseRow) -> None:
        """Add the voxels of each label, and its share where it was judged (F067)."""
        voxels = {label: int(count) for label, count in pairs(row.voxels).items()}
        for label, count in voxels.items():
            self.labels[label].shown += 1
            self.labels[label].voxels += count
        judged = dict.fromkeys(row.annotated.split())
        total = math.prod(map(int, numbers(row.shape))) if judged else 0
        for label in judged:
            one, count = self.labels[label], voxels.get(label, 0)
            one.annotated += 1
            one.of_judged += count
            one.judged += total
            if count and total:
                one.shares.append(_short(count / total))

    def _see(self, seen: Seen) -> None:
        """Add the volume and density of each label (F068), and the ends of each channel."""
        self.seen = True
        for label, facts in seen.labels.items():
            if not facts["cut"]:
                self.labels[label].ml.append(_short(float(facts["ml"] or 0)))
            if facts["hu"] is not None:
                self.labels[label].units.append(float(facts["hu"]))
        for name, ends in seen.channels.items():
            self.channels[name].units.add(ends["unit"])
            self.channels[name].low.append(float(ends["low"]))
            self.channels[name].high.append(float(ends["high"]))

    def add_file(self, file: ManifestRow) -> None:
        """Add one file."""
        self.files += 1
        self.size += file.size


def card(dataset: Opened, totals: Totals, manifest: str) -> dict[str, Any]:
    """Return counts, *totals* and typical values; *manifest* is the digest of ``manifest.csv``."""
    declared = dataset.dataset
    values = {
        name: {
            "unit": "/".join(sorted(one.units)),
            "low": _range(one.low),
            "high": _range(one.high),
        }
        for name, one in totals.channels.items()
    }
    classes = {name: totals.classes[name] for name in sorted(totals.classes, key=natural)}
    return {
        "dataset": declared.name,
        "title": declared.title,
        "cases": totals.cases,
        "published_cases": declared.cases,
        "refused": len(dataset.folder.rows("refused.csv", RefusedRow)),
        "patients": None if "" in totals.patients else len(totals.patients),  # one is unknown
        "channels": {channel: str(m) for channel, m in declared.modalities.items()},
        "labels": {
            label: _of_label(totals.labels.get(label, _Label()))
            for label in dict.fromkeys(declared.labels.values())
            if label != IGNORED
        },
        **({"classes": classes} if classes else {}),
        "verdicts": {word: totals.verdicts[word] for word in VERDICTS},
        "findings": dict(totals.findings),
        "spacing": [_range(values) for values in totals.spacing or ()],
        "shape": [_range(values) for values in totals.shape or ()],
        **({"values": values} if totals.seen else {}),
        "files": totals.files,
        "bytes": totals.size,
        "manifest": f"sha256:{manifest}",
    }


def _of_label(one: _Label) -> dict[str, Any]:
    return {
        "annotated": one.annotated,
        "shown": one.shown,
        "voxels": one.voxels,
        **({"share": _short(one.of_judged / one.judged)} if one.judged else {}),
        **({"share_by_case": _range(one.shares)} if one.shares else {}),
        **({"ml": _range(one.ml)} if one.ml else {}),
        **({"median_hu": _range(one.units)} if one.units else {}),
    }


def _along(
    axes: list[array[float]] | None, values: Sequence[float], *, first: bool
) -> list[array[float]] | None:
    """Add *values*, one along each axis; None once cases have different numbers of axes."""
    if first:
        return [array("d", [value]) for value in values]
    if axes is None or len(axes) != len(values):
        return None
    for axis, value in zip(axes, values, strict=True):
        axis.append(value)
    return axes


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def _range(values: Sequence[float]) -> dict[str, float]:
    """Return the ends and the middle one of *values*: numbers that a case really has."""
    ordered = sorted(values)
    return {"min": ordered[0], "median": ordered[len(ordered) // 2], "max": ordered[-1]}
