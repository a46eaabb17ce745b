"""The command ``medreg fingerprint``: find the same scan again, or the same patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import emit, say, table

if TYPE_CHECKING:
    from argparse import Namespace

    from medreg.cli.table import Cell
    from medreg.readiness.prints import Named, Pair

SHOWN = 12  # digits of a digest


def fingerprint(args: Namespace) -> int:
    """Print fingerprints, or what they match; 1 where scans match or one could not be read."""
    with progress(quiet=args.json) as watch:
        taken, found = api.fingerprint(
            args.paths, against=args.against, registry=args.registry, progress=watch
        )
    pairs = [_pair(pair) for pair in found]
    text = table(pairs) if args.against else "\n".join(filter(None, (_table(taken.scans), "")))
    if pairs and not args.against:
        text += f"\n{table(pairs)}"
    emit({**taken.json(), "matches": pairs}, text.strip("\n"), as_json=args.json)
    if not args.json:
        for one in taken.refused:
            say(f"refused {one.path}: {one.reason}")
        say(f"{len(taken.scans)} scans, {len(pairs)} matches")
    return 1 if pairs or taken.refused else 0


def _table(scans: tuple[Named, ...]) -> str:
    rows: list[dict[str, Cell]] = [
        {
            "scan": one.name,
            "unit": one.found.unit or "-",
            "values": one.found.values.partition(":")[2][:SHOWN],
            "slices": len(one.found.slices),
            "cells": len(one.found.sketch),
            "uids": len(one.found.uids),
        }
        for one in scans
    ]
    return table(rows)


def _pair(pair: Pair) -> dict[str, Cell]:
    match = pair.match
    return {
        "a": pair.a,
        "b": pair.b,
        "what": "same scan" if match.same_scan else "same patient",
        "rung": match.rung,
        "score": round(match.score, 4),
        "sure": "yes" if match.sure else "no",
    }
