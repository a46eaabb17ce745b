"""Small things that pages are built of: verdicts, stages, chips, facts, commands."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from medreg.catalog.setpage.markup import Cell, Html, html, link
from medreg.catalog.site.facts import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MARKS = {"allowed": "✓", "blocked": "✕", "unclear": "?"}
_INLINE = re.compile(
    r"https?://[^\s<>\"')\]`]*[^\s<>\"')\]`.,;:]|(?P<tick>`+)(?P<code>[^`]+)(?P=tick)"
)
UNKNOWN = Html('<span class="faint">not stated</span>')


def verdict(answer: str) -> Html:
    """Return a verdict as a word with a mark, so that color is not all that tells."""
    mark = f'<span aria-hidden="true">{MARKS[answer]}</span>'
    return Html(f'<span class="v {answer}">{mark} {answer}</span>')


def chips(words: Iterable[str], kind: str = "") -> Html:
    """Return short words one beside the other."""
    shown = "".join(f"<li>{html(word)}</li>" for word in words if word)
    return Html(f'<ul class="chips {kind}">{shown}</ul>' if shown else "")


def stage(reached: str) -> Html:
    """Return how far a dataset came: a dot for each stage, and the word."""
    far = STAGES.index(reached)
    dots = "".join(f"<i{' class=on' if at <= far else ''}></i>" for at in range(len(STAGES)))
    return Html(f'<span class="stage"><span aria-hidden="true">{dots}</span>{reached}</span>')


def facts(said: Mapping[str, Cell]) -> Html:
    """Return what is known as terms and their values; what is empty is left out."""
    rows = "".join(
        f"<div><dt>{escape(key)}</dt><dd>{html(value)}</dd></div>"
        for key, value in said.items()
        if value != ""
    )
    return Html(f'<dl class="facts">{rows}</dl>' if rows else "")


def figures(said: Mapping[str, tuple[Cell, Cell]]) -> Html:
    """Return large values, each with its name above and a note below."""
    cells = "".join(
        f"<div><dt>{escape(key)}</dt><dd><b>{html(value)}</b>"
        f"{f'<small>{html(note)}</small>' if note else ''}</dd></div>"
        for key, (value, note) in said.items()
    )
    return Html(f'<dl class="figures">{cells}</dl>')


def command(lines: Sequence[str], told: str = "Commands") -> Html:
    """Return commands to type, which a button copies."""
    text = escape("\n".join(lines))
    return Html(
        f'<div class="code"><pre tabindex="0" aria-label="{escape(told)}"><code>{text}</code>'
        '</pre><button type="button" class="copy" hidden>Copy</button></div>'
    )


def prose(text: str) -> Html:
    """Return text as paragraphs; the addresses in it can be followed."""
    parts = (" ".join(part.split()) for part in text.split("\n\n"))
    return Html("".join(f"<p>{linked(part)}</p>" for part in parts if part))


def linked(text: str) -> Html:
    """Return text whose addresses can be followed, with what stands in backticks as code."""
    parts, at = [], 0
    for found in _INLINE.finditer(text):
        parts.append(escape(text[at : found.start()]))
        code = found["code"]
        parts.append(link(found[0]) if code is None else f"<code>{escape(code)}</code>")
        at = found.end()
    return Html("".join([*parts, escape(text[at:])]))


def many(count: int, one: str, several: str = "") -> str:
    """Return a count with its noun.

    >>> many(1, "file"), many(2000, "file")
    ('1 file', '2,000 files')
    """
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def number(value: float | None) -> str:
    """Return a count as people write it; nothing for what nobody says."""
    return "" if value is None else f"{value:,}"


def gigabytes(value: float | None) -> str:
    """Return a size given in GB (10^9 bytes).

    >>> gigabytes(0.3), gigabytes(35), gigabytes(11200)
    ('300 MB', '35 GB', '11.2 TB')
    """
    if value is None:
        return ""
    if value < 1:
        return f"{value * 1000:.3g} MB"
    return f"{value:.3g} GB" if value < 1000 else f"{value / 1000:.3g} TB"  # noqa: PLR2004 - GB


def summary(doc: str) -> str:
    """Return the first sentence of a plugin's docstring, without the name before it.

    >>> summary("LiTS: CT of the liver (2017).")
    'CT of the liver (2017).'
    """
    first = " ".join(doc.split("\n\n", maxsplit=1)[0].split())
    head, colon, rest = first.partition(": ")
    told = rest if colon and len(head) < len(rest) else first
    return told[:1].upper() + told[1:]
