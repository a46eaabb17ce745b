"""The command ``medreg validate``: judge the scans in any folder."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from medreg import api
from medreg.cli.progress import progress
from medreg.cli.table import emit, say

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from medreg.readiness.facts import SeriesFacts
    from medreg.readiness.validate import Judged, Report

WIDTH = 88  # columns before a series' level


def validate(args: Namespace) -> int:
    """Print PASS, WARN or FAIL of every check for every series; 1 where something fails."""
    with progress(quiet=args.json) as watch:
        report = api.validate(args.paths, profile=args.profile, progress=watch)
    emit(report.json(), "\n".join(_lines(report)), as_json=args.json)
    if not args.json:
        _talk(report)
    return 1 if report.level == "FAIL" else 0


def _lines(report: Report) -> Iterator[str]:
    for one in report.series:
        yield f"{_title(one):<{WIDTH}}  {one.level}"
        for verdict in one.verdicts:
            line = f"  {verdict.level}  {verdict.check:<11} {verdict.value}"
            yield f"{line}   hint: {verdict.hint}" if verdict.hint else line
            if verdict.level != "PASS":
                yield f"        {'':<11} rule: {verdict.rule}"
            if verdict.files and len(verdict.files) < len(one.facts.slices):
                more = f" and {len(verdict.files) - 1} more" if len(verdict.files) > 1 else ""
                yield f"        {'':<11} see: {verdict.files[0]}{more}"


def _title(one: Judged) -> str:
    facts = one.facts
    first = facts.slices[0]
    what = " ".join(word for word in (facts.body, first.modality) if word)
    return f"series {_short(facts)}  {what}, {_count(facts)}, {_size(facts)}"


def _short(facts: SeriesFacts) -> str:
    uid = facts.uid
    if not uid:
        return "(no UID)"
    return uid if len(uid) <= 16 else f"{uid[:9]}…{uid[-4:]}"  # noqa: PLR2004 - fits a line


def _count(facts: SeriesFacts) -> str:
    count = len(facts.slices)
    return f"{count} slice{'s' * (count != 1)}"


def _size(facts: SeriesFacts) -> str:
    first, geometry = facts.slices[0], facts.geometry
    pixels = f"{first.columns}×{first.rows}"  # noqa: RUF001 - as radiologists write it
    if first.spacing is None:
        return pixels
    steps = [*reversed(first.spacing), *([geometry.gap] if geometry and geometry.gap else [])]
    return f"{pixels}, {'×'.join(f'{step:.2f}' for step in steps)} mm"  # noqa: RUF001 - as above


def _talk(report: Report) -> None:
    kinds = Counter(one.reason if not one.grave else "damaged" for one in report.aside)
    for reason, count in sorted(kinds.items()):
        say(f"set aside: {count} file{'s' * (count != 1)}, {reason}")
    for one in report.aside:
        if one.grave:
            say(f"  damaged: {one.reason}")
    if not report.series:
        say("no DICOM series found   volumes in other formats: medreg add-plugin tracks them")
