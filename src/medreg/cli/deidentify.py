"""The command deidentify: scans without who is shown in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import emit, say

if TYPE_CHECKING:
    from argparse import Namespace

REFUSED = 1


def deidentify(args: Namespace) -> int:
    """Write clean copies; refused files are listed, and end with exit code 1."""
    from medreg.deidentify.sign import Profile

    options = Profile(
        dates=args.dates,
        characteristics=not args.no_characteristics,
        descriptors=args.descriptors,
    )
    with progress(quiet=args.json) as bars:
        done = api.deidentify(
            args.source, args.target, mapping=args.mapping, options=options, progress=bars
        )
    facts = {
        "written": len(done.written),
        "refused": [{"file": a.item, "reason": a.reason} for a in done.refused],
        "left_out": list(done.left_out),
        "warnings": list(done.warnings),
        "shareable": done.shareable,
    }
    counts = (
        f"{len(done.written)} written, {len(done.refused)} refused, {len(done.left_out)} left out"
    )
    emit(facts, counts, as_json=args.json)
    if not args.json:
        for answer in done.refused:
            say(f"refused  {answer.reason}")
        if done.refused:
            say("\nhint: where somebody looked and no text shows, set BurnedInAnnotation to NO")
        for warning in done.warnings:
            say(f"warning: {warning}")
    return REFUSED if done.refused else 0
