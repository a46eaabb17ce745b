"""The command masks: an annotation on its image, as label NIfTI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import emit, say, table

if TYPE_CHECKING:
    from argparse import Namespace


def masks(args: Namespace) -> int:
    """Write a label map, or one file per structure; what was decided on the way is told."""
    with progress(quiet=args.json) as bars:
        made = api.masks(
            args.image,
            args.annotation,
            args.target,
            only=args.only,
            priority=args.priority,
            each=args.each,
            resample=args.resample,
            allow_other_image=args.allow_other_image,
            series=args.series,
            progress=bars,
        )
    columns = ("name", "value", "voxels", "file")
    rows = [{column: entry[column] for column in columns} for entry in made["structures"]]
    emit(made, table(rows), as_json=args.json)
    if not args.json:
        for note in made["notes"]:
            say(f"note: {note}")
        for overlap in made["overlaps"]:
            one, other = overlap["structures"]
            say(f"note: {one} and {other} share {overlap['voxels']:,} voxels")
    return 0
