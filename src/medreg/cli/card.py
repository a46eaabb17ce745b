"""Lay out a card for people: a key, then its values, wrapped."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WIDTH = 100  # columns, the key's included


def card(content: Mapping[str, Any]) -> str:
    """Return the card of a dataset, a family or a set as text."""
    from medreg.cli import cards

    if "members" in content:
        return columns(cards.family(content))
    if "terms" in content:
        return columns(cards.dataset(content))
    return columns({key: list(_plain(value)) for key, value in content.items()})


def columns(content: Mapping[str, str | Sequence[str]]) -> str:
    """Lay out keys and their lines; a line that is too long goes on below itself.

    >>> print(columns({"name": "lits", "labels": ["1 liver", "2 liver_tumor"]}))
    name    lits
    labels  1 liver
            2 liver_tumor
    """
    indent = max(len(key) for key in content) + 2
    printed = []
    for key, value in content.items():
        lines = [value] if isinstance(value, str) else list(value)
        wrapped = [part for line in lines for part in _wrapped(line, WIDTH - indent)]
        for number, line in enumerate(wrapped or ["-"]):
            printed.append(f"{key if number == 0 else '':<{indent}}{line}".rstrip())
    return "\n".join(printed)


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(
        line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    ) or [""]


def _plain(value: Any) -> Iterator[str]:
    match value:
        case None | "":
            return
        case bool():
            yield "yes" if value else "no"
        case int():
            yield f"{value:,}"
        case list():
            for one in value:
                yield f"{one['value']} {one['label']}" if isinstance(one, dict) else one
        case _:
            yield from str(value).splitlines()
