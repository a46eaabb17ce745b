"""Sections of a dataset's page that say what was measured and found in its cases."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from medreg.catalog.setpage.marks import Scale
from medreg.catalog.setpage.markup import Cell, Html, details, listed, p, section, sub, table
from medreg.catalog.site import words
from medreg.catalog.worst import told, worst_first
from medreg.tables import natural, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.catalog.site.facts import DatasetFacts

LISTED = 200  # cases of a dataset that are listed one by one, and refusals
AXES = ("left to right", "back to front", "foot to head")  # of canonical files: RAS+
GEOMETRY = ("shape", "spacing")


def measured(facts: DatasetFacts) -> Html:
    """Tell sizes, spacings, values and clinical columns of the checked cases."""
    found = facts.measured
    if not found:
        return Html("")
    published, verdicts = found["published_cases"], found["verdicts"]
    stated = f"{published:,} published" if published else "nobody states how many"
    figures: dict[str, tuple[Cell, Cell]] = {
        "Cases": (f"{found['cases']:,}", stated),
        "Patients": (words.number(found["patients"]) or "unknown", ""),
        "Refused": (f"{found['refused']:,}", "not converted, each with its reason"),
        "Pass": (f"{verdicts['pass']:,}", f"{verdicts['warn']:,} warn, {verdicts['fail']:,} fail"),
        "Files": (f"{found['files']:,}", words.gigabytes(found["bytes"] / 1e9)),
    }
    return section(
        "measured",
        "Measured",
        words.figures(figures),
        _geometry(facts),
        _values(found.get("values", {})),
        _clinical(found.get("clinical", {})),
        words.facts({"Manifest": Html(f"<code>{escape(found['manifest'])}</code>")}),
    )


def _geometry(facts: DatasetFacts) -> str:
    """Show shape and spacing along each axis: a tick per case, or the range alone."""
    found = facts.measured or {}
    columns = [_along(facts, key) for key in GEOMETRY]
    rows: list[Sequence[Cell]] = [
        (AXES[at] if len(found["shape"]) == len(AXES) else f"axis {at + 1}", *cells)
        for at, cells in enumerate(a + b for a, b in zip(*columns, strict=True))
    ]
    head = ("", "shape in voxels", "", "spacing in mm", "")
    caption = "Geometry of the converted cases: median (range)"
    return table(caption, head, rows, "plot") if rows else ""


def _along(facts: DatasetFacts, key: str) -> list[tuple[Cell, ...]]:
    """Return two cells for each axis: the range of *key*, and its picture."""
    ranges = (facts.measured or {})[key]
    cases = [numbers(getattr(row, key)) for row in facts.cases.values()]
    scale = Scale([one[end] for one in ranges for end in ("min", "max")])
    return [
        (
            _range(one),
            scale.strip([case[at] for case in cases]) if cases else _span(scale, one),
        )
        for at, one in enumerate(ranges)
    ]


def _values(channels: Mapping[str, Any]) -> str:
    rows = []
    for channel, said in channels.items():
        scale = Scale([said[end][key] for end in ("low", "high") for key in ("min", "max")])
        rows += [
            (f"{channel}, {word}", _span(scale, said[end]), _range(said[end]), said["unit"])
            for word, end in (("least", "low"), ("greatest", "high"))
        ]
    head = ("channel", "least to greatest", "median (range)", "unit")
    return table("Least and greatest value of the cases", head, rows, "plot") if rows else ""


def _clinical(columns: Mapping[str, Any]) -> str:
    rows = []
    for name, said in columns.items():
        counts = ", ".join(f"{value} ({n:,})" for value, n in said.get("values", {}).items())
        ends = f"{_range(said)} {said['unit']}".rstrip() if "min" in said else counts
        rows.append((name, f"{said['cases']:,} of {said['of']:,}", said["kind"], ends))
    head = ("column", "cases", "kind", "values")
    return table("Clinical columns", head, rows, "words") if rows else ""


def _span(scale: Scale, one: Mapping[str, float]) -> Html:
    return scale.span(one["min"], one["median"], one["max"])


def _range(one: Mapping[str, float]) -> str:
    if one["min"] == one["max"]:
        return f"{one['median']:.4g}"
    return f"{one['median']:.4g} ({one['min']:.4g} to {one['max']:.4g})"


def findings(facts: DatasetFacts) -> Html:
    """Count what checks found, show the worst cases, and list them."""
    found = facts.measured
    if not found:
        return Html("")
    counts: dict[str, dict[str, int]] = {}
    for key, count in found["findings"].items():
        check, _, severity = key.partition(":")
        counts.setdefault(check, {})[severity] = count
    rows = [
        (check, counts[check].get("fail", 0), counts[check].get("warn", 0))
        for check in sorted(counts)
    ]
    return section(
        "findings",
        "Findings and cases",
        table("Findings by check", ("check", "fail", "warn"), rows)
        if rows
        else p("No check found anything.", "good"),
        _apart(facts),
        _gallery(facts),
        _cases(facts),
        _refused(facts),
    )


def _apart(facts: DatasetFacts) -> Html:
    if facts.private:
        return p("Restricted: no case of it is named or shown.", "note")
    if facts.bound and facts.pictures:
        return p(
            "Its terms do not say that its scans may be passed on, and this page holds pictures "
            "of them: keep it among those who may see them.",
            "note",
        )
    return Html("")


def _gallery(facts: DatasetFacts) -> Html:
    figures = []
    for case, address in facts.pictures.items():
        lines = told(facts.cases[case]) or ["no finding"]
        ref = f"{facts.entry.name}/{case}"
        alt = escape(f"Three planes of {ref} with its mask drawn on; {'; '.join(lines)}")
        image = f'<img loading="lazy" alt="{alt}" src="{escape(address)}">'
        figures.append(
            f"<figure>{image}<figcaption>{_case_name(facts, case)}{listed(lines)}</figcaption>"
            "</figure>"
        )
    if not figures:
        return Html("")
    return Html(f'{sub("Worst first")}<div class="gallery">{"".join(figures)}</div>')


def _case_name(facts: DatasetFacts, case: str) -> Html:
    """Return a case's name, which opens it where its volume can be shown."""
    if case not in facts.views:
        return Html(f"<b>{escape(case)}</b>")
    return Html(f'<a class="view" href="{escape(facts.views[case])}">{escape(case)}</a>')


