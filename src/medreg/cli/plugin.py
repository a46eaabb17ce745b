"""`medreg add-plugin` and `medreg check-plugin`."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from medreg import api
from medreg.cli.table import emit, say
from medreg.cli.working import working
from medreg.errors import ActionNeeded

if TYPE_CHECKING:
    from argparse import Namespace

    from medreg.api.plugin import Proposal


def add_plugin(args: Namespace) -> int:
    """Show a plugin, ask, and write it; a blank scaffold is written at once."""
    lab = api.open_lab(args.registry)
    looks = bool(args.origin) or args.update  # else a blank scaffold is there at once
    with working("look", quiet=args.json) if looks else nullcontext():
        proposal = api.propose_plugin(
            lab, args.name or "", args.origin or "", update=args.update, by=args.by
        )
    drafted = proposal.cases is not None or bool(args.origin)
    if args.dry_run:
        text = "\n".join(f"--- {path}\n{content}" for path, content in proposal.files.items())
        emit(_told(proposal, list(proposal.files)), text, as_json=args.json)
        if not args.json:
            _show(proposal)
        return 0
    if drafted or proposal.pin:
        for path, content in () if proposal.difference else proposal.files.items():
            say(f"--- {path}\n{content}")
        _show(proposal)
        if not args.yes:
            _ask(proposal.name, proposal.pin is not None)
    written = api.add_plugin(lab, proposal)
    emit(_told(proposal, written), "\n".join(written), as_json=args.json)
    if not args.json:
        for blank in proposal.blanks:
            say(f"fill in   {blank}")
        say(f"\nnext: medreg check-plugin {proposal.name}")
    return 0


def check_plugin(args: Namespace) -> int:
    """Ask a plugin what CI asks every bundled one."""
    lab = api.open_lab_or_bundled(args.registry)
    with working(f"try {args.name}", quiet=args.json):
        answers = {name: list(each) for name, each in api.check_plugin(lab, args.name).items()}
    lines = []
    for name, each in answers.items():
        lines.append(name)
        for answer in each:
            lines.append(f"  {answer.verdict}  {answer.question.replace('_', ' ')}")
            lines += [f"        {told}" for told in answer.told]
    failed = sum(answer.verdict == "FAIL" for each in answers.values() for answer in each)
    data = {name: [asdict(answer) for answer in each] for name, each in answers.items()}
    emit(data, "\n".join(lines), as_json=args.json)
    if not args.json:
        say(f"\n{failed} of {sum(map(len, answers.values()))} questions failed" if failed else "")
    return 1 if failed else 0


def _told(proposal: Proposal, paths: list[str] | Any) -> dict[str, Any]:
    pin = asdict(proposal.pin) if proposal.pin else None
    return {
        "name": proposal.name,
        "written": list(paths),
        "files": dict(proposal.files),
        "cases": proposal.cases,
        "found": proposal.found,
        "notes": list(proposal.notes),
        "blanks": list(proposal.blanks),
        "pin": pin,
        "difference": proposal.difference,
    }


def _show(proposal: Proposal) -> None:
    """Say what is known beside the files' text: first cases, notes, origin, difference."""
    if proposal.cases is not None:
        say(f"{proposal.found} cases; the first {len(proposal.cases)}:")
        for case, files in proposal.cases.items():
            more = f" and {len(files) - 4} more" if len(files) > 5 else ""  # noqa: PLR2004 - a line
            say(f"  {case:<20}  {', '.join(files[: 4 if more else 5])}{more}")
    for note in proposal.notes:
        say(f"note: {note}")
    if proposal.pin:
        at = f" at {proposal.pin.revision}" if proposal.pin.revision else ""
        say(f"from {proposal.pin.origin}{at}   sha256 {proposal.pin.sha256}")
        if proposal.difference:
            say(proposal.difference)


def _ask(name: str, foreign: bool) -> None:  # noqa: FBT001 - two wordings of one question
    what = "the code above, which runs as you" if foreign else "this draft"
    if not sys.stdin.isatty():
        raise ActionNeeded(
            f"{name} is added when somebody has looked at {what}",
            hint="read it, then run the same command with --yes",
        )
    say(f"\nAdd {what}, as plugins/{name}.py? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ActionNeeded(f"{name} was not added: nothing was written")
