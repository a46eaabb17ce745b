"""`medreg review`: what a person should look at, and what was decided."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.table import emit, say, table
from medreg.errors import Misuse
from medreg.stages.review import told

if TYPE_CHECKING:
    from argparse import Namespace


def review(args: Namespace) -> int:
    """List cases, worst first (exit code 1 while one is open); or record a decision."""
    lab = api.open_lab(args.registry)
    if args.decision:
        return _decide(lab, args)
    if args.by or args.because:
        raise Misuse(
            "what was decided?", hint=f"medreg review {args.name} --accept, --fix or --reject"
        )
    found = api.to_review(lab, args.name.rstrip("/"))
    data = [{**asdict(one), "decision": one.decision} for one in found]
    emit(data, table([told(one) for one in found]) or "nothing to review", as_json=args.json)
    waiting = [one for one in found if one.decision == "open"]
    if waiting and not args.json:
        first = waiting[0].case
        say(f"\n{len(waiting)} of {len(found)} open   next: medreg why {first}")
        say(f"medreg review {first} --accept --because 'why'   (or --fix, --reject)")
    return 1 if waiting else 0


def _decide(lab: api.Lab, args: Namespace) -> int:
    row = api.review(lab, args.name, args.decision, by=args.by, because=args.because)
    name = args.name.partition("/")[0]
    text = f"{args.name}: {row.decision} by {row.who}"
    emit(asdict(row), text, as_json=args.json)
    if not args.json:
        following = f"medreg annotate {args.name}" if row.decision == "fix" else "medreg curate SET"
        say(f"\nrecorded in registry/datasets/{name}/reviews.csv   next: {following}")
    return 0
