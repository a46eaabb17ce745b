"""The first page: every dataset in a table, and what a browser needs to search it."""

from __future__ import annotations

import json
from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from medreg.catalog.find import SORTS, normal, sort
from medreg.catalog.kinds import size_class
from medreg.catalog.setpage.markup import Html
from medreg.catalog.site import words
from medreg.catalog.site.facts import STAGES, Links, Overview
from medreg.catalog.site.shell import Page
from medreg.terms import USES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.catalog.entries import Entry
    from medreg.terms import Use

FACETS = {  # what one can choose by: the key in the address, its name; the option of medreg list
    "modality": ("Modality", "modality"),
    "region": ("Body part", "region"),
    "has": ("Masks hold", "has"),
    "annotated": ("Annotation", "annotated"),
    "terms": ("Terms", ""),
    "access": ("Access", "access"),
    "stage": ("Stage reached", ""),
    "size": ("Size", ""),
    "host": ("Host", "host"),
}
ORDERED = {  # values that have an order of their own; others go by how often they are
    "stage": STAGES,
    "size": ("mega", "large", "medium", "small", "unknown"),
    "terms": ("allowed", "unclear", "blocked"),
}
ORDERS = ("best", "name", "scans", "annotated", "size", "newest")
USE: Use = "train"  # whose verdict is shown until another use is chosen
TOOLS = """\
<form id="find" role="search" hidden>
<div class="bar"><label for="q">Search</label>
<input id="q" type="search" autocomplete="off" spellcheck="false"
 placeholder="liver tumor, KiTS, whole body ..." aria-describedby="count" aria-keyshortcuts="/">
<span><label for="use">Use</label> <select id="use"></select></span>
<span><label for="sort">Order</label> <select id="sort"></select></span></div>
<div class="told"><p id="count" role="status"></p><ul id="chosen" class="chips"></ul>
<button type="button" id="clear" hidden>Clear all</button></div>
</form>"""


def page(known: Overview) -> bytes:
    """Return ``index.html``: a plain table, which a script makes searchable."""
    links = Links(known, "")
    best = sort(known.entries.values(), "best")
    rows = "\n".join(_row(entry, known, links) for entry in best)
    head = "".join(
        f'<th scope="col" class="c-{key}">{name}</th>' for key, name in _columns().items()
    )
    table = (
        '<div class="list"><table id="table"><caption class="unseen">Datasets</caption>'
        f'<thead><tr>{head}</tr></thead>\n<tbody id="found">{rows}</tbody></table>'
        '<p id="none" hidden>No dataset has all of this. '
        "Take a word or a choice away.</p></div>"
    )
    facets = (
        '<details id="facets" class="facets" hidden><summary>Filters</summary>'
        '<div id="boxes" role="group" aria-label="Filters"></div></details>'
    )
    described = Page(
        path="index.html",
        title="Datasets",
        description=f"{len(known.entries)} medical imaging datasets: what they show, what their "
        "terms allow, how to get them.",
        scripts=("catalog.js", "find.js"),
    )
    terminal = (
        '<p class="note" id="same" hidden>The same in a terminal: <code id="typed"></code></p>'
    )
    return described.around(
        f'<div class="hero"><h1>Medical imaging datasets</h1>{_lead(known)}</div>',
        f'<div class="browse">{facets}<div>{TOOLS}{table}{terminal}</div></div>',
    )


def _columns() -> dict[str, str]:
    return {
        "name": "Dataset",
        "modality": "Modality",
        "region": "Body part",
        "labels": "Masks hold",
        "scans": "Scans",
        "size": "Size",
        "access": "Access",
        "terms": f'Terms <small id="used">{USE}</small>',
        "stage": "Stage",
    }


def _lead(known: Overview) -> Html:
    found = [entry for entry in known.entries.values() if not entry.portal]
    counted = {
        "datasets": len(found),
        "portals": len(known.entries) - len(found),
        "annotated by segmentation": sum(e.annotation == "segmentation" for e in found),
        "free to fetch": sum(entry.access == "open" for entry in found),
        "in this registry": sum(known.stages[entry.name] != "declared" for entry in found),
        "set" if len(known.sets) == 1 else "sets": len(known.sets),
    }
    told = " · ".join(f"<b>{n:,}</b> {word}" for word, n in counted.items() if n)
    return Html(f'<p class="lead">{told}</p>')


