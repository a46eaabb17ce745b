"""Commands that only look: list, show, terms, why, status, doctor, preview."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.card import card, columns
from medreg.cli.table import emit, say, table

if TYPE_CHECKING:
    from argparse import Namespace

    from medreg.cli.table import Cell
    from medreg.plugins import Declared


def list_(args: Namespace) -> int:
    """Print a line per dataset; sets follow on stderr."""
    lab = api.open_lab_or_bundled(args.registry)
    rows = [
        _row(lab, declared)
        for name, declared in sorted(lab.plugins.datasets.items())
        if _wanted(lab, declared, args.organ, args.modality)
    ]
    text = table([{**row, "labels": _short(str(row["labels"]))} for row in rows])
    emit(rows, text, as_json=args.json)
    if not args.json:
        say(f"\n{_count(len(rows), 'dataset')}{_and_sets(lab)}   next: medreg show {_first(rows)}")
        _report_problems(lab)
    return 0


def _row(lab: api.Lab, declared: Declared) -> dict[str, Cell]:
    dataset = declared.dataset
    return {
        "name": dataset.name,
        "modality": "+".join(dict.fromkeys(dataset.modalities.values())),
        "cases": dataset.cases,
        "labels": ", ".join(dict.fromkeys(dataset.labels.values())),
        "access": dataset.access,
        "research": api.verdict(lab, dataset.name, "research").answer,
        "state": api.state(lab, dataset.name),
    }


def _wanted(lab: api.Lab, declared: Declared, organ: str | None, modality: str | None) -> bool:
    dataset = declared.dataset
    if modality and modality not in dataset.modalities.values():
        return False
    if not organ:
        return True
    whole = lab.vocabulary[organ].name  # a misspelt organ is an error, not an empty list
    return any(
        name in lab.vocabulary.names and lab.vocabulary.within(name, whole)
        for name in dataset.labels.values()
    )


def _short(text: str, width: int = 46) -> str:
    return text if len(text) <= width else text[: text.rindex(",", 0, width)] + ", ..."


def _first(rows: list[dict[str, Cell]]) -> str:
    return str(rows[0]["name"]) if rows else "NAME"


def _and_sets(lab: api.Lab) -> str:
    sets = lab.registry.sets() if lab.root else ()
    return f", {_count(len(sets), 'set')} ({', '.join(sets)})" if sets else ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _report_problems(lab: api.Lab) -> None:
    if lab.plugins.problems or lab.plugins.clashes:
        broken = [Path(problem.where).name for problem in lab.plugins.problems]
        say(f"left out: {', '.join([*broken, *lab.plugins.clashes])}   see: medreg doctor")


def show(args: Namespace) -> int:
    """Print a dataset's or set's card."""
    lab = api.open_lab_or_bundled(args.registry)
    found = api.card(lab, args.name)
    emit(found, card(found), as_json=args.json)
    return 0


def terms(args: Namespace) -> int:
    """Print what the licenses of some datasets allow, alone and together."""
    lab = api.open_lab_or_bundled(args.registry)
    verdicts = api.verdicts(lab, args.names, args.use)
    rows = [
        {"name": name, args.use: verdict.answer, "reason": verdict.reason}
        for name, verdict in verdicts.items()
    ]
    told = {
        name: [verdict.answer, *verdict.reason.split(" · ")] for name, verdict in verdicts.items()
    }
    emit(rows, columns(told), as_json=args.json)
    return 0 if all(verdict.answer == "allowed" for verdict in verdicts.values()) else 1


def why(args: Namespace) -> int:
    """Print why a case was kept or dropped, or what was found in it."""
    lab = api.open_lab(args.registry)
    lines = api.why(lab, args.set, args.case) if args.case else api.findings_of(lab, args.set)
    emit(list(lines), "\n".join(lines), as_json=args.json)
    return 0


def status(args: Namespace) -> int:
    """Print how far each tracked dataset and each set has come."""
    rows = api.status(api.open_lab(args.registry))
    emit(rows, table(rows) or "nothing is tracked yet   medreg track NAME", as_json=args.json)
    return 0


def doctor(args: Namespace) -> int:
    """Print what this machine and this registry offer, and what is wrong with them."""
    report = api.doctor(api.open_lab_or_bundled(args.registry))
    emit(dict(report.facts), columns(report.facts), as_json=args.json)
    for problem in report.problems:
        say(f"problem: {problem.where}: {problem.reason}")
    return 1 if report.problems else 0


def preview(args: Namespace) -> int:
    """Draw three planes of a case with its mask."""
    lab = api.open_lab(args.registry)
    target = args.to or Path(f"{args.case.replace('/', '__')}.png")
    api.preview(lab, args.case, target)
    emit({"preview": str(target)}, str(target), as_json=args.json)
    return 0
