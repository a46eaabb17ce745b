"""`medreg adopt`: what lies on a disk already, registered where it lies."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import emit, say, size, table
from medreg.errors import ActionNeeded, DeclarationError
from medreg.report import tally

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.api import Proposal, Recognized
    from medreg.cli.table import Cell
    from medreg.report import StageReport


def adopt(args: Namespace) -> int:
    """Say what lies in a folder, ask, and register it in place."""
    lab = api.open_lab(args.registry)
    found = api.recognized(lab, args.folder, args.name or "")
    drafts = {} if args.name else api.drafted(lab, found)
    rows = [_told(one, drafts.get(one.place)) for one in found]
    if args.dry_run or not args.json:
        emit(rows, _shown(found, drafts), as_json=args.json)
    if args.dry_run:
        return 0
    undecided = api.undecided(found, args.folder, args.name or "")
    if undecided and not (drafts and not any(one.name for one in found)):
        raise undecided
    if not args.yes:
        _ask(args.folder)
    for place, draft in drafts.items():
        for path in api.add_plugin(lab, draft):
            say(f"written   {path}")
        say(f"          {draft.name} was drafted from {place}: medreg check-plugin {draft.name}")
    wanted = [(one.name, one.place) for one in found if one.name]
    wanted += [(draft.name, place) for place, draft in drafts.items()]
    reports = _registered(args, wanted, drafts)
    lines = [f"{report.name}  adopted  {tally(report.answers)}" for report in reports]
    told = [
        {**row, "registered": len(r.answers)} for row, r in zip(_of(rows), reports, strict=True)
    ]
    emit(told, "\n".join(lines), as_json=args.json)
    if not args.json:
        say(f"\nnext: medreg convert {' '.join(report.name for report in reports)}")
    return 0


def _registered(
    args: Namespace, wanted: Sequence[tuple[str, Path]], drafts: Mapping[Path, Proposal]
) -> list[StageReport]:
    lab = api.open_lab(args.registry)  # drafts are among its plugins now
    reports = []
    with progress(quiet=args.json) as bars:
        for name, place in wanted:
            try:
                reports.append(api.adopt(lab, name, place, copy=args.copy, progress=bars))
            except DeclarationError as error:
                if place not in drafts:
                    raise
                raise _to_fill_in(drafts[place], place, error) from None
    return reports


def _to_fill_in(draft: Proposal, place: Path, error: DeclarationError) -> ActionNeeded:
    return ActionNeeded(
        f"{draft.name} was drafted, and somebody must fill it in: {error.message}",
        steps=(*draft.blanks, f"medreg adopt {shlex.quote(str(place))} --as {draft.name}"),
    )


def _of(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [r for r in rows if r["name"] and not r["draft"]] + [r for r in rows if r["draft"]]


def _told(one: Recognized, draft: Proposal | None) -> dict[str, Any]:
    data = {**asdict(one), "place": str(one.place), "draft": draft.name if draft else ""}
    missing = (one.published or 0) - one.cases if one.name and one.published else 0
    return {**data, "missing": max(missing, 0)}


def _shown(found: Sequence[Recognized], drafts: Mapping[Path, Proposal]) -> str:
    rows: list[dict[str, Cell]] = []
    notes: list[str] = []
    for one in found:
        draft = drafts.get(one.place)
        rows.append(
            {
                "dataset": one.name or (f"{draft.name} (a draft)" if draft else _copies(one)),
                "sure": one.sure,
                "cases": (draft.found or 0) if draft else one.cases,
                "files": one.files,
                "size": size(one.size),
                "place": str(one.place),
            }
        )
        title = one.name or str(one.place)
        notes += [f"{title}: {why}" for why in one.why if not draft]
        notes += [f"{title}: {note}" for note in (*one.notes, *one.damaged)]
        notes += [f"{title}: it may also be {rival}" for rival in one.rivals]
        if one.name and one.published and one.cases < one.published:
            missing = one.published - one.cases
            notes.append(f"{title}: {missing:,} of {one.published:,} published cases are missing")
        if one.name and one.left_files:
            notes.append(f"{title}: {one.left_files:,} files belong to no case: {_few(one.left)}")
        if one.litter_files:
            notes.append(f"{title}: {one.litter_files:,} files are litter: {_few(one.litter)}")
        notes += [f"{title}: {note}" for note in (draft.notes if draft else ())]
    return "\n".join([table(rows), "", *notes]).rstrip()


def _copies(one: Recognized) -> str:
    return f"copies of {', '.join(one.copies)}" if one.copies else "-"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")  # noqa: PLR2004 - a line


def _ask(folder: Path) -> None:
    if not sys.stdin.isatty():
        raise ActionNeeded(
            f"{folder} is adopted when somebody has looked at what was recognized",
            hint="look with --dry-run, then run the same command with --yes",
        )
    say("\nRegister them where they lie? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ActionNeeded("nothing was registered")
