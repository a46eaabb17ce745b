"""The sections of a set's report that count cases: the funnel, labels, distributions, splits."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from medreg.catalog.setpage.marks import Scale, bar, spread, swatch
from medreg.catalog.setpage.markup import Cell, Html, details, html, listed, p, section, sub, table
from medreg.catalog.setpage.markup import name as breakable
from medreg.curate.funnel import STEPS, funnel
from medreg.tables import natural, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.catalog.setpage.facts import SetFacts
    from medreg.tables import SelectionRow

NOT_WRITTEN = "The set was decided and not yet written: its masks were not measured."


def decision(facts: SetFacts) -> Html:
    """Tell how many candidates came in, left at each step, and stayed."""
    rows = funnel(facts.selection, sorted(facts.datasets))
    total = rows[-1]
    entered = left = int(total["in"])
    steps: list[Sequence[Cell]] = [("candidates", entered, bar(1.0), "")]
    for step in STEPS:
        if gone := int(total[step]):
            left -= gone
            share = bar(left / (entered or 1))
            steps.append((f"after {step.replace('_', ' ')}", left, share, f"{gone} fewer"))
    steps.append(("kept", int(total["kept"]), bar(left / (entered or 1), "bar kept"), ""))
    shown = ["in", *(step for step in STEPS if total[step]), "kept", "train", "val", "test"]
    names = [word.replace("_", " ") for word in shown]
    reasons = Counter((row.step, row.reason) for row in facts.selection if row.step)
    return section(
        "funnel",
        "Decision",
        table("Cases left after each step", ("step", "cases", "", ""), steps, "plot"),
        table(
            "Who left where, by dataset",
            ("dataset", *names),
            [(row["dataset"], *(row[word] for word in shown)) for row in rows],
        ),
        p("train and val are those of fold 0.", "note"),
        _reasons(reasons, facts),
        (sub("Worth knowing") + listed(facts.notes)) if facts.notes else "",
    )


def _reasons(reasons: Mapping[tuple[str, str], int], facts: SetFacts) -> str:
    if not reasons or facts.private:  # a reason may name a case
        return ""
    ordered = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    rows = [(step.replace("_", " "), reason, count) for (step, reason), count in ordered[:50]]
    head = ("step", "reason", "cases")
    told = f"Reasons, {len(ordered)} in all"
    return details(told, table("Why cases were dropped", head, rows, "words"))


def counts(facts: SetFacts) -> Html:
    """Tell how many cases and patients each dataset gives, and what each label has."""
    kept = facts.kept
    most = max(Counter(row.dataset for row in kept).values(), default=1)
    datasets = [
        (
            Html(f"{breakable(name)}<br><small>{html(facts.datasets[name].title)}</small>"),
            len(rows),
            bar(len(rows) / most),
            len({row.group for row in rows}),
            sum(row.fold == "test" for row in rows),
        )
        for name in facts.used
        for rows in [[row for row in kept if row.dataset == name]]
    ]
    shown = facts.volumes()
    labels: list[Sequence[Cell]] = []
    for label in facts.labels:
        judged = sum(label in row.annotated.split() for row in kept)
        name = Html(f"{_swatch(facts, label)} {breakable(label)}")
        seen: Cell = len(shown[label]) if facts.stats else "not measured"
        labels.append((name, judged, bar(judged / (len(kept) or 1)), seen))
    head = ("dataset", "cases", "", "patients", "held out")
    return section(
        "counts",
        "Cases by dataset and label",
        table("Cases of each dataset", head, datasets, "plot"),
        table("Cases of each label", ("label", "judged in", "", "shows in"), labels, "plot"),
        p(
            "Patients are counted as far as they are known. A label that was judged in a case may "
            "be absent there.",
            "note",
        ),
    )


def _swatch(facts: SetFacts, label: str) -> Html:
    return swatch(facts.colors.get(label, "#888888"))


def distributions(facts: SetFacts) -> Html:
    """Show spacing, values and volumes: each case a tick, the median a longer one."""
    blocks: list[str] = [p("Each tick is a case, the long one the median.", "note")]
    if facts.stats:
        blocks += [_spacing(facts), _volumes(facts)]
    else:
        blocks.append(p(NOT_WRITTEN))
    blocks += [_ends(facts), _medians(facts)]
    return section("distributions", "Spacing, values, volumes", *filter(None, blocks))


def _spacing(facts: SetFacts) -> str:
    sizes = {name: list(map(numbers, c)) for name, c in facts.by_dataset("spacing").items()}
    every = [mm for cases in sizes.values() for case in cases for mm in case]
    scale = Scale(every)
    rows = [
        (f"{name}, {word}", scale.strip(values), spread(values))
        for name, cases in sizes.items()
        for word, pick in (("finest axis", min), ("coarsest axis", max))
        for values in [[pick(case) for case in cases]]
    ]
    head = ("dataset", scale.told("mm"), "median (range)")
    return table("Voxel spacing in mm", head, rows, "plot")


def _volumes(facts: SetFacts) -> str:
    found = facts.volumes()
    scale = Scale([ml for values in found.values() for ml in values], log=True)
    rows = [
        (
            Html(f"{_swatch(facts, label)} {breakable(label)}"),
            scale.strip(values, facts.colors.get(label, "")),
            spread(values),
            len(values),
        )
        for label, values in found.items()
    ]
    head = ("label", scale.told("ml"), "median (range)", "cases")
    return table("Volume of each label in ml, where it shows", head, rows, "plot")


def _ends(facts: SetFacts) -> str:
    """Show the least and greatest value of each kept case, by dataset and unit."""
    refs = [f"{row.dataset}/{row.case}" for row in facts.kept]
    blocks = []
    for unit in sorted({facts.cases[ref].unit for ref in refs if ref in facts.cases}):
        ends: dict[str, list[float]] = {}
        for ref in refs:
            row = facts.cases.get(ref)
            if row and row.unit == unit and row.low and row.high:
                name = ref.partition("/")[0]
                ends.setdefault(f"{name}, least", []).append(float(row.low))
                ends.setdefault(f"{name}, greatest", []).append(float(row.high))
        scale = Scale([value for values in ends.values() for value in values])
        rows = [(name, scale.strip(ends[name]), spread(ends[name])) for name in ends]
        head = ("dataset", scale.told(unit), "median (range)")
        blocks.append(table(f"Least and greatest value of each case in {unit}", head, rows, "plot"))
    return "".join(blocks)


def _medians(facts: SetFacts) -> str:
    """Show the median HU of labels, over all checked cases of each dataset."""
    told = [
        (label, name, units)
        for name, card in sorted(facts.cards.items())
        for label, one in card["labels"].items()
        if (units := one.get("median_hu"))
    ]
    if not told:
        return ""
    scale = Scale([end for _, _, units in told for end in (units["min"], units["max"])])
    rows = [
        (
            Html(f"{_swatch(facts, label)} {breakable(label)}<br><small>{html(name)}</small>"),
            scale.span(units["min"], units["median"], units["max"], facts.colors.get(label, "")),
            f"{units['median']:.4g} ({units['min']:.4g} to {units['max']:.4g})",
        )
        for label, name, units in sorted(told, key=lambda one: (one[0], one[1]))
    ]
    head = ("label, dataset", scale.told("HU"), "median (range)")
    caption = "Median HU within each label, over all checked cases of its dataset"
    return table(caption, head, rows, "plot")


def splits(facts: SetFacts) -> Html:
    """Tell what each fold and the test hold, as counts and as shares of that part."""
    kept = facts.kept
    folds = sorted({row.fold for row in kept}, key=lambda fold: (fold == "test", natural(fold)))
    parts = {_part(fold): [row for row in kept if row.fold == fold] for fold in folds}
    shown = {(row["dataset"], row["id"]): row for row in facts.stats}
    head = ("", *parts)
    size: list[Sequence[Cell]] = [
        ("cases", *(len(rows) for rows in parts.values())),
        ("patients", *(len({row.group for row in rows}) for rows in parts.values())),
    ]
    origin: list[Sequence[Cell]] = [
        (name, *(_share(sum(r.dataset == name for r in rows), rows) for rows in parts.values()))
        for name in facts.used
    ]
    labels = [
        (
            Html(f"{_swatch(facts, label)} {breakable(label)}"),
            *(
                _share(
                    sum(
                        float(shown.get((r.dataset, r.id), {}).get(f"ml_{label}") or 0) > 0
                        for r in rows
                    ),
                    rows,
                )
                for rows in parts.values()
            ),
        )
        for label in (facts.labels if facts.stats else ())
    ]
    return section(
        "splits",
        "Balance of the splits",
        table("Size of each part", head, size),
        table("Cases of each dataset, by part", head, origin, "plot"),
        table("Cases that show each label, by part", head, labels, "plot") if labels else "",
        _leaks(kept),
    )


def _part(fold: str) -> str:
    return fold if fold == "test" else f"fold {fold}"


def _share(count: int, rows: Sequence[SelectionRow]) -> Html:
    share = count / len(rows) if rows else 0.0
    return Html(f'<span class="n">{count} <small>{share:.0%}</small></span>{bar(share)}')


def _leaks(kept: Sequence[SelectionRow]) -> Html:
    folds: dict[str, set[str]] = {}
    for row in kept:
        folds.setdefault(row.group, set()).add(row.fold)
    torn = sum(len(one) > 1 for one in folds.values())
    told = f"{torn} patients are" if torn > 1 else "One patient is" if torn else "No patient is"
    return p(f"{told} in more than one part.", "bad" if torn else "good")
