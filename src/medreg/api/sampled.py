"""Take a few cases of a dataset to look at: the same ones every time (F086)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from medreg.errors import Misuse, NotFound
from medreg.tables import CaseRow, natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from medreg.api.lab import Lab

COLUMNS, WIDE, GAP = 2, 900, 12  # of a contact sheet, in pixels


def sample(lab: Lab, name: str, count: int = 10, seed: str = "") -> Sequence[CaseRow]:
    """Return *count* checked cases of a dataset, in natural order; all if it has fewer.

    Those whose SHA-256 of ``seed/dataset/case`` is least: a new case may take the place of one,
    and reshuffles no other. Raises `NotFound` before a check and `Misuse` for no case.
    """
    if count < 1:
        raise Misuse(f"{count} cases are no sample", hint=f"medreg sample {name} -n 10")
    lab.declared(name)
    rows = {row.case: row for row in lab.registry.dataset(name).rows("cases.csv", CaseRow)}
    if not rows:
        raise NotFound(f"{name} has no case", hint=f"medreg convert {name} tells why")
    return [rows[case] for case in first(rows, count, f"{seed}/{name}")]


def first(cases: Iterable[str], count: int, seed: str) -> list[str]:
    """Return the *count* cases of least rank, in natural order.

    >>> first(["a", "b", "c"], 2, "x") == first(["c", "b", "a"], 2, "x")
    True
    """
    ranked = sorted(cases, key=lambda case: hashlib.sha256(f"{seed}/{case}".encode()).digest())
    return sorted(ranked[:count], key=natural)


def contact_sheet(lab: Lab, name: str, cases: Sequence[str], target: Path) -> None:
    """Draw *cases* of dataset *name*, each as `preview` does, on one PNG."""
    import io
    import tempfile
    from pathlib import Path as FilePath

    from PIL import Image

    from medreg.api.look import preview
    from medreg.files.atomic import write_bytes

    tiles = []
    with tempfile.TemporaryDirectory() as scratch:
        for case in cases:
            file = FilePath(scratch) / "case.png"
            preview(lab, f"{name}/{case}", file)
            with Image.open(file) as drawn:
                height = max(1, round(drawn.height * WIDE / drawn.width))
                tiles.append(drawn.convert("RGB").resize((WIDE, height)))
    rows = [tiles[at : at + COLUMNS] for at in range(0, len(tiles), COLUMNS)]
    heights = [max(tile.height for tile in row) for row in rows]
    columns = min(COLUMNS, len(tiles))
    size = (columns * (WIDE + GAP) + GAP, sum(heights) + GAP * (len(rows) + 1))
    sheet = Image.new("RGB", size)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for number, tile in enumerate(row):
            sheet.paste(tile, (GAP + number * (WIDE + GAP), top))
        top += height + GAP
    data = io.BytesIO()
    sheet.save(data, "PNG")
    write_bytes(target, data.getvalue())
