"""The command dicom2nifti: any DICOM, to one NIfTI file per volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.cli.progress import progress
from medreg.cli.table import emit, say, size
from medreg.imaging import alone

if TYPE_CHECKING:
    from argparse import Namespace

    from medreg.imaging.stack import Resample

LISTED = 5  # files set aside that are named; the rest is counted


def dicom2nifti(args: Namespace) -> int:
    """Convert every series; refusals are named with their reason, and end with exit code 1."""
    allowed: dict[Resample, bool] = {"tilt": args.allow_tilt, "spacing": args.allow_spacing}
    with progress(quiet=args.json) as bars:
        made = alone.dicom2nifti(
            args.source,
            args.target,
            resample=[kind for kind, is_allowed in allowed.items() if is_allowed],
            workers=args.workers,
            progress=bars,
        )
    emit(as_data(made), lines(made), as_json=args.json)
    if not args.json:
        _talk(made)
    return made.exit_code


def as_data(made: alone.Conversion) -> dict[str, object]:
    """Return what ``--json`` prints."""
    return {
        "series": [
            {
                "name": answer.item,
                "outcome": answer.outcome,
                "reason": answer.reason,
                "size": answer.size,
                "sidecar": made.sidecars.get(answer.item),
            }
            for answer in made.answers
        ],
        "set_aside": made.aside,
    }


def lines(made: alone.Conversion) -> str:
    """Return a line per file that was written."""
    return "\n".join(
        f"{entry['file']}  {' x '.join(map(str, entry['shape']))}  "
        f"{' x '.join(f'{length:g}' for length in entry['spacing'])} mm  {entry['unit']}".rstrip()
        for sidecar in made.sidecars.values()
        for entry in sidecar["files"]
    )


def _talk(made: alone.Conversion) -> None:
    for item, sidecar in made.sidecars.items():
        for note in dict.fromkeys(note for entry in sidecar["files"] for note in entry["notes"]):
            say(f"note     {item}  {note}")
    for number, (path, reason) in enumerate(made.aside.items()):
        if number < LISTED:
            say(f"aside    {path}  {reason}")
    if len(made.aside) > LISTED:
        say(f"aside    {len(made.aside) - LISTED} more files")
    for answer in made.answers:
        if answer.exit_code:
            say(f"{answer.outcome:<8} {answer.item}  {answer.reason}")
    say(f"written  {size(sum(answer.size for answer in made.answers))}")
