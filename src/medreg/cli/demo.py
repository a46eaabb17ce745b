"""The command demo: tell the story, and end with a table of what was done."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import Ticker
from medreg.cli.table import emit, say
from medreg.demo import tell
from medreg.demo.fabricate import PATHS
from medreg.demo.story import SET, TAG

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from medreg.demo import Step


def demo(args: Namespace) -> int:
    """Tell the story in a folder, a line per step."""
    folder: Path = args.folder
    steps = []
    ticker = Ticker()
    for number, step in enumerate(tell(folder, ticker), start=1):
        ticker.clear()
        steps.append(step)
        if not args.json:
            emit(None, _line(number, step), as_json=False)
    found = list(_findings(folder))
    if args.json:
        emit({"steps": [asdict(step) for step in steps], "findings": found}, "", as_json=True)
        return 0
    say()
    for finding in found:
        say(f"finding    {finding}")
    if not any(step.changed for step in steps):
        say("nothing changed: everything was there already, and every byte is as it was")
    say(f"""
registry   {folder}/registry          plugins/demo.py declares the datasets
set        {folder}/registry/registry/sets/{SET}   released as {TAG}
elsewhere  {folder}/elsewhere         the same set by plain dvc pull
rebuilt    {folder}/reproduced        the same bytes again, made from raw
picture    {folder}/preview.png

next       {_enter(folder / "registry")}
           medreg show demo_lits
           medreg why {SET} demo_msd_liver/liver_4
           medreg list --organ liver""")
    return 0


def _enter(registry: Path) -> str:
    """Return what to type to stand in *registry* with medreg on PATH."""
    if shutil.which("medreg"):
        return f"cd {registry}"
    return f"source {os.path.relpath(sys.prefix)}/bin/activate && cd {registry}"


def _line(number: int, step: Step) -> str:
    mark = "" if step.changed else "  (nothing to do)"
    return f"{number} {step.name:<10} {step.what:<58} {step.result:<44} {step.seconds:5.1f} s{mark}"


def _findings(folder: Path) -> list[str]:
    """Return what the checks found, and which cases show the scan of another."""
    lab = api.open_lab(folder / "registry")
    measured = [
        f"{name}/{case}  {finding}   medreg why {name}/{case}"
        for name in PATHS
        for case, finding in api.findings(lab, name)
    ]
    repeated = [
        f"{row.dataset}/{row.case}  {row.reason.partition(' | ')[0]}"
        f"   medreg why {SET} {row.dataset}/{row.case}"
        for row in api.decide(lab, SET).selection
        if row.step == "overlap"
    ]
    return measured + repeated
