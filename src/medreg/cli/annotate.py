"""`medreg annotate`: open a case to draw its mask, and take the mask back."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING

from medreg import api
from medreg.api.annotation import opening
from medreg.cli.table import emit, say
from medreg.errors import Misuse
from medreg.reviews import GATE

if TYPE_CHECKING:
    from argparse import Namespace


def annotate(args: Namespace) -> int:
    """Open a case; or collect its mask (exit code 1 when a second reading falls short)."""
    lab = api.open_lab(args.registry)
    if args.collect:
        return _collect(lab, args)
    if args.mask or args.minutes is not None or args.use:
        raise Misuse(
            "--mask, --minutes and --use belong to --collect",
            hint=f"medreg annotate {args.case} --collect",
        )
    bench = api.annotate(lab, args.case, args.tool, args.into)
    files = {key: str(path) for key, path in asdict(bench).items()}
    emit(files, "\n".join(files.values()), as_json=args.json)
    if not args.json:
        if not args.tool:
            for tool in ("itksnap", "slicer"):
                say(shlex.join(opening(bench, tool)))
        say(f"\nsave the mask over {bench.mask}, then: medreg annotate {args.case} --collect")
    return 0


def _collect(lab: api.Lab, args: Namespace) -> int:
    handed = api.collect(
        lab,
        args.case,
        mask=args.mask,
        into=args.into,
        by=args.by,
        minutes=args.minutes,
        tool=args.tool,
        use=args.use,
    )
    row = handed.annotation
    short = [w for w in row.agreement.split() if float(w.partition("=")[2]) < GATE]
    told = [{"check": f.check, "severity": str(f.severity), "message": f.message}
            for f in handed.findings]  # fmt: skip
    text = f"{row.path}  {row.date}  {row.minutes or '?'} min  {row.agreement}"
    emit({**asdict(row), "path": row.path, "findings": told}, text.rstrip(), as_json=args.json)
    if not args.json:
        for one in handed.findings:
            say(f"{one.severity}  {one.check}: {one.message}")
        name = args.case.partition("/")[0]
        if row.used == "yes":
            say(f"\nit is the case's mask from now on   next: medreg convert {name}")
        else:
            said = f"below {GATE:.2f}: {', '.join(short)}" if short else "agreed"
            say(f"\nkept as a second reading; {said}   next: medreg review {name}")
    return 1 if short and row.used == "no" else 0
