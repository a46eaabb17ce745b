"""Commands that tell what lies where, who did what, and that take data away on purpose."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import Cell, emit, say, table
from medreg.cli.working import working
from medreg.errors import BytesDiffer

if TYPE_CHECKING:
    from argparse import Namespace

    from medreg.versions.history import Entry
    from medreg.versions.holdings import Holding
    from medreg.versions.tiers import Tier


def tiers(args: Namespace) -> int:
    """Show what lies where, how much, and what is missing."""
    lab = api.open_lab(args.registry)
    with working("ask tiers", quiet=args.json):
        known, found = api.tiers(lab)
    held = found.holdings
    rows: list[dict[str, Cell]] = []
    for tier in known:
        mine = [one for one in held if tier.name in one.tiers]
        whole = [one for one in mine if not one.tiers[tier.name]]
        rows.append(
            {
                "tier": tier.name + (" (default)" if tier.default else ""),
                "whole": len(whole),
                "GB": round(sum(one.size for one in whole) / 1e9, 3),
                "used/budget GB": _use(tier),
                "lacking": sum(0 < one.tiers[tier.name] < one.objects for one in mine),
                "url": found.problems.get(tier.name) or tier.url,
            }
        )
    data = {
        "tiers": [asdict(tier) for tier in known],
        "holdings": [asdict(one) for one in held],
        "problems": dict(found.problems),
    }
    names = [tier.name for tier in known]
    lines = [_holding(one, names) for one in held]
    emit(data, f"{table(rows)}\n\n{table(lines)}".rstrip(), as_json=args.json)
    return 0


def _use(tier: Tier) -> str | None:
    if tier.budget is None:
        return None
    used = "?" if tier.used is None else f"{tier.used / 1e9:.3f}"
    return f"{used} / {tier.budget / 1e9:g}"


def _holding(one: Holding, names: list[str]) -> dict[str, Cell]:
    row: dict[str, Cell] = {"output": one.path, "MB": round(one.size / 1e6, 1)}
    row["here"] = _part(one.here, one.objects)
    for name in names:
        row[name] = _part(one.tiers[name], one.objects) if name in one.tiers else None
    return row


def _part(lacking: int, objects: int) -> str:
    if not lacking:
        return "all" if objects else "?"
    return "none" if lacking >= objects else f"lacks {lacking}"


def evict(args: Namespace) -> int:
    """Free local disk after the other tier was proved."""
    lab = api.open_lab(args.registry)
    with progress(quiet=args.json) as bars:
        done = api.evict(lab, args.name, keep=args.keep, progress=bars)
    text = f"{done.name}  {done.freed:,} bytes freed, {done.proved} objects proved in " + ", ".join(
        done.tiers
    )
    emit(asdict(done), text, as_json=args.json)
    if not args.json:
        if done.shared:
            say(f"{done.shared} objects stay: other datasets or sets here share them")
        say(f"\nnext: medreg pull {done.name}   brings back what was made")
        if done.raw:
            say(
                f"      medreg fetch {done.name}   brings back the publisher's files, from the tier"
            )
    return 0


def log(args: Namespace) -> int:
    """Tell who released what."""
    found = api.log(api.open_lab(args.registry), args.name)
    text = "\n".join(map(_entry, found)) or "nothing was released yet   medreg release NAME 1.0.0"
    emit([asdict(one) for one in found], text, as_json=args.json)
    return BytesDiffer.exit_code if any(one.untrusted for one in found) else 0


def _entry(one: Entry) -> str:
    what = "manifest not here" if one.files is None else f"{one.files:,} files, {one.bytes:,} bytes"
    of = f" of {one.candidates:,} candidates" if one.candidates is not None else ""
    cases = "" if one.cases is None else f"{one.cases:,} cases{of}, "
    changes = (f"+{len(one.added)}", f"-{len(one.removed)}", f"~{len(one.changed)}")
    gone = f"  withdrawn ({one.withdrawn})" if one.withdrawn else ""
    signed = f"  signed by {one.signed}" if one.signed else ""
    wrong = f"  NOT TRUSTED: {one.untrusted}" if one.untrusted else ""
    return (
        f"{one.release}  {one.when}  {one.who}  {cases}{what}  {' '.join(changes)}{gone}"
        f"{signed}{wrong}"
    )


def where(args: Namespace) -> int:
    """Tell where a file or volume occurs."""
    found = api.where(api.open_lab(args.registry), args.what)
    rows: list[dict[str, Cell]] = [
        {
            "where": one.where,
            "case": one.case,
            "match": one.matches,
            "models": " ".join(one.models),
            "path": one.path,
        }
        for one in found
    ]
    emit([asdict(one) for one in found], table(rows), as_json=args.json)
    return 0


def withdraw(args: Namespace) -> int:
    """Take a case out for ever."""
    lab = api.open_lab(args.registry)
    with progress(quiet=args.json) as bars:
        done = api.withdraw(lab, args.case, reason=args.reason, by=args.by, progress=bars)
    purged = ", ".join(f"{n} from {place}" for place, n in done.purged.items()) or "none left"
    lines = [
        f"{done.case}  withdrawn  objects purged: {purged}",
        f"releases  {', '.join(done.releases) or 'none'}",
        f"models    {', '.join(done.models) or 'none'}",
        *(f"rewritten {path}: it holds the other cases still" for path in done.rewritten),
        *(f"removed   {path}: it held other cases too" for path in done.archives),
        *(f"left      {what}" for what in done.left),
    ]
    emit(asdict(done), "\n".join(lines), as_json=args.json)
    if not args.json:
        dataset = done.case.partition("/")[0]
        say("\ntables and documents among the raw files were not searched for the patient")
        say(f"\nnext: medreg convert {dataset} && medreg check {dataset}")
        for name in done.sets:
            say(f"      medreg curate {name}, then release it anew")
    return 1 if done.left else 0


def who(args: Namespace) -> int:
    """Tell who accepted which terms."""
    found = api.who(api.open_lab(args.registry), args.name)
    rows: list[dict[str, Cell]] = [
        {"dataset": r.dataset, "person": r.person, "date": r.date, "text": r.text} for r in found
    ]
    emit([asdict(r) for r in found], table(rows) or "nobody", as_json=args.json)
    return 0
