"""The page of a dataset."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from medreg.catalog.setpage.markup import Cell, Html, html, listed, p, section, sub, table
from medreg.catalog.site import declared, getting, linked_data, measured, words
from medreg.catalog.site.facts import DatasetFacts, Links, Overview
from medreg.catalog.site.shell import Page, contents, crumbs

if TYPE_CHECKING:
    from collections.abc import Sequence


def page(facts: DatasetFacts, known: Overview) -> bytes:
    """Return ``dataset/<name>.html``."""
    entry = facts.entry
    links = Links(known, "../")
    described = Page(
        path=f"dataset/{entry.name}.html",
        title=f"{entry.name}: {entry.title}",
        within="index.html",
        description=words.summary(entry.doc),
        data=linked_data.of_dataset(facts),
    )
    return described.around(
        f'<div class="hero">{crumbs("../", "index.html", entry.name)}'
        f"<h1>{escape(entry.title)}</h1>{_chips(facts)}</div>",
        words.figures(_figures(facts, known)),
        contents(
            declared.about(facts),
            declared.terms(facts),
            declared.labels(facts, links),
            measured.measured(facts),
            measured.findings(facts),
            getting.get(facts),
            declared.overlaps(facts, links),
            _used(facts, links),
            _cite(facts),
        ),
    )


def _chips(facts: DatasetFacts) -> Html:
    entry, card = facts.entry, facts.card
    name = Html(f"<code>{escape(entry.name)}</code>")
    family = f"family {entry.family}" if entry.family else ""
    words_ = [*entry.modalities, card["dimensions"], *entry.region, *entry.formats, family]
    return words.chips([name, *(word for word in words_ if word not in ("", "-"))])


def _figures(facts: DatasetFacts, known: Overview) -> dict[str, tuple[Cell, Cell]]:
    entry, card = facts.entry, facts.card
    what = "scans" if entry.scans or not entry.images else "images"
    measured_ = f"{facts.measured['cases']:,} measured here" if facts.measured else ""
    labels = f"{len(entry.labels):,}" if entry.labels else "none"
    gate = card["get"]["gate"]
    days = gate["days"] if gate else None
    said: dict[str, tuple[Cell, Cell]] = {
        what.capitalize(): (words.number(entry.size) if entry.size else words.UNKNOWN, measured_),
        "Annotated": (words.number(entry.annotated) or words.UNKNOWN, entry.annotation),
        "Labels": (labels, "in its masks" if entry.labels else ""),
        "Patients": (words.number(entry.patients) or words.UNKNOWN, ""),
        "Size": (words.gigabytes(entry.size_gb) or words.UNKNOWN, card["get"]["download"] or ""),
        "Access": (entry.access, f"about {days:g} days" if days else ""),
        "Stage": (words.stage(known.stages[entry.name]), ""),
    }
    return said


def _used(facts: DatasetFacts, links: Links) -> Html:
    """List the sets and models that use the dataset, and its own releases."""
    name, known = facts.entry.name, links.known
    rows: list[Sequence[Cell]] = [
        (
            links.set(line.name),
            line.title,
            line.kept.get(name, 0) if line.kept else "not decided",
            ", ".join(line.releases) or "none",
            Html(", ".join(links.model(model) for model in known.models_of(line.name))),
        )
        for line in known.sets.values()
        if name in line.datasets
    ]
    own = list(known.releases.get(name, ()))
    models = known.models_of(name)
    if not (rows or own or models):
        return Html("")
    head = ("set", "title", "cases", "releases", "models")
    return section(
        "used",
        "Used in",
        table("Sets that name it", head, rows, "words") if rows else "",
        (sub("Its own releases") + listed(own)) if own else "",
        (sub("Models trained on it") + listed(links.model(one) for one in models))
        if models
        else "",
    )


def _cite(facts: DatasetFacts) -> Html:
    demanded = [Html(f"<q>{html(sentence)}</q>") for sentence in facts.sentences.values()]
    return section(
        "cite",
        "Cite",
        words.command([facts.bibtex], "BibTeX")
        if facts.bibtex
        else p("It names no work to cite.", "note"),
        (sub("The publisher demands this sentence") + listed(demanded)) if demanded else "",
    )
