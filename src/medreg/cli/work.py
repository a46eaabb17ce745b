"""Commands that turn raw files into a set: fetch, convert, check, curate, and the stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import emit, say, size, table
from medreg.report import StageReport, tally

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from medreg.curate.decide import Decision
    from medreg.report import Progress


def fetch(args: Namespace) -> int:
    """Bring raw files, or say what would be brought."""
    lab = api.open_lab(args.registry)
    if args.dry_run:
        plans = {name: api.fetch_plan(lab, name) for name in args.names}
        emit(
            plans,
            "\n".join(f"{key:<8}  {value}" for p in plans.values() for key, value in p.items()),
            as_json=args.json,
        )
        return 0
    return _each(
        args, lambda lab, name, bars: api.fetch(lab, name, given=args.given, progress=bars)
    )


def convert(args: Namespace) -> int:
    """Convert datasets."""
    return _each(args, lambda lab, name, bars: api.convert(lab, name, progress=bars))


def check(args: Namespace) -> int:
    """Check datasets; findings are listed, and end with exit code 1."""
    return _each(args, lambda lab, name, bars: api.check(lab, name, progress=bars))


def _each(args: Namespace, verb: Callable[[api.Lab, str, Progress], StageReport]) -> int:
    lab = api.open_lab(args.registry)
    reports = []
    with progress(quiet=args.json) as bars:
        reports = [verb(lab, name, bars) for name in args.names]
    emit(
        [_report(report) for report in reports],
        "\n".join(f"{r.name}  {r.stage}  {tally(r.answers)}" for r in reports),
        as_json=args.json,
    )
    code = _code(reports)
    if not args.json and not any(report.failed for report in reports):
        say(f"\nnext: {NEXT[reports[0].stage].format(' '.join(args.names))}")
    return code


NEXT = {
    "fetch": "medreg convert {}",
    "convert": "medreg check {}",
    "check": "name it in registry/sets/SET/recipe.yaml, then: medreg curate SET --dry-run",
}


def _report(report: StageReport) -> dict[str, object]:
    answers = [
        {"item": a.item, "outcome": a.outcome, "reason": a.reason, "size": a.size}
        for a in report.answers
    ]
    return {"stage": report.stage, "name": report.name, "answers": answers}


def _code(reports: list[StageReport]) -> int:
    for report in reports:
        for answer in report.answers:
            if answer.exit_code:
                word = answer.outcome if not answer.ok else "finding"
                for line in [answer.reason] if not answer.ok else api.told(answer.reason):
                    say(f"{word:<8} {report.name}/{answer.item}  {line}")
    return max((report.exit_code for report in reports), default=0)


def curate(args: Namespace) -> int:
    """Decide about every candidate, then write the set."""
    lab = api.open_lab(args.registry)
    decision = api.decide(lab, args.set)
    if args.dry_run:
        images, masks = api.to_write(lab, decision)
        data = {**_as_data(decision), "to_write": {"images": images, "masks": masks}}
        emit(data, funnel(decision), as_json=args.json)
        if not args.json:
            say(
                f"to write: masks of about {size(masks)}; images are stored once: nothing new in "
                f"the cache, {size(images)} in the workspace where the file system has no reflinks"
            )
            say("nothing was written (--dry-run)")
        return 0
    emit(_as_data(decision), funnel(decision), as_json=args.json)
    with progress(quiet=args.json) as bars:
        report = api.curate(lab, args.set, progress=bars)
    if not args.json:
        say(f"\nnext: medreg release {args.set} {api.next_version(lab, args.set)}")
    return _code([report])


def funnel(decision: Decision) -> str:
    """Lay out how many candidates left at each step, and what supervision remains."""
    from medreg.curate.funnel import STEPS

    idle = {step for step in STEPS if not any(row[step] for row in decision.funnel)}
    rows = [{k: v for k, v in row.items() if k not in idle} for row in decision.funnel]
    parts = [table(rows)]
    supervision = " · ".join(f"{label} {n}" for label, n in decision.supervision.items())
    parts.append(f"supervision left   {supervision}")
    parts += decision.notes
    return "\n".join(parts)


def _as_data(decision: Decision) -> dict[str, object]:
    return {
        "funnel": list(decision.funnel),
        "supervision": dict(decision.supervision),
        "notes": list(decision.notes),
    }


def stage(args: Namespace) -> int:
    """Run one stage as DVC asks for it: no prompt, no git, no dvc.lock."""
    lab = api.open_lab(args.registry)
    with progress(quiet=args.json) as bars:
        report = api.stage(lab, args.stage, args.name, progress=bars)
    if args.json:
        emit(_report(report), "", as_json=True)
    else:
        say(f"{report.name}  {report.stage}  {tally(report.answers)}")
    return max(a.exit_code for a in report.failed) if report.failed else 0
