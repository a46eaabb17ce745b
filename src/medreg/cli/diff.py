"""The command ``diff``: what lies between two versions, and what the next one must be called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.table import emit, say

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping

    from medreg.versions.diff import Diff

SHOWN = 20  # cases of one kind in text; --json has them all


def diff(args: Namespace) -> int:
    """Compare two versions of a dataset or set."""
    lab = api.open_lab(args.registry)
    found, dice = api.diff(lab, args.old, args.new, dice=args.dice)
    data = found.as_json() | ({"dice": dice} if args.dice else {})
    emit(data, "\n".join(_lines(found, dice)), as_json=args.json)
    if not args.json and not args.new:
        name = args.old.partition("@")[0]
        say(f"\nnext: medreg release {name} {api.next_version(lab, name)}")
    return 0


def _lines(found: Diff, dice: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    yield f"{found.old} -> {found.new}: {found.step} ({found.because})"
    marks = {
        "+": found.added,
        "-": found.removed,
        "image": found.changed,
        "mask": found.relabelled,
    }
    for mark, cases in marks.items():
        for case in cases[:SHOWN]:
            told = " ".join(f"{name} {value:.4f}" for name, value in dice.get(case, {}).items())
            yield f"{mark:<6} {case}" + (f"  Dice {told}" if told else "")
        if len(cases) > SHOWN:
            yield f"{mark:<6} and {len(cases) - SHOWN} more"
    for case, (old, new) in list(found.moved.items())[:SHOWN]:
        yield f"{'fold':<6} {case}  {old} -> {new}"
    if len(found.moved) > SHOWN:
        yield f"{'fold':<6} and {len(found.moved) - SHOWN} more"
    for label, (before, after) in found.labels.items():
        yield f"{'label':<6} {label}  {before} -> {after}"
    for use, (was, now) in found.terms.items():
        yield f"{'terms':<6} {use}  {was or 'none'} -> {now or 'none'}"
    if found.rewritten:
        yield f"{'bytes':<6} {len(found.rewritten)} files differ in no voxel"
