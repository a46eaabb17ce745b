"""Plain aligned columns: what `medreg list` and others print when nobody asked for JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Cell = str | int | float | None


def table(rows: Sequence[Mapping[str, Cell]], *, gap: str = "  ") -> str:
    """Lay out *rows* under their keys; numbers stand to the right.

    >>> print(table([{"name": "lits", "cases": 131}, {"name": "btcv", "cases": 30}]))
    name  cases
    lits    131
    btcv     30
    """
    if not rows:
        return ""
    columns = list(rows[0])
    text = [[text_of(row[c]) for c in columns] for row in rows]
    right = [
        all(isinstance(row[c], int | float) or row[c] is None for row in rows) for c in columns
    ]
    widths = [max(len(c), *(len(line[i]) for line in text)) for i, c in enumerate(columns)]

    def line(cells: Sequence[str]) -> str:
        placed = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        )
        return gap.join(placed).rstrip()

    return "\n".join(line(cells) for cells in (columns, *text))


def csv_text(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> str:
    """Write *rows* as CSV with a header; an unknown cell is empty."""
    import csv
    import io

    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def text_of(cell: Cell) -> str:
    """Write one cell for people."""
    if cell is None:
        return "-"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def emit(value: object, text: str, *, as_json: bool) -> None:
    """Print data to stdout: *value* as JSON, or its *text* for people, if there is any."""
    if as_json:
        text = json.dumps(value, indent=2, ensure_ascii=not in_utf8(sys.stdout))
    if text:
        print(text)  # noqa: T201 - stdout is data


def in_utf8(stream: TextIO) -> bool:
    """Tell whether *stream* takes every letter: a terminal of Latin-1 does not."""
    return (stream.encoding or "").lower() == "utf-8"


def say(text: str = "") -> None:
    """Print talk to stderr."""
    print(text, file=sys.stderr)  # noqa: T201 - stderr is talk


def size(count: float) -> str:
    """Write a number of bytes for people.

    >>> size(412_000_000)
    '412 MB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:  # noqa: PLR2004 - SI units
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"  # noqa: PLR2004 - two digits
        count /= 1000
    return f"{count:.1f} TB"
