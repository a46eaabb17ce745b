"""Commands that only look: list, show, terms, why, status, doctor."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg import api
from medreg.catalog import stars, units
from medreg.catalog.advice import DISCLAIMER
from medreg.catalog.columns import COLUMNS, Told, chosen, row
from medreg.cli.card import card, columns
from medreg.cli.filters import filters
from medreg.cli.page import page
from medreg.cli.table import csv_text, emit, say, table, text_of
from medreg.cli.working import working
from medreg.errors import Misuse

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.catalog import Entry, Filters
    from medreg.cli.table import Cell


def list_(args: Namespace) -> int:
    """Print a line per dataset; sets, totals and what to do next follow on stderr."""
    lab = api.open_lab_or_bundled(args.registry)
    asked = filters(args, text=tuple(args.words), organ=tuple(args.organ or ()))
    found = api.listed(lab, asked, args.sort)
    per_second = units.bandwidth(args.bandwidth)
    if args.totals:
        return _totals(api.totals(lab, found, per_second), as_json=args.json)
    told = Told(per_second, api.states(lab, found))
    names = chosen("wide" if args.wide else args.columns)
    rows = [row(entry, names, told) for entry in found]
    if args.csv and args.json:
        raise Misuse("--csv and --json are two forms of the same", hint="leave one out")
    if args.csv:
        print(csv_text(rows, names), end="")  # noqa: T201 - stdout is data
    else:
        text = "\n\n".join(map(_block, rows)) if args.wide else table(narrow(rows))
        emit([_all(entry, told) for entry in found], text, as_json=args.json)
    if not args.json:
        hint = f"next: medreg show {found[0].name}" if found else "hint: leave a filter out"
        shared = _shared(lab, found) if asked != type(asked)() else ""
        say(f"\n{_counted(found)}{shared}{_and_sets(lab)}   {hint}")
        for use in asked.use:
            _tell_terms(lab, asked, use)
        _report_problems(lab)
    return 0


def _all(entry: Entry, told: Told) -> dict[str, Any]:
    """Return every fact of *entry*: what `--json` prints."""
    facts = asdict(entry)
    for long in ("doc", "origin"):
        facts.pop(long)
    derived = ("license", "stars", "level", "phase", "size class", "dimensions", "state")
    return {
        **facts,
        "modality": "+".join(entry.modalities),
        "cases": entry.annotated,
        **{word: COLUMNS[word](entry, told) for word in derived},
        "stars": [asdict(star) for star in stars(entry)],
    }


def _block(cells: Mapping[str, Cell]) -> str:
    """Lay out one dataset of the wide view: more columns than a terminal has."""
    return columns({key: "-" if (c := text_of(value)) == "" else c for key, value in cells.items()})


def narrow(rows: Sequence[Mapping[str, Any]], *more: str) -> list[dict[str, Any]]:
    """Shorten the cells that list many words, so that a line fits a terminal."""
    long = ("labels", "organs", "tags", "best for", "title", *more)
    return [
        {key: _short(value) if key in long and isinstance(value, str) else value
         for key, value in one.items()}
        for one in rows
    ]  # fmt: skip


def _short(text: str, width: int = 32) -> str:
    if len(text) <= width:
        return text
    comma = text.rfind(",", 0, width)
    return f"{text[:comma]}, ..." if comma > 0 else f"{text[:width]}..."


def _counted(found: Sequence[Entry]) -> str:
    real = [entry for entry in found if not entry.portal]  # what a portal has is not its own
    portals = len(found) - len(real)
    scans, images = (sum(getattr(e, word) or 0 for e in real) for word in ("scans", "images"))
    parts = [count(len(real), "dataset"), count(scans, "scan")]
    parts += [count(images, "image")] if images else []
    return ", ".join([*parts, count(portals, "portal")] if portals else parts)


def _shared(lab: api.Lab, found: Sequence[Entry]) -> str:
    """Say how many scans are distinct, at least, where some appear in more than one."""
    real = [entry for entry in found if not entry.portal]
    every = sum(entry.scans or 0 for entry in real)
    distinct = api.together(lab, real).distinct(entry.name for entry in real)
    return f", at least {distinct:,} of them distinct" if distinct < every else ""


def _tell_terms(lab: api.Lab, asked: Filters, use: str) -> None:
    """Name the datasets that *use* alone keeps out."""
    others = replace(asked, use=tuple(one for one in asked.use if one != use))
    answers: dict[str, list[str]] = {"blocked": [], "unclear": []}
    for entry in api.listed(lab, others):
        answer = "" if entry.portal else api.answer(lab, entry, use)
        if answer in answers:
            answers[answer].append(entry.name)
    told = [f"{answer}: {_few(names)}" for answer, names in answers.items() if names]
    first = next((names[0] for names in answers.values() if names), "")
    if told:
        say(f"{use}   {' · '.join(told)}   medreg terms {first} --use {use}")


def _few(names: Sequence[str], most: int = 3) -> str:
    return ", ".join(names[:most]) + (f", {len(names) - most} more" if len(names) > most else "")


def _totals(found: Mapping[str, Any], *, as_json: bool) -> int:
    """Print what the datasets add up to, group by group."""
    blocks = [columns({k: _sum(v) for k, v in found.items() if not isinstance(v, dict)})]
    for key in ("by modality", "by region", "by size"):
        rows = [
            {key: word, **{k: ", ".join(v) if isinstance(v, list) else v for k, v in one.items()}}
            for word, one in found[key].items()
        ]
        blocks.append(table(rows))
    viable = found["minimum viable"]
    blocks.append(
        f"minimum viable  {viable['scans']:,} scans, {viable['size_gb']:g} GB: "
        f"{', '.join(viable['datasets']) or '-'}\n  {viable['rule']}"
    )
    emit(found, "\n\n".join(blocks), as_json=as_json)
    return 0


def _sum(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value or "-")


def _and_sets(lab: api.Lab) -> str:
    sets = lab.registry.sets() if lab.root else ()
    return f", {count(len(sets), 'set')} ({', '.join(sets)})" if sets else ""


def count(number: int, what: str) -> str:
    """Write a number and what it counts."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _report_problems(lab: api.Lab) -> None:
    if lab.plugins.problems or lab.plugins.clashes:
        broken = [Path(problem.where).name for problem in lab.plugins.problems]
        say(f"left out: {', '.join([*broken, *lab.plugins.clashes])}   see: medreg doctor")


