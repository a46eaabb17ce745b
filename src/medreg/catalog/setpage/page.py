"""A set's report as one HTML file: nothing is loaded, and a browser is told to load nothing."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from medreg.catalog.setpage import evidence, graph, sections
from medreg.catalog.setpage.markup import section

if TYPE_CHECKING:
    from medreg.catalog.setpage.facts import SetFacts

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
NAMES = {
    "funnel": "Decision",
    "counts": "Cases",
    "distributions": "Distributions",
    "findings": "Findings",
    "overlaps": "Overlaps",
    "terms": "Terms",
    "splits": "Splits",
    "citations": "Citations",
}


def page(facts: SetFacts) -> str:
    """Return the report of a set; the same facts give the same text."""
    style = files("medreg.catalog.setpage").joinpath("style.css").read_text(encoding="utf-8")
    title = escape(facts.title)
    nav = "".join(f'<li><a href="#{key}">{word}</a></li>' for key, word in NAMES.items())
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{title}: report</title>\n<style>\n{style}</style>\n</head>\n<body>",
            '<a class="skip" href="#main">Skip to the report</a>',
            f"<header><h1>{title}</h1>{about(facts)}</header>",
            f'<nav aria-label="Sections"><ul>{nav}</ul></nav>',
            '<main id="main">',
            *blocks(facts),
            "</main>",
            f"<footer><p>Made by <code>medreg report {escape(facts.name)}</code> from tables.",
            "Nothing on this page is loaded from elsewhere.</p></footer>\n</body>\n</html>\n",
        ]
    )


def blocks(facts: SetFacts) -> list[str]:
    """Return the sections of `NAMES`, in their order."""
    return [
        sections.decision(facts),
        sections.counts(facts),
        sections.distributions(facts),
        evidence.findings(facts),
        section("overlaps", "Overlaps", *graph.blocks(facts)),
        evidence.terms(facts),
        sections.splits(facts),
        evidence.citations(facts),
    ]


def about(facts: SetFacts) -> str:
    """Return how much is in the set, its name, releases and manifest."""
    kept = facts.kept
    test = sum(row.fold == "test" for row in kept)
    patients = len({row.group for row in kept})
    told = (
        f"{len(kept)} cases of {patients} patients, as far as they are known, from "
        f"{len(facts.used)} datasets: {len(kept) - test} to train on, {test} held out."
    )
    released = ", ".join(facts.releases) or "not released"
    content = f'<dt>Manifest</dt><dd class="digest">{escape(facts.manifest)}</dd>'
    return (
        f'<p class="lead">{told}</p><dl><dt>Set</dt><dd>{escape(facts.name)}</dd>'
        f"<dt>Releases</dt><dd>{escape(released)}</dd>{content if facts.manifest else ''}</dl>"
    )
