"""Commands that choose: guide, plan, inventory."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from medreg import api
from medreg.catalog import GUIDES, TOOLS, Filters, Want, find, units
from medreg.catalog.columns import Told, gigabytes, row
from medreg.catalog.plan import RULE
from medreg.catalog.reviews import REVIEWS
from medreg.catalog.schedule import ASSUMED_DAYS, storage_class
from medreg.cli.card import columns
from medreg.cli.filters import filters
from medreg.cli.look import count, narrow
from medreg.cli.table import emit, say, table
from medreg.errors import Misuse

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence

    from medreg.catalog.schedule import Slot

FEW = 12  # rows of a guide, unless --all
VIEW = ("name", "modality", "scans", "images", "labels", "stars", "license", "access", "size")
DISCLAIMER = "as publishers state it: no endorsement, no legal advice"
STORAGE = (200.0, 500.0, 1000.0, 2000.0)  # F052, F053


def guide(args: Namespace) -> int:
    """Print the guides, the datasets that answer one, the tools, contacts or storage sizes."""
    lab = api.open_lab_or_bundled(args.registry)
    word = " ".join(args.need)
    if not word:
        return _guides(as_json=args.json)
    if word in OTHERS:
        return OTHERS[word][0](lab, as_json=args.json)
    asked, found = api.guide(lab, word)
    shown = found if args.all or args.json else found[:FEW]
    rows = [row(entry, VIEW, Told()) for entry in shown]
    content = {
        "guide": asked.name,
        "kind": asked.kind,
        "for": asked.title,
        "rule": asked.commands(),
        "order": find.BEST,
        "datasets": rows,
    }
    emit(content, table(narrow(rows)) or "none yet", as_json=args.json)
    if not args.json:
        more = f", {len(found) - len(shown)} more with --all" if len(found) > len(shown) else ""
        say(f"\n{asked.kind} {asked.name}: {asked.title}; {count(len(found), 'dataset')}{more}")
        say(f"order  {find.BEST}")
        say("\n".join(f"rule   {command}" for command in asked.commands()))
        say(DISCLAIMER)
    return 0


def _guides(*, as_json: bool) -> int:
    rows = [{"kind": one.kind, "guide": one.name, "for": one.title} for one in GUIDES]
    more = [{"kind": "other", "guide": word, "for": told} for word, (_, told) in OTHERS.items()]
    emit(rows + more, table([*rows, *more]), as_json=as_json)
    if not as_json:
        say("\nnext: medreg guide abdomen   (each answer is a query; its rule is printed)")
    return 0


def _tools(_: api.Lab, *, as_json: bool) -> int:
    """Print libraries, downloaders and viewers that others write (F110)."""
    rows = [asdict(tool) for tool in TOOLS]
    emit(rows, table(rows), as_json=as_json)
    if not as_json:
        say("\nlicenses are to be read at the link: nobody verified them here")
    return 0


def _reviews(_: api.Lab, *, as_json: bool) -> int:
    rows = [asdict(review) for review in REVIEWS]
    told = "\n".join(f"{one.id}  {one.title} ({one.year}): {one.says}" for one in REVIEWS)
    emit(rows, told, as_json=as_json)
    return 0


def _contacts(lab: api.Lab, *, as_json: bool) -> int:
    """Print whom to ask about a dataset (F111)."""
    found = [entry for entry in api.entries(lab) if entry.contact]
    rows = [{"name": entry.name, "contact": entry.contact} for entry in found]
    emit(rows, table(rows), as_json=as_json)
    return 0


def _storage(lab: api.Lab, *, as_json: bool) -> int:
    """Print what several budgets hold (F052, F053)."""
    rows = []
    for budget in STORAGE:
        planned = api.plan(lab, Want(budget_gb=budget), Filters())
        rows.append(
            {
                "downloads": gigabytes(budget),
                "disk": storage_class(2 * planned.plan.size_gb),
                "scans": sum(planned.plan.reached.values()),
                "used": gigabytes(planned.plan.size_gb),
                "datasets": ", ".join(one.entry.name for one in planned.plan.choices),
            }
        )
    emit(rows, table(narrow(rows, "datasets")), as_json=as_json)
    if not as_json:
        say(f"\nrule   {RULE}\nthe rest stays where it is: medreg plan --budget 1TB")
    return 0


def _hu(lab: api.Lab, *, as_json: bool) -> int:
    """Print what tissues look like in CT, and how their masks are drawn (F070)."""
    found = [asdict(one) for one in lab.facts.tissues().values()]
    rows = [
        {
            "label": one["label"],
            "typical HU": one["typical"],
            "median within": f"{one['low']} to {one['high']}",
            "appearance": one["appearance"],
            "rule": one["rule"],
        }
        for one in found
    ]
    emit(found, table(rows) or "this registry has no tissues.csv", as_json=as_json)
    if not as_json:
        say(
            "\ntypical: without contrast agent, by the source in registry/tissues.csv; within: what"
        )
        say("medreg check allows a label's median, in any phase and in disease")
    return 0


OTHERS = {
    "hu": (_hu, "what tissues look like in CT, and how they are drawn"),
    "tools": (_tools, "libraries, downloaders and viewers that others write"),
    "reviews": (_reviews, "papers that look over many datasets"),
    "contacts": (_contacts, "whom to ask about a dataset"),
    "storage": (_storage, "what 200 GB, 500 GB, 1 TB and 2 TB of downloads hold"),
}


def plan(args: Namespace) -> int:
    """Choose datasets for a budget, in order of download."""
    if args.want is not None and args.want < 1:
        raise Misuse(f"--want {args.want} asks for nothing", hint="such as --want 800")
    lab = api.open_lab_or_bundled(args.registry)
    organs = tuple(name.strip() for name in (args.organs or "").split(",") if name.strip())
    want = Want(
        budget_gb=units.gigabytes(args.budget),
        organs=organs,
        scans=args.want,
        held_out=tuple(args.hold_out),
    )
    planned = api.plan(lab, want, filters(args), units.bandwidth(args.bandwidth))
    content = _content(planned)
    rows = [_line(slot, planned) for slot in planned.slots]
    emit(content, table(rows) or "nothing fits", as_json=args.json)
    if not args.json:
        say(f"\n{columns(dict(_summary(planned, content)))}")
    return 0 if planned.slots and not content["missing"] else 1


def _line(slot: Slot, planned: api.Planned) -> dict[str, Any]:
    entry = slot.choice.entry
    doubt = "" if slot.stated else "?"
    return {
        "week": slot.week,
        "name": entry.name,
        **{organ: slot.choice.adds.get(organ, 0) for organ in planned.plan.reached},
        "size": ("~" if entry.guessed else "") + (gigabytes(slot.choice.size_gb) or "-"),
        "download": units.duration(slot.seconds),
        "access": entry.access,
        "wait": f"{slot.wait_days:g} d{doubt}" if slot.wait_days else "",
        "terms": planned.terms[entry.name],
        "tier": slot.tier,
        "phase": row(entry, ("phase",), Told())["phase"],
        "part": f"{slot.choice.part:,} of {entry.size:,} scans" if slot.choice.part else "",
    }


def _content(planned: api.Planned) -> dict[str, Any]:
    found = planned.plan
    wanted = found.want.scans
    return {
        "rule": RULE,
        "want": asdict(found.want),
        "datasets": [
            {
                "name": slot.choice.entry.name,
                "week": slot.week,
                "adds": dict(slot.choice.adds),
                "part": slot.choice.part,
                "size_gb": slot.choice.size_gb,
                "seconds": round(slot.seconds),
                "access": slot.choice.entry.access,
                "wait_days": slot.wait_days,
                "wait stated": slot.stated,
                "terms": planned.terms[slot.choice.entry.name],
                "tier": slot.tier,
            }
            for slot in planned.slots
        ],
        "reached": dict(found.reached),
        "missing": {
            organ: wanted - count
            for organ, count in found.reached.items()
            if wanted is not None and count < wanted
        },
        "size_gb": found.size_gb,
        "storage_gb": 2 * found.size_gb,
        "disk": storage_class(2 * found.size_gb),
        "seconds": round(sum(slot.seconds for slot in planned.slots)),
        "weeks": max((slot.week for slot in planned.slots), default=0),
        "labels": list(found.labels),
        "left out": {reason: list(names) for reason, names in found.left_out.items()},
    }


def _summary(
    planned: api.Planned, content: dict[str, Any]
) -> Iterator[tuple[str, str | list[str]]]:
    found, wanted = planned.plan, planned.plan.want.scans
    of = f" of {wanted:,}" if wanted else ""
    yield "scans", " · ".join(f"{organ} {n:,}{of}" for organ, n in found.reached.items())
    use = f"{gigabytes(found.size_gb)} of {gigabytes(found.want.budget_gb)}"
    time = f"{units.duration(content['seconds'])} of downloads in {count(content['weeks'], 'week')}"
    disk = f"disk about {gigabytes(content['storage_gb'])} once converted ({content['disk']})"
    yield "to get", f"{use}, {time}; {disk}"
    gates = [slot for slot in planned.slots if slot.wait_days]
    if gates:
        counted = ", ".join(f"{kind} {days:g} d" for kind, days in ASSUMED_DAYS.items())
        told = [f"? nobody states the wait; counted as {counted}"]
        doubt = told if any(not slot.stated for slot in gates) else []
        yield "gates", [" · ".join(map(_gate, gates)), *doubt]
    if found.labels:
        yield "covered", _some(found.labels, 24)
    if found.want.held_out:
        yield "held out", ", ".join(found.want.held_out)
    if found.left_out:
        yield "left out", [f"{why}: {_some(names, 8)}" for why, names in found.left_out.items()]
    yield "rule", RULE
    if planned.slots:
        first = planned.slots[0].choice.entry.name
        yield "next", f"medreg show {first}; medreg track {first}; medreg fetch {first}"


def _gate(slot: Slot) -> str:
    entry = slot.choice.entry
    return f"{entry.name} ({entry.access}, {slot.wait_days:g} d{'' if slot.stated else '?'})"


def _some(names: Sequence[str], most: int) -> str:
    more = f", {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def inventory(args: Namespace) -> int:
    """Print, or write, the table of what was fetched."""
    lab = api.open_lab(args.registry)
    rows = api.inventory(lab)
    if args.csv:
        api.write_inventory(rows, args.csv)
        say(f"{args.csv}   {count(len(rows), 'dataset')}")
        return 0
    cells = [asdict(one) for one in rows]
    emit(cells, table(cells) or "nothing was fetched yet   medreg fetch NAME", as_json=args.json)
    return 0