def listed_cases(facts: DatasetFacts) -> list[str]:
    """Return the cases that the page lists: all, or the worst of them."""
    refs = worst_first(facts.cases)[:LISTED]
    return sorted(refs, key=natural) if len(facts.cases) <= LISTED else refs


def _cases(facts: DatasetFacts) -> Html:
    refs = listed_cases(facts)
    rows = [
        (
            _case_name(facts, case),
            row.patient or "unknown",
            " x ".join(row.shape.split()),
            " x ".join(row.spacing.split()),
            f"{row.low} to {row.high} {row.unit}".rstrip(),
            row.verdict,
            " · ".join(told(row)),
        )
        for case in refs
        for row in [facts.cases[case]]
    ]
    if not rows:
        return Html("")
    every = len(facts.cases)
    shown = "Its one case" if every == 1 else f"All {every:,} cases"
    if every > LISTED:
        shown = f"{LISTED} of {every:,} cases, worst first; the others are in cases.csv"
    head = ("case", "patient", "shape", "spacing in mm", "values", "verdict", "findings")
    return details(shown, table(shown, head, rows, "words"))


def _refused(facts: DatasetFacts) -> Html:
    rows = [(row.case, row.reason) for row in facts.refused[:LISTED]]
    if not rows:
        return Html("")
    every = len(facts.refused)
    shown = words.many(every, "case was refused", "cases were refused")
    if every > LISTED:
        shown += f", {LISTED} of them are listed"
    return details(shown, table("Refused cases", ("case", "because"), rows, "words"))
