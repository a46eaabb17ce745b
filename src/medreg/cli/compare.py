"""`medreg compare`: how far two raters agree, per label."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from medreg import api
from medreg.cli.table import emit, say, table
from medreg.cli.working import working
from medreg.errors import Misuse, NotFound

if TYPE_CHECKING:
    from argparse import Namespace

    from medreg.imaging.agreement import Agreement


def compare(args: Namespace) -> int:
    """Print Dice, surface Dice and Hausdorff 95; exit code 1 where Dice is below the gate."""
    if not 0 <= args.gate <= 1 or args.tolerance < 0:
        raise Misuse("--gate is between 0 and 1, --tolerance at least 0 mm")
    try:
        lab = api.open_lab(args.registry)
    except NotFound:
        lab = None
    words = [word.strip() for text in args.labels for word in text.split(",") if word.strip()]
    with working("compare", quiet=args.json):
        found = api.compare(lab, args.a, args.b, words, args.tolerance)
    rows = [_row(case, one, args.gate) for case, every in found.items() for one in every]
    emit(rows, table(rows) or "neither mask shows a label", as_json=args.json)
    short = [row for row in rows if row["gate"] == "below"]
    if not args.json:
        say(f"\nDice gate {args.gate:.2f}, borders within {args.tolerance:g} mm; distances in mm")
        for row in short:
            say(f"for senior review: {row['case']}  {row['label']}  Dice {row['dice']}")
    return 1 if short else 0


def _row(case: str, one: Agreement, gate: float) -> dict[str, Any]:
    far = one.hausdorff95
    return {
        "case": case,
        **asdict(one),
        "dice": round(one.dice, 6),
        "surface_dice": round(one.surface_dice, 6),
        "hausdorff95": round(far, 6) if math.isfinite(far) else None,
        "gate": "reached" if one.dice >= gate else "below",
    }
