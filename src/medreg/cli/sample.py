"""`medreg sample`: a few cases of a dataset, the same ones every time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import emit, say, table

if TYPE_CHECKING:
    from argparse import Namespace


def sample(args: Namespace) -> int:
    """Print some cases, and draw them if asked."""
    lab = api.open_lab(args.registry)
    found = api.sample(lab, args.name, args.n, args.seed)
    rows = [
        {
            "case": f"{args.name}/{row.case}",
            "shape": row.shape,
            "spacing": row.spacing,
            "voxels": row.voxels,
            "verdict": row.verdict,
        }
        for row in found
    ]
    emit(rows, table(rows), as_json=args.json)
    if args.preview:
        target = args.to or Path(f"{args.name}__sample.png")
        refs = [f"{args.name}/{row.case}" for row in found]
        with progress(quiet=args.json) as bars:
            api.contact_sheet(lab, refs, target, progress=bars)
        say(str(target))
    elif not args.json:
        say(f"\nnext: medreg preview {rows[0]['case']}, or --preview for all of them")
    return 0
