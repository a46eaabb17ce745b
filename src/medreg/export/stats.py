"""What a set holds in numbers: a row per case, and a picture of them.

The masks are read once more for it. The picture is SVG: text, so that the same set gives the same
bytes whatever library is installed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from html import escape
from math import log10, prod
from typing import TYPE_CHECKING

from medreg.export.tables import csv_bytes
from medreg.files.atomic import write_bytes

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
class Stats:
    """Writes ``stats.csv`` and ``stats.svg``."""

    name = "stats"

    def write(self, content: SetContent, into: Path) -> None:
        """Write both into *into* (the set's ``data/``)."""
        rows = [_measured(content, case) for case in content.cases]
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
        write_bytes(into / TABLE, csv_bytes(head, cells))
        write_bytes(into / PICTURE, picture(content, rows).encode())


def _measured(content: SetContent, case: SetCase) -> Measured:
    import numpy as np

    from medreg.imaging import nifti

    mask = nifti.load(case.mask, "label")
    counts = np.bincount(mask.array.ravel(), minlength=256)
    spacing = tuple(float(mm) for mm in np.linalg.norm(mask.affine[:3, :3], axis=0))
    ml = prod(spacing) / 1000
    volumes = {name: float(counts[value] * ml) for name, value in content.labels.items() if value}
    return Measured(case, mask.array.shape, spacing, volumes)


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
