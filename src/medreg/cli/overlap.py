"""`medreg overlaps` and `medreg audit-split`: who shows the same scans."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.look import count
from medreg.cli.table import emit, say, table
from medreg.cli.working import working
from medreg.curate.casemaps import Patterns

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from medreg.curate.overlaps import Overlap
    from medreg.leaks import Audit

UNPUBLISHED = "nobody published which cases"
PAIRS = 4  # of a long list of pairs of cases
SHOWN = 10  # entries of one kind that are printed; --json has all


def overlaps(args: Namespace) -> int:
    """Print which datasets share scans or patients with some, or the graph of all."""
    found = api.overlaps(api.open_lab_or_bundled(args.registry), args.names)
    if args.graph:
        emit([_row(one) for one in found], api.overlap_graph(found), as_json=args.json)
        return 0
    text = "\n\n".join(_told(one) for one in found)
    emit([_row(one) for one in found], text or "no overlap is declared", as_json=args.json)
    return 0


def _row(one: Overlap) -> dict[str, object]:
    cases = one.cases
    mapped = (
        None if cases is None else cases if isinstance(cases, tuple) else f"{cases.a} = {cases.b}"
    )
    return {
        "a": one.a,
        "relation": one.relation,
        "b": one.b,
        "cases": mapped,
        "complete": one.mapped,
        "count": one.count,
        "transform": one.transform,
        "confidence": one.confidence,
        "evidence": [dict(said) for said in one.evidence],
        "file": one.where,
    }


def _told(one: Overlap) -> str:
    match one.cases:
        case None:
            which = UNPUBLISHED
        case Patterns(a, b):
            which = f"{a} = {b}"
        case pairs:
            told = ", ".join(f"{a} = {b}" for a, b in pairs[:PAIRS])
            rest = ", ..." if len(pairs) > PAIRS else ""
            which = f"{told}{rest}" + ("" if one.complete else ", and nobody published the others")
    number = f" {one.count:,}" if one.count else ""
    changed = f"; copies: {', '.join(one.transform)}" if one.transform else ""
    lines = [f"{one.a}  {one.relation}{number}  {one.b}   {which} ({one.confidence}{changed})"]
    lines += [f"  {said['says']}   [{said['source']}]" for said in one.evidence]
    return "\n".join(lines)


def audit_split(args: Namespace) -> int:
    """Report train cases that show a scan or patient of the test side; exit 1 if there are any."""
    lab = api.open_lab_or_bundled(args.registry)
    test = args.test or ""
    with working("audit-split", quiet=args.json):
        found = api.audit_split(lab, args.train, test, dataset=args.dataset, fold=args.fold)
    emit(asdict(found), "\n".join(_lines(found)), as_json=args.json)
    if not args.json:
        for side, strange in found.unrecognized.items():
            if strange:
                say(f"{side}: {len(strange)} of no dataset that is known here: {strange[0]}, ...")
                say("hint: name it with --dataset NAME, or declare it: medreg add-plugin NAME")
    return 0 if found.clean else 1


def _lines(found: Audit) -> Iterator[str]:
    for side, counts in found.counts.items():
        entries = sum(counts.values())
        yield f"{side}  {entries:,} {'entry' if entries == 1 else 'entries'} of " + count(
            len(counts), "dataset"
        )
        if counts:
            yield table([{"": "", "dataset": name, "entries": n} for name, n in counts.items()])
    for names, taken in found.assumed.items():
        yield f"taken as {taken}: what is called like {names}"
    least = found.least
    if least.least:
        drawn = ", ".join(f"{name} {count:,}" for name, count in least.datasets.items())
        yield f"\nat least {least.least:,} repeats: {least.entries:,} entries are drawn from "
        yield f"  at most {least.scans:,} scans ({drawn})"
        yield from (f"  {said}" for said in least.says)
    alone = "list" in found.counts
    number = count(len(found.leaks), "pair" if alone else "train case")
    says = "of one scan or patient" if alone else "with a scan or patient of the test side"
    yield f"\n{number} {says}, as far as names, overlaps and what was checked here tell"
    yield from _leaks(found)
    for one in found.unmapped:
        which = "list the train cases to see which" if one.published else UNPUBLISHED
        yield f"\n{one.train} and {one.test} overlap ({one.relation}); {which}"
        yield f"  {one.says}"


def _leaks(found: Audit) -> Iterator[str]:
    groups: dict[tuple[str, str, bool], list[int]] = {}
    for number, one in enumerate(found.leaks):
        sides = (one.case.partition("/")[0], one.test.partition("/")[0], one.suspected)
        groups.setdefault(sides, []).append(number)
    for (train, test, suspected), numbers in sorted(groups.items()):
        sure = " (suspected)" if suspected else ""
        yield f"\n{train or 'unrecognized'} ~ {test or 'unrecognized'}: {len(numbers):,}{sure}"
        for number in numbers[:SHOWN]:
            one = found.leaks[number]
            yield f"  {one.train}  shows  {one.test.removeprefix('/')}"
        if len(numbers) > SHOWN:
            yield f"  ... and {len(numbers) - SHOWN:,} more (--json lists all)"
        because = found.leaks[numbers[0]].because or ("the same case is on both sides",)
        yield from (f"  because {line}" for line in because)