def show(args: Namespace) -> int:
    """Print the card of a dataset, family, set or collection of IDC."""
    if api.is_idc(args.name):
        from medreg.cli.idc import show as of_idc

        return of_idc(args)
    if args.series or args.where or args.csv:
        raise Misuse(f"{args.name} is no collection of IDC", hint="medreg show idc:NAME --series")
    lab = api.open_lab_or_bundled(args.registry)
    found = api.card(lab, args.name, units.bandwidth(args.bandwidth))
    if args.markdown and "contents" not in found:
        raise Misuse(f"{args.name} is no dataset: a page is written of one", hint="medreg list")
    emit(found, page(found) if args.markdown else card(found), as_json=args.json)
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
    if notes := list(_same_scans(lab, args.names)):
        told["note"] = notes
    emit(rows, columns(told), as_json=args.json)
    if not args.json:
        say(f"\n{DISCLAIMER}")
    return 0 if all(verdict.answer == "allowed" for verdict in verdicts.values()) else 1


def _same_scans(lab: api.Lab, names: Sequence[str]) -> Iterator[str]:
    """Say which of the datasets *names* publish the same scans, each under terms of its own."""
    known = {name for name in names if name in lab.plugins.datasets}
    for one in api.overlaps(lab, sorted(known)) if len(known) > 1 else ():
        if {one.a, one.b} <= known and one.a != one.b and one.of_all and one.same_scan:
            shared = "has all scans of" if one.relation == "contains" else "shows the same scans as"
            doubt = " (suspected)" if one.confidence == "suspected" else ""
            yield f"{one.a} {shared} {one.b}{doubt}; each has terms of its own"


def why(args: Namespace) -> int:
    """Print why a case was kept or dropped, or what was found in it."""
    lab = api.open_lab(args.registry)
    lines = api.why(lab, args.set, args.case) if args.case else api.findings_of(lab, args.set)
    emit(list(lines), "\n".join(lines), as_json=args.json)
    return 0


def status(args: Namespace) -> int:
    """Show how far each tracked dataset and each set has come, and where its bytes lie."""
    from medreg.cli import standing

    lab = api.open_lab(args.registry)
    with working("ask tiers", quiet=args.json) if args.remote else nullcontext():
        found = api.status(lab, remote=args.remote)
    emit(standing.data(found), standing.text(found), as_json=args.json)
    if not args.json and found:
        say(standing.legend(found))
    return 0


def doctor(args: Namespace) -> int:
    """Print what this machine and this registry offer, and what is wrong with them."""
    if args.logins:
        found = api.logins()
        emit(
            [asdict(one) for one in found], table([asdict(one) for one in found]), as_json=args.json
        )
        return 1 if any(one.state == "refused" for one in found) else 0
    report = api.doctor(api.open_lab_or_bundled(args.registry))
    emit(dict(report.facts), columns(report.facts), as_json=args.json)
    for problem in report.problems:
        say(f"problem: {problem.where}: {problem.reason}")
    return 1 if report.problems else 0
