"""`medreg accept`: show a dataset's terms, ask, and record the answer."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.table import emit, say
from medreg.errors import ActionNeeded

if TYPE_CHECKING:
    from argparse import Namespace


def accept(args: Namespace) -> int:
    """Record who accepted the terms of a dataset; asks only a terminal."""
    lab = api.open_lab(args.registry)
    say(api.terms_shown(lab, args.name))
    if not args.yes:
        _ask(args.name)
    row = api.accept(lab, args.name, by=args.by, text=args.text)
    told = f"{row.person} accepted the terms of {row.dataset} on {row.date}: {row.sha256[:12]}"
    emit(asdict(row), told, as_json=args.json)
    if not args.json:
        say(f"\nrecorded in registry/accepted.csv   next: medreg fetch {args.name}")
    return 0


def _ask(name: str) -> None:
    if not sys.stdin.isatty():
        raise ActionNeeded(
            f"the terms of {name} are accepted by a person",
            hint=f"read them, then: medreg accept {name} --yes",
        )
    say(f"\nDo you accept these terms for {name}, and do you act for your registry? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ActionNeeded(f"the terms of {name} were not accepted: nothing was recorded")
