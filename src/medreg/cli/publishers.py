"""Commands that ask publishers: sources check, outdated."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import emit, say, size, table
from medreg.errors import Misuse

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from medreg.api import Asked

FINE = ("ok", "by hand")
SILENT = ("broken", "closed", "unreachable")


def check(args: Namespace) -> int:
    """Ask for the head or list of each declared address."""
    lab = api.open_lab_or_bundled(args.registry)
    if bool(args.names) == args.all:
        raise Misuse("name datasets, or say --all", hint="medreg sources check lits")
    names = args.names or sorted(lab.plugins.datasets)
    with progress(quiet=args.json) as bars:
        found = api.check_sources(lab, names, bars)
    _print(found, as_json=args.json)
    bad = [one for one in found if one.state not in FINE]
    say(f"\n{len(found) - len(bad):,} of {len(found):,} are as declared")
    return 1 if bad else 0


def outdated(args: Namespace) -> int:
    """Tell where a publisher has moved on."""
    lab = api.open_lab(args.registry)
    names = args.names or lab.registry.tracked()
    with progress(quiet=args.json) as bars:
        asked = api.check_sources(lab, names, bars)
        found = api.moved_on(lab, asked)
    _print(found, as_json=args.json)
    by_hand = {one.dataset for one in asked if one.state == "by hand"}
    silent = sorted({one.dataset for one in asked if one.state in SILENT})
    heard = len(set(names) - by_hand - set(silent))
    if not found and heard:
        say(f"{heard:,} asked: no publisher has another version")
    if by_hand:
        say(f"{len(by_hand):,} not asked, they come by hand: {', '.join(sorted(by_hand))}")
    if silent:
        say(f"{len(silent):,} did not answer   medreg sources check {' '.join(silent)}")
    return 1 if found else 0


def _print(found: Sequence[Asked], *, as_json: bool) -> None:
    rows = [
        {
            "dataset": one.dataset,
            "state": one.state,
            "size": size(one.size) if one.size is not None else "",
            "checksum": one.checksum,
            "what": one.what,
            "releases": " ".join(one.releases),
            "reason": one.reason + (f"; works: {one.mirror}" if one.mirror else ""),
        }
        for one in found
    ]
    filled = [key for key in (rows[0] if rows else {}) if any(row[key] for row in rows)]
    shown = [{key: row[key] for key in filled} for row in rows]
    emit([asdict(one) for one in found], table(shown), as_json=as_json)
