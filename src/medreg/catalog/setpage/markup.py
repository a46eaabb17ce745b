"""Words to HTML: what every section is built of. What goes in is text; only `Html` is trusted."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Html(str):
    """Markup that is ready: it is not escaped again."""

    __slots__ = ()


Cell = str | int | Html


def html(value: Cell) -> str:
    """Return *value* as markup; text is escaped."""
    return value if isinstance(value, Html) else escape(str(value))


def name(text: str) -> Html:
    """Return a name that may be broken after its underscores, on narrow screens."""
    return Html(escape(text).replace("_", "_<wbr>"))


def section(key: str, title: str, *blocks: str) -> Html:
    """Return a section that has its heading's name."""
    head = f'<section id="{key}" aria-labelledby="h-{key}"><h2 id="h-{key}">{escape(title)}</h2>'
    return Html("\n".join([head, *filter(None, blocks), "</section>"]))


def sub(title: str) -> Html:
    """Return a heading within a section."""
    return Html(f"<h3>{escape(title)}</h3>")


def p(text: Cell, kind: str = "") -> Html:
    """Return a paragraph."""
    return Html(f"<p{_class(kind)}>{html(text)}</p>")


def listed(items: Iterable[Cell], kind: str = "") -> Html:
    """Return a list, or nothing for none."""
    lines = "".join(f"<li>{html(item)}</li>" for item in items)
    return Html(f"<ul{_class(kind)}>{lines}</ul>" if lines else "")


def table(
    caption: str, head: Sequence[Cell], rows: Iterable[Sequence[Cell]], kind: str = ""
) -> Html:
    """Return a table that scrolls by itself where it is too wide; the first cells name the rows."""
    top = "".join(f'<th scope="col">{html(cell)}</th>' if cell else "<td></td>" for cell in head)
    body = "\n".join(_row(cells) for cells in rows)
    return Html(
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f"<table{_class(kind)}><caption>{escape(caption)}</caption>"
        f"<thead><tr>{top}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )


def _row(cells: Sequence[Cell]) -> str:
    first, *others = cells
    head = html(first if isinstance(first, Html) else name(str(first)))
    rest = "".join(
        f"<td{_class('n' if _number(cell) else '')}>{html(cell)}</td>" for cell in others
    )
    return f'<tr><th scope="row">{head}</th>{rest}</tr>'


def _number(cell: Cell) -> bool:
    return isinstance(cell, int) or (not isinstance(cell, Html) and cell[:1].isdigit())


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def link(address: str, words: str = "") -> Html:
    """Return a link that a person may follow; what is no web address stays text."""
    told = escape(words or address)
    if not address.startswith(("https://", "http://")):
        return Html(told)
    return Html(f'<a href="{escape(address)}" rel="noreferrer">{told}</a>')


def details(summary: str, *blocks: str) -> Html:
    """Return what is folded away until somebody asks; on paper it is open."""
    return Html(f"<details><summary>{escape(summary)}</summary>{''.join(blocks)}</details>")
