"""The command suv: a folder of PET, and what lies beside it, as uptake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import emit, say

if TYPE_CHECKING:
    from argparse import Namespace


def suv(args: Namespace) -> int:
    """Write SUV.nii.gz and its neighbors; warnings are told, and do not fail the command."""
    with progress(quiet=args.json) as bars:
        made = api.suv(args.source, args.target, kind=args.kind, series=args.series, progress=bars)
    files = [entry["file"] for entry in made["files"].values()]
    factor = f"{made['factor']['unit']} = {made['factor']['value']:.9g} x {made['factor']['from']}"
    emit(made, "\n".join((*files, factor)), as_json=args.json)
    if not args.json:
        for step in made["factor"]["how"]:
            say(f"  {step}")
        for warning in (*made["factor"]["warnings"], *made["notes"]):
            say(f"warning: {warning}")
    return 0