def _row(entry: Entry, known: Overview, links: Links) -> Html:
    answer = known.terms[entry.name][USE].answer
    more = f" +{len(entry.labels) - 3}" if len(entry.labels) > 3 else ""  # noqa: PLR2004 - shown
    labels = ", ".join(escape(label) for label in entry.labels[:3]) + more
    images = f"{words.number(entry.images)} <small>images</small>" if entry.images else ""
    cells = {
        "modality": escape(", ".join(entry.modalities)),
        "region": escape(", ".join(entry.region)),
        "labels": f'<span class="clamp">{labels.replace("_", "_<wbr>")}</span>'
        if labels
        else '<span class="faint">none</span>',
        "scans": words.number(entry.scans) or images or _here(known.counted.get(entry.name)),
        "size": words.gigabytes(entry.size_gb),
        "access": escape(entry.access),
        "terms": words.verdict(answer),
        "stage": words.stage(known.stages[entry.name]),
    }
    told = words.summary(entry.doc)
    name = (
        f'<th scope="row" class="c-name">{links.dataset(entry.name, entry.title)}'
        f"<small><code>{escape(entry.name)}</code> {escape(told)}</small></th>"
    )
    rest = "".join(f'<td class="c-{key}">{cell}</td>' for key, cell in cells.items())
    return Html(f'<tr id="d-{escape(entry.name)}">{name}{rest}</tr>')


def _here(cases: int | None) -> str:
    return f"{cases:,} <small>here</small>" if cases else ""


def search_data(known: Overview) -> bytes:
    """Return ``assets/catalog.js``: what each row is found by, in the order of the table."""
    every = list(known.entries.values())
    orders = {by: _ranks(every, by) for by in ORDERS}
    rows = [_found_by(entry, known) for entry in every]
    values = {key: _values(key, rows) for key in FACETS}
    data = {
        "facets": [
            {"key": key, "name": name, "option": option, "values": values[key]}
            for key, (name, option) in FACETS.items()
        ],
        "uses": list(USES),
        "use": USE,
        "orders": {by: ranks for by, ranks in orders.items() if by in SORTS},
        "rows": rows,
    }
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return f"var medregCatalog = {text};\n".encode()


def _ranks(every: Sequence[Entry], by: str) -> list[int]:
    """Return the numbers of the rows in the order that `medreg list --sort` gives."""
    at = {entry.name: number for number, entry in enumerate(every)}
    return [at[entry.name] for entry in sort(every, by)]


def _found_by(entry: Entry, known: Overview) -> dict[str, object]:
    """Return the words and values of an entry; its text is what `medreg list WORD` looks in."""
    told = (entry.name, entry.title, *entry.also, entry.doc, *entry.shows, *entry.tags)
    text = " ".join(normal(part) for part in (*told, *entry.region, entry.best_for))
    vocabulary = known.vocabulary
    held = [label for label in entry.labels if label in vocabulary]
    wholes = (whole for label in held for whole in vocabulary.wholes(label))
    return {
        "name": entry.name,
        "text": text,
        "modality": list(entry.modalities),
        "region": list(entry.region),
        "has": sorted({*held, *wholes}),
        "annotated": [] if entry.portal else [entry.annotation],
        "terms": [known.terms[entry.name][use].answer for use in USES],
        "access": [entry.access],
        "stage": [known.stages[entry.name]],
        "size": [size_class(entry)],
        "host": list(entry.hosts),
    }


def _values(key: str, rows: Sequence[Mapping[str, object]]) -> Sequence[str]:
    counted = Counter(value for row in rows for value in _list(row[key]))
    if key in ORDERED:
        return [value for value in ORDERED[key] if key == "terms" or counted[value]]
    return sorted(counted, key=lambda value: (-counted[value], value))


def _list(value: object) -> Sequence[str]:
    return value if isinstance(value, list) else ()
