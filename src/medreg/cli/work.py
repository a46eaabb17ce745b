"""Commands that turn raw files into a set: fetch, convert, check, curate, and the stages."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from medreg import api
from medreg.catalog import units
from medreg.cli.card import columns
from medreg.cli.explain import as_data, explain
from medreg.cli.progress import progress
from medreg.cli.table import emit, say, size, table
from medreg.cli.working import working
from medreg.errors import CannotHere, MedregError, Misuse
from medreg.report import StageReport, tally

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence

    from medreg.api import FetchPlan, How
    from medreg.curate.decide import Decision
    from medreg.report import Progress


def fetch(args: Namespace) -> int:
    """Bring raw files, all or a part, or say what would be brought."""
    lab = _lab(args)
    how = _how(args)
    if args.dry_run:
        speed = _rate(args.bandwidth or "100Mbit")
        plans = [api.fetch_plan(lab, n, choice=how.choice, per_second=speed) for n in args.names]
        told = "\n\n".join(columns(_plan(plan, args.bandwidth)) for plan in plans)
        emit({plan.dataset: asdict(plan) for plan in plans}, told, as_json=args.json)
        return 0
    return _each(
        args,
        lab,
        "fetch",
        lambda lab, name, bars: api.fetch(lab, name, given=args.given, progress=bars, how=how),
    )


def _how(args: Namespace) -> How:
    from medreg.api import Choice, How

    choice = Choice(
        cases=tuple(args.cases),
        sample=args.sample or 0,
        limit=args.limit or 0,
        where=args.where,
    )
    bandwidth = _rate(args.bandwidth) if args.bandwidth else 0
    return How(choice=choice, jobs=args.jobs or 0, urls=_urls(args), bandwidth=bandwidth)


def _urls(args: Namespace) -> tuple[str, ...]:
    """Return the addresses given by hand; ``-`` keeps a signed one out of the process list."""
    if args.urls and len(args.names) > 1:
        raise Misuse("--url is of one dataset", hint=f"medreg fetch {args.names[0]} --url ...")
    found: list[str] = []
    for url in args.urls:
        found += sys.stdin.read().split() if url == "-" else [url]
    if args.urls and not found:
        raise Misuse(
            "--url - reads addresses from stdin, and none came",
            hint=f"medreg fetch {args.names[0]} --url - < FILE",
        )
    return tuple(found)


def _rate(text: str) -> float:
    """Return bytes per second; a bare ``50M`` is megabytes, as in rclone and wget.

    >>> _rate("50M"), _rate("100Mbit")
    (50000000.0, 12500000.0)
    """
    return units.bandwidth(f"{text}B" if text[-1:] in {*"kKmMgG"} else text)


def _plan(plan: FetchPlan, bandwidth: str) -> dict[str, str]:
    """Lay out a plan for people; what nobody knows is left out."""
    files = ", ".join(plan.wanted)
    if plan.files is not None:
        whole = f" of {plan.of_files:,}" if plan.files != plan.of_files else ""
        here = f", {plan.here:,} of them here" if plan.here else ""
        files = f"{plan.files:,}{whole}{here}   {files}"
    unstated = f", without {plan.unstated:,} that do not say theirs" if plan.unstated else ""
    days = plan.waiting_days
    at = bandwidth or "100Mbit"
    rows = {
        "dataset": plan.dataset,
        "access": plan.access,
        "files": files,
        "part": plan.cases if plan.files != plan.of_files else "",
        "bytes": f"{_to_come(plan)}{unstated}" if plan.size is not None else "not stated",
        "time": f"{units.duration(plan.seconds)} at {at}" if plan.seconds is not None else "",
        "terms": plan.terms,
        "gate": plan.gate + GATE[plan.accepted].format(plan.dataset),
        "waiting": f"about {days:g} days" if days is not None else "",
        "disk": f"{size(plan.free)} free{_after(plan)}",
        "note": plan.note,
    }
    return {key: value for key, value in rows.items() if value}


def _after(plan: FetchPlan) -> str:
    if not plan.to_come:
        return ""
    left = plan.free - plan.to_come
    return f", {size(left)} left after it" if left >= 0 else f": {size(-left)} too little"


def _to_come(plan: FetchPlan) -> str:
    whole = size(plan.size or 0)
    return whole if not plan.here else f"{size(plan.to_come or 0)} to come of {whole}"


def convert(args: Namespace) -> int:
    """Convert datasets."""
    return _each(
        args, _lab(args), "convert", lambda lab, name, bars: api.convert(lab, name, progress=bars)
    )


def check(args: Namespace) -> int:
    """Check datasets; findings are listed, and end with exit code 1."""
    return _each(
        args, _lab(args), "check", lambda lab, name, bars: api.check(lab, name, progress=bars)
    )


def _lab(args: Namespace) -> api.Lab:
    """Open the registry, with what was typed of the engine above its settings."""
    words = {word: getattr(args, word) for word in ("engine", "jobs", "scheduler", "queue")}
    asked = {word: said for word, said in words.items() if said is not None}
    if not args.engine and (args.scheduler or args.queue):
        asked["engine"] = "dask" if args.scheduler else "slurm"
    if args.scheduler and "://" not in args.scheduler:
        asked["scheduler"] = str(Path(args.scheduler).absolute())
    return api.open_lab(args.registry, asked)


def _each(
    args: Namespace, lab: api.Lab, word: str, verb: Callable[[api.Lab, str, Progress], StageReport]
) -> int:
    """Do one dataset after the other; what stops one of several does not stop the next."""
    names = list(dict.fromkeys(args.names))
    for name in names:
        lab.declared(name)  # a misspelt one is told before anything is done
    reports: list[StageReport] = []
    stopped: dict[str, MedregError] = {}
    with progress(quiet=args.json) as bars:
        for name in names:
            try:
                reports.append(verb(lab, name, bars))
            except MedregError as why:
                if len(names) == 1 or isinstance(why, CannotHere):
                    raise
                stopped[name] = why
    lines = [f"{r.name}  {r.stage}  {tally(r.answers)}" for r in reports]
    lines += [f"{name}  {word}  stopped" for name in stopped]
    data = [_report(report) for report in reports]
    data += [{"stage": word, "name": name, **as_data(error)} for name, error in stopped.items()]
    emit(data, "\n".join([*_files(reports), *lines]), as_json=args.json)
    code = _code(reports)
    for error in stopped.values() if not args.json else ():
        explain(error, as_json=False)
    done = [report.name for report in reports if not report.failed]
    if not args.json and done:
        say(f"\nnext: {NEXT[word].format(' '.join(done))}")
    return max([code, *(error.exit_code for error in stopped.values())])


GATE = {None: "", True: ", accepted", False: "; first: medreg accept {}"}
HINTS = 3  # shown: cases fail in a few ways
NEXT = {
    "fetch": "medreg convert {}",
    "convert": "medreg check {}",
    "check": "name it in registry/sets/SET/recipe.yaml, then: medreg curate SET --dry-run",
}


def _files(reports: Sequence[StageReport]) -> list[str]:
    """Return a line per raw file that was fetched, for each dataset."""
    rows = [
        {
            "outcome": str(a.outcome),
            "size": size(a.size) if a.size else "",
            "file": f"{r.name}/{a.item}",
            "note": a.reason.partition("\n")[0] if a.ok else "",
        }
        for r in reports
        if r.stage == "fetch"
        for a in r.answers
    ]
    return table(rows).splitlines()[1:]


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
    failed = [answer for report in reports for answer in report.failed]
    for hint in list(dict.fromkeys(answer.hint for answer in failed if answer.hint))[:HINTS]:
        say(f"\nhint: {hint}")
    return max((report.exit_code for report in reports), default=0)


def curate(args: Namespace) -> int:
    """Decide about every candidate, then write the set."""
    lab = _lab(args)
    with working(f"decide {args.set}", quiet=args.json):
        decision = api.decide(lab, args.set)
    if args.dry_run:
        images, masks = api.to_write(lab, decision)
        growth = api.growth(lab, decision)
        more = {} if growth is None else {"growth": round(growth, 4)}
        data = {**_as_data(decision), "to_write": {"images": images, "masks": masks, **more}}
        emit(data, funnel(decision), as_json=args.json)
        if not args.json:
            say(_to_write(images, masks, growth))
            say("nothing was written (--dry-run)")
        return 0
    emit(_as_data(decision), funnel(decision), as_json=args.json)
    with progress(quiet=args.json) as bars:
        report = api.curate(lab, args.set, decision=decision, progress=bars)
    if not args.json and not report.failed:
        say(f"\nnext: medreg release {args.set} {api.next_version(lab, args.set)}")
    return _code([report])


def _to_write(images: int, masks: int, growth: float | None) -> str:
    if growth is not None:
        return (
            f"to write: the recipe transforms voxels: images are written anew, about {growth:.3g} "
            f"times their voxels (they have {size(images)} now, masks {size(masks)})"
        )
    return (
        f"to write: masks of about {size(masks)}; images are stored once: nothing new in "
        f"the cache, {size(images)} in the workspace where the file system has no reflinks"
    )


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
