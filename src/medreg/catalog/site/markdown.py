"""The Markdown that model cards are written in, as markup: headings, lists, tables, paragraphs."""

from __future__ import annotations

from itertools import groupby

from medreg.catalog.setpage.markup import Html, listed, p, sub, table
from medreg.catalog.site.words import linked


def html_of(text: str) -> Html:
    """Return *text* as markup; the title of the whole is left to the page."""
    lines = [line for line in text.splitlines() if not line.startswith("## ")]
    title, parts = "Table", []
    for kind, group in groupby(lines, key=_kind):
        block = list(group)
        if kind == "heading":
            title = block[-1].lstrip("# ")
            parts += [sub(line.lstrip("# ")) for line in block]
        elif kind == "list":
            parts.append(listed(linked(line[2:]) for line in block))
        elif kind == "table":
            head, _, *rows = [_cells(line) for line in block]
            parts.append(table(title, head, rows, "words"))
        elif kind == "text":
            parts += [p(linked(line)) for line in block]
    return Html("\n".join(parts))


def _kind(line: str) -> str:
    if line.startswith("#"):
        return "heading"
    if line.startswith("- "):
        return "list"
    if line.startswith("|"):
        return "table"
    return "text" if line.strip() else ""


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
