"""What a set holds in numbers: a row per case, and a picture of them.

Every set has both beside its card. The picture is SVG: text, so that the same set gives the same
bytes whatever library is installed.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from html import escape
from math import log10, prod
from statistics import median
from typing import TYPE_CHECKING

from medreg.export.tables import csv_bytes
from medreg.files.atomic import write_bytes
from medreg.model import Divided

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.model import SetCase, SetContent

TABLE, PICTURE = "stats.csv", "stats.svg"
WIDTH, LINE, LEFT, RIGHT = 640, 18, 180, 560  # of the picture, in its own pixels
GRAY = "#888888"


@dataclass(frozen=True, slots=True)
class Measured:
    """One case in numbers: voxels, mm, and the volume of each label in ml."""

    case: SetCase
    shape: tuple[int, ...]
    spacing: tuple[float, ...]
    volumes: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Stats(Divided):
    """Writes ``stats.csv`` and ``stats.svg`` among the data, for readers that get nothing else."""

    name = "stats"

    def write_piece(
        self, content: SetContent, into: Path, piece: str
    ) -> tuple[Sequence[Path], str]:
        """Measure the mask of one case."""
        del into
        case = content.cases[int(piece)]
        one = _read(content, case)
        return (), json.dumps([one.shape, one.spacing, one.volumes])

    def write_rest(self, content: SetContent, into: Path, told: Sequence[str]) -> None:
        """Write both of what was measured."""
        rows = [
            Measured(case, *json.loads(text))
            for case, text in zip(content.cases, told, strict=True)
        ]
        write_bytes(into / TABLE, table(content, rows).encode())
        write_bytes(into / PICTURE, picture(content, rows).encode())


def _read(content: SetContent, case: SetCase) -> Measured:
    from medreg.checks.counts import voxels_of
    from medreg.imaging import nifti

    mask = nifti.load(case.mask, "label")
    return measured(content, case, mask.shape, mask.spacing, voxels_of(mask))


def measured(
    content: SetContent,
    case: SetCase,
    shape: Sequence[int],
    spacing: Sequence[float],
    voxels: Mapping[int, int],
) -> Measured:
    """Return *case* in numbers; *voxels* are counted by value of its mask, *spacing* is in mm."""
    ml = prod(spacing) / 1000
    labels = [(name, value) for name, value in content.labels.items() if value]
    volumes = {name: voxels.get(value, 0) * ml for name, value in labels}
    return Measured(case, tuple(shape), tuple(spacing), volumes)


def table(content: SetContent, rows: Sequence[Measured]) -> str:
    """Return a row per case as CSV."""
    labels = [name for name, value in content.labels.items() if value]
    head = ["id", "dataset", "part", "shape", "spacing", *(f"ml_{name}" for name in labels)]
    cells = (
        [
            one.case.id,
            one.case.dataset,
            content.part(one.case),
            " ".join(map(str, one.shape)),
            " ".join(f"{mm:.6g}" for mm in one.spacing),
            *(f"{one.volumes[name]:.6g}" for name in labels),
        ]
        for one in rows
    )
    return csv_bytes(head, cells).decode()


def summary(content: SetContent, rows: Sequence[Measured]) -> list[tuple[str, str, str]]:
    """Return of each label in how many cases it shows, and the median of its volume there."""
    told = []
    for name in (name for name, value in content.labels.items() if value):
        found = [one.volumes[name] for one in rows if one.volumes[name]]
        told.append((name, str(len(found)), f"{median(found):.4g} ml" if found else ""))
    return told


def picture(content: SetContent, rows: Sequence[Measured]) -> str:
    """Return an SVG: cases of each dataset, and the volume of each label on a log scale."""
    counts = Counter(one.case.dataset for one in rows)
    test = Counter(one.case.dataset for one in rows if one.case.fold is None)
    most = max(counts.values(), default=1)
    found: dict[str, list[float]] = defaultdict(list)
    for one in rows:
        for name, volume in one.volumes.items():
            if volume:
                found[name].append(volume)
    parts, y = [_text(8, LINE, content.title)], 2 * LINE
    for name, count in sorted(counts.items()):
        parts += [
            _text(8, y, name),
            _bar(LEFT, y, (RIGHT - LEFT) * count / most, "#4a78b5"),
            _bar(LEFT, y, (RIGHT - LEFT) * test[name] / most, "#b5654a"),
            _text(RIGHT + 8, y, f"{count}" + (f" ({test[name]} test)" if test[name] else "")),
        ]
        y += LINE
    every = [volume for volumes in found.values() for volume in volumes]
    low, high = (log10(min(every)), log10(max(every))) if every else (0.0, 1.0)
    y += LINE
    parts.append(_text(8, y, f"ml, from {10**low:.3g} to {10**high:.3g}, each case a line"))
    for name, volumes in found.items():
        y += LINE
        color = content.colors.get(name, GRAY)
        parts.append(_text(8, y, f"{name} ({len(volumes)})"))
        parts += [
            _bar(LEFT + (RIGHT - LEFT) * (log10(v) - low) / ((high - low) or 1), y, 1, color)
            for v in sorted(volumes)
        ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + LINE}" '
    style = 'font-family="sans-serif" font-size="12">'
    return "\n".join([head + style, *parts, "</svg>"]) + "\n"


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def _bar(x: float, y: float, width: float, color: str) -> str:
    top = y - LINE * 0.7
    return f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="12" fill="{color}"/>'
