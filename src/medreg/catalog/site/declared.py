"""Sections of a dataset's page that say what was declared: about, terms, labels, overlaps."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from medreg.catalog.quality import WHO
from medreg.catalog.setpage.markup import Cell, Html, details, link, listed, p, section, sub, table
from medreg.catalog.site import words
from medreg.terms import USES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.catalog.site.facts import DatasetFacts, Links

PATIENTS = {
    "each case": "each case is another patient",
    "by layout": "file names tell which cases show one patient",
    "unknown": "which cases show one patient is unknown",
}


def about(facts: DatasetFacts) -> Html:
    """Tell what a colleague would tell, and what else is known."""
    card, entry = facts.card, facts.entry
    by = WHO.get(entry.annotated_by, entry.annotated_by)
    kind = card["annotation"]["kind"]
    known: dict[str, Cell] = {
        "Also called": ", ".join(name for name in entry.also if name != entry.title),
        "Annotation": f"{kind} by {by}" if by and kind != "none" else kind,
        "Accuracy": card["annotation"]["accuracy"],
        "Patients": PATIENTS.get(card["patient of a case"], ""),
        "Splits": card["splits"],
        "Channels": _channels(card["modality"]),
        "Typical": card["typical"],
        "To mind": card["quality"],
        "Repaired": listed(_fix(fix) for fix in card["fixes"]),
        "Notes": card["notes"],
        "Good for": card["best for"],
        "Tags": ", ".join(card["tags"]),
        "Rules": listed(card["compliance"]),
        "Contact": card["contact"],
        "Homepage": link(card["homepage"]) if card["homepage"] else "",
    }
    stars = card["stars"]
    earned = sum(one["earned"] for one in stars)
    reasons = listed(
        Html(f'<span aria-hidden="true">{"★" if one["earned"] else "☆"}</span> '
             f'{escape(one["reason"])}')
        for one in stars
    )  # fmt: skip
    return section(
        "about",
        "About",
        f'<div class="prose">{words.prose(card["about"])}</div>',
        words.facts(known),
        details(f"{earned} of {len(stars)} stars, each a fact", reasons) if stars else "",
        p(f"These facts were {card['facts']}.", "note")
        if card["facts"].startswith("read")
        else p(f"Facts: {card['facts']}.", "note"),
    )


def _channels(channels: Mapping[str, str]) -> str:
    several = len(channels) > 1
    return ", ".join(f"{name} ({kind})" for name, kind in channels.items()) if several else ""


def _fix(fix: Mapping[str, Any]) -> str:
    said = ", ".join(f"{key}={value}" for key, value in fix.items() if key != "kind")
    return f"{fix['kind']}({said})"


def terms(facts: DatasetFacts) -> Html:
    """Tell what may be done, by which claim, and every claim with who says so."""
    card = facts.card
    answers = "".join(
        f'<li class="{found["answer"]}"><span>{use.replace("-", " ")}</span>'
        f"{words.verdict(found['answer'])}</li>"
        for use, found in card["terms"].items()
    )
    reasons: dict[tuple[str, str], list[str]] = {}
    for use in USES:
        found = card["terms"][use]
        reasons.setdefault((found["answer"], found["reason"]), []).append(use.replace("-", " "))
    why = [
        (", ".join(uses), words.verdict(answer), words.linked(_because(reason)))
        for (answer, reason), uses in reasons.items()
    ]
    claims = [
        (
            one["license"],
            "images and masks" if one["covers"] == "all" else one["covers"],
            one["rank"],
            words.linked(one["source"]),
            one["date"],
        )
        for one in card["licenses"]
    ]
    head = ("claim", "covers", "who speaks", "source", "read")
    restricted = "Restricted: its bytes never leave the tier that is named so."
    return section(
        "terms",
        "Terms",
        f'<ul class="uses">{answers}</ul>',
        p(restricted, "note") if card["restricted"] else "",
        table("Why", ("use", "verdict", "because"), why, "words"),
        table("Claims, as they were found", head, claims, "words")
        if claims
        else p("Nobody is known to say what its terms are.", "note"),
    )


def _because(reason: str) -> str:
    """Return a verdict's reason without the claims of a contradiction: they are listed below."""
    head, contradict, _ = reason.partition(" contradict: ")
    return f"{head} contradict each other: see their claims" if contradict else reason


def labels(facts: DatasetFacts, links: Links) -> Html:
    """List what the masks hold, with codes, and what was measured of each label."""
    card, vocabulary = facts.card, links.known.vocabulary
    measured = (facts.measured or {}).get("labels", {})
    rows: list[Sequence[Cell]] = []
    for one in card["labels"]:
        label = one["label"]
        row = vocabulary.labels.get(label)
        told: list[Cell] = [
            links.label(label),
            str(one["value"]),
            (f"{row.code} {row.meaning}" if row and row.code else ""),
            (links.label(row.part_of) if row and row.part_of else ""),
        ]
        if measured:
            told += _measured_label(measured.get(label))
        rows.append(told)
    head = ["label", "value", "SNOMED CT", "part of"]
    head += ["shown in", "median ml", "median HU"] if measured else []
    classes = [f"{one['value']}: {one['class']}" for one in card["classes"]]
    blocks = [
        table("What the values of the masks mean", head, rows) if rows else "",
        (sub("Classes of a case") + words.chips(classes)) if classes else "",
        (sub("Also shows") + words.chips(card["shows"])) if card["shows"] else "",
    ]
    if not any(blocks):
        return Html("")
    note = "A label that is not listed is unknown in this dataset, not background."
    return section("labels", "Labels", *blocks, p(note, "note") if rows else "")


def _measured_label(said: Mapping[str, Any] | None) -> list[Cell]:
    if not said:
        return ["", "", ""]
    middle = {key: said.get(key, {}).get("median") for key in ("ml", "median_hu")}
    told = [f"{value:.4g}" if value is not None else "" for value in middle.values()]
    return [f"{said['shown']:,} of {said['annotated']:,}", *told]


def overlaps(facts: DatasetFacts, links: Links) -> Html:
    """List which datasets show the same scans or patients, with the evidence."""
    name = facts.entry.name
    rows = [
        (
            Html(links.dataset(one.a if one.b == name else one.b)),
            "contained in" if one.relation == "contains" and one.b == name else one.relation,
            one.count or "",
            one.confidence,
            "case by case" if one.mapped else "some cases" if one.cases else "no map",
            Html("<br>".join(_quoted(said) for said in one.evidence)),
        )
        for one in sorted(facts.overlaps, key=lambda one: one.a if one.b == name else one.b)
    ]
    head = ("dataset", "relation", "scans", "confidence", "mapped", "who says so")
    return section(
        "overlaps",
        "Overlaps",
        table("Datasets that show the same scans or patients", head, rows, "words")
        if rows
        else p("No other dataset is known to show the same scans or patients.", "note"),
    )


def _quoted(said: Mapping[str, str]) -> str:
    date = f", {escape(said['date'])}" if said.get("date") else ""
    source = words.linked(str(said.get("source", "")))
    return f"{escape(str(said.get('says', '')))} <small>{source}{date}</small>"
