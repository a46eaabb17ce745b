"""Commands that pin, move and prove versions: release, push, pull, verify, reproduce."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli import pin
from medreg.cli.progress import progress
from medreg.cli.table import Cell, emit, say, size, table
from medreg.cli.working import working
from medreg.errors import CannotHere, Misuse
from medreg.report import tally

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from medreg.versions.budget import Weight
    from medreg.versions.rehearsal import Rehearsal


def release(args: Namespace) -> int:
    """Make an immutable version."""
    lab = api.open_lab(args.registry)
    if args.dry_run:
        found = api.release_plan(lab, args.name, args.version, tiers=args.tiers)
        return _rehearsed(found, as_json=args.json)
    with progress(quiet=args.json) as bars:
        made = api.release(lab, args.name, args.version, tiers=args.tiers, progress=bars)
    tiers = ", ".join(made.tiers)
    data = {"tag": made.tag, "manifest": made.manifest, "tiers": list(made.tiers)}
    text = f"{made.tag}  manifest sha256:{made.manifest}  pushed to and audited in: {tiers}"
    emit({**data, "changed": made.changed}, text, as_json=args.json)
    if not args.json:
        if not made.changed:
            say("it was released already, and every tier still holds it")
        say(f"\nnext: medreg pull {made.tag}   in any clone of this registry that reaches {tiers}")
        if args.name in lab.registry.sets():
            say("      medreg push   takes along what it was made of: raw and converted files")
    return 0


def _rehearsed(found: Rehearsal, *, as_json: bool) -> int:
    if found.exists:
        step = "it was released already, and holds the same"
    elif not found.since:
        step = "the first release" if not found.step else found.step
    else:
        step = f"a {found.step or 'further'} step since {found.since}"
        step += f": {found.because}" if found.because else ""
    reads = f"; {size(found.reads)} of them to be read" if found.reads else "; none to be read"
    terms = " · ".join(f"{use} {said}" for use, said in found.terms.items())
    lines = [
        found.tag,
        f"step      {step}",
        f"content   {found.cases} cases, {found.files} files, {size(found.size)}{reads}",
        f"manifest  sha256:{found.manifest}",
        f"terms     {terms or 'unknown'}",
        f"commit    {len(found.commits)} files",
        f"publish   branch and tag, to {found.remote or 'no git remote'}",
    ]
    data = {**asdict(found), "weights": [_weight(one) for one in found.weights]}
    emit(data, "\n".join([*lines, table(_weighed(found.weights))]), as_json=as_json)
    if not as_json:
        say("nothing was written (--dry-run)")
    return 0 if found.fits else CannotHere.exit_code


def push(args: Namespace) -> int:
    """Push data to a tier."""
    lab = api.open_lab(args.registry)
    if args.dry_run:
        return _weights(api.push_weights(lab, args.names, tier=args.tier), as_json=args.json)
    with progress(quiet=args.json) as bars:
        reports = api.push(lab, args.names, tier=args.tier, progress=bars)
    data = {
        report.name: [
            {"output": a.item, "outcome": a.outcome, "tier": a.reason} for a in report.answers
        ]
        for report in reports
    }
    lines = [
        f"{report.name}  {tally(report.answers)}  "
        + ", ".join(sorted({answer.reason for answer in report.answers}))
        for report in reports
    ]
    text = "\n".join(lines) or "nothing is tracked yet   medreg track NAME"
    emit(data, text, as_json=args.json)
    return 0


def _weights(found: Sequence[Weight], *, as_json: bool) -> int:
    emit([_weight(one) for one in found], table(_weighed(found)), as_json=as_json)
    return 0 if all(one.fits for one in found) else CannotHere.exit_code


def _weight(one: Weight) -> dict[str, object]:
    return {**asdict(one), "fits": one.fits}


def _weighed(found: Sequence[Weight]) -> list[dict[str, Cell]]:
    return [
        {
            "tier": one.tier,
            "objects": one.objects,
            "GB": round(one.size / 1e9, 3),
            "used GB": None if one.used is None else round(one.used / 1e9, 3),
            "budget GB": None if one.budget is None else round(one.budget / 1e9, 3),
            "": "" if one.fits else "does not fit",
        }
        for one in found
    ]


def pull(args: Namespace) -> int:
    """Bring a released version, or a part of it, or what medreg.lock pins; and verify it."""
    part = pin.part(args)
    if len(args.releases) > 1:
        return _pull_all(args, whole=part.is_all and not args.into)
    args.release = "".join(args.releases)
    if pin.has_pins(args):
        return pin.pull(args)
    lab = api.open_lab(args.registry)
    into = args.into or (None if part.is_all else Path(args.release.replace("@", "_")))
    with progress(quiet=args.json) as bars:
        files = api.pull(lab, args.release, into=into, tier=args.tier, part=part, progress=bars)
    gone = pin.absent(into) if into else ""
    return _identical(args.release, files, gone, as_json=args.json)


def _pull_all(args: Namespace, *, whole: bool) -> int:
    if not whole:
        raise Misuse(
            "several datasets or sets come whole, each to its place in the registry",
            hint="--into and a part go with one: medreg pull NAME@VERSION --into DIR",
        )
    lab = api.open_lab(args.registry)
    with progress(quiet=args.json) as bars:
        came = api.pull_all(lab, args.releases, tier=args.tier, progress=bars)
    data = [{"target": name, "files": files, "identical": True} for name, files in came.items()]
    lines = (f"{name}  {files} files identical" for name, files in came.items())
    emit(data, "\n".join(lines), as_json=args.json)
    return 0


def verify(args: Namespace) -> int:
    """Compare bytes with their manifest: a folder, or a set or dataset of this registry."""
    folder = Path(args.target)
    with progress(quiet=args.json) as bars:
        manifest = args.against or folder / "manifest.csv"
        if args.against or manifest.is_file() or "/" in args.target:
            files = api.verify(folder, manifest, progress=bars)
        else:
            files = api.verify_name(api.open_lab(args.registry), args.target, progress=bars)
    return _identical(args.target, files, as_json=args.json)


def _identical(target: str, files: int, gone: str = "", *, as_json: bool) -> int:
    data = {"target": target, "files": files, "identical": True}
    emit(data, f"{target}  {files} files identical{gone}", as_json=as_json)
    return 0


def reproduce(args: Namespace) -> int:
    """Bring a release back whatever happened since, and say how."""
    lab = api.open_lab(args.registry) if args.registry else None
    with progress(quiet=args.json) as bars:
        found = api.reproduce_any(
            lab,
            args.release,
            into=args.into,
            from_raw=args.from_raw,
            copy=args.copy,
            exact=args.exact,
            progress=bars,
        )
    data = [came.as_json() for _, came in found]
    text = "\n".join(came.text() for _, came in found)
    emit(data[0] if len(data) == 1 else data, text, as_json=args.json)
    for into, _ in () if args.json else found:
        say(f"\nit lies in {into}; how it came there: {into / 'reproduction.json'}")
    return 0


def export(args: Namespace) -> int:
    """Write a release in another tool's form."""
    lab = api.open_lab(args.registry)
    with working(f"export {args.release}", quiet=args.json):
        made = api.export_datalad(
            lab, args.release, args.into, tier=args.tier or "", url=args.url or ""
        )
    text = (
        f"{made.folder}  {made.annexed} annexed files ({made.size:,} bytes), {made.plain} plain "
        f"ones; bytes lie at {made.address}"
    )
    emit({**asdict(made), "folder": str(made.folder)}, text, as_json=args.json)
    if not args.json:
        say(f"\nnext: cd {made.folder}")
        for line in (*made.settings, "git annex get . && git annex fsck"):
            say(f"      {line}")
    return 0
