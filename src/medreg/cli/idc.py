"""Print what the Imaging Data Commons has: collections, and their series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg import api
from medreg.cli.card import columns
from medreg.cli.table import csv_text, emit, say, size, table
from medreg.errors import Misuse

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping, Sequence

FEW = 20  # series of a table; all of them with --csv or --json
LONG = ("study", "series", "doi")  # what a table for people leaves out


def show(args: Namespace) -> int:
    """Print a collection's card, or the series that are asked for."""
    if not (args.series or args.where):
        if args.csv:
            raise Misuse("--csv is for series", hint=f"medreg show {args.name} --series --csv")
        if args.name == api.IDC_PREFIX:
            raise Misuse("idc: is every collection", hint="medreg list --host idc")
        found = api.idc_collection(api.open_lab_or_bundled(args.registry), args.name)
        emit(found, columns(_card(found)), as_json=args.json)
        return 0
    if args.series:
        rows = api.idc_series(args.name, args.where)
        shown = [{k: v for k, v in row.items() if k not in LONG} for row in rows[:FEW]]
    else:
        rows = shown = api.idc_by_collection(args.name, args.where)
    if args.csv:
        print(csv_text(rows, list(rows[0]) if rows else []), end="")  # noqa: T201 - stdout is data
    else:
        emit(rows, table(shown) or "none", as_json=args.json)
    if not (args.csv or args.json):
        _add_up(rows, len(shown))
    return 0 if rows else 1


def _add_up(rows: Sequence[Mapping[str, Any]], shown: int) -> None:
    one_by_one = bool(rows) and "bytes" in rows[0]
    amount = sum(row["bytes"] if one_by_one else row["size_gb"] * 1e9 for row in rows)
    number = len(rows) if one_by_one else sum(row["series"] for row in rows)
    more = f", {len(rows) - shown:,} more with --csv or --json" if shown < len(rows) else ""
    say(f"\n{number:,} series, {size(amount)}{more}")


def _card(found: Mapping[str, Any]) -> dict[str, list[str]]:
    lines = {
        "name": [f"{found['name']}  {found['title']}", f"a collection; {found['index']}"],
        "about": [found["about"]],
        "homepage": [found["homepage"]],
        "species": [found["species"]],
        "how many": [_counted(found)],
        "originals": [_modality(one) for one in found["originals"]],
        "licenses": [_license(one) for one in found["licenses"]],
        "terms": list(_terms(found["terms"])),
        "analyses": list(_analyses(found["analyses"])),
        "first": [f"{one['modality']}  {one['s3']}" for one in found["first"]],
        "viewer": list(dict.fromkeys(one["viewer"] for one in found["first"]))[:1],
        "plugins": [_reader(one) for one in found["plugins"]] or ["none reads it"],
        "cite": [
            f"doi:{one['doi']} ({one['series']:,} series)  {one['cite']}" for one in found["doi"]
        ],
        "next": [found["next"]],
    }
    return {key: told for key, value in lines.items() if (told := [one for one in value if one])}


def _modality(one: Mapping[str, Any]) -> str:
    return (
        f"{one['modality']}  {one['series']:,} series of {one['patients']:,} patients, "
        f"{one['instances']:,} instances, {size(one['size_gb'] * 1e9)}"
    )


def _counted(found: Mapping[str, Any]) -> str:
    amount = size(found["size_gb"] * 1e9)
    return f"{found['patients']:,} patients, {found['series']:,} series, {amount}"


def _cited(one: Mapping[str, Any]) -> str:
    return f"doi:{one['doi']} ({one['series']:,} series)  {one['cite']}"


def _license(one: Mapping[str, Any]) -> str:
    return f"{one['license']}  {one['series']:,} series"


def _terms(found: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    answers: dict[tuple[str, str], list[str]] = {}
    for use, one in found.items():
        answers.setdefault((one["answer"], one["reason"]), []).append(use)
    for (answer, reason), uses in answers.items():
        yield f"{answer}: {', '.join(uses)} ({reason})"


def _analyses(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in found:
        counts = ", ".join(f"{part['series']:,} {part['modality']}" for part in one["series"])
        terms = ", ".join(part["license"] for part in one["licenses"])
        cite = ", ".join(f"doi:{part['doi']}" for part in one["doi"])
        yield f"{one['name']}  {one['title']}"
        yield f"  {counts} of {one['patients']:,} patients, {terms}, {cite}"


def _reader(one: Mapping[str, Any]) -> str:
    if one["agrees"] is None:
        return f"{one['name']}  gets it from another place"
    if one["agrees"]:
        return f"{one['name']}  its counts are those of the index"
    return f"{one['name']}  its counts differ: {'; '.join(one['differs'])}"
