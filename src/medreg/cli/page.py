"""A dataset's guide page in Markdown: its card, and the way from here to a training set (F115)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.catalog.advice import DISCLAIMER
from medreg.catalog.way import way
from medreg.cli.cards import dataset as lines_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def page(card: Mapping[str, Any]) -> str:
    """Return the page of a dataset's *card*, which `api.card` made."""
    told = lines_of(card)
    blocks = [f"# {card['title']}", f"`{card['name']}`", card["about"]]
    for key, lines in told.items():
        if key not in ("name", "about", "next"):
            blocks += [f"## {key.capitalize()}", "\n".join(f"- {_plain(line)}" for line in lines)]
    if typed := list(way(card)):
        steps = (f"{number}. `{command}`: {why}" for number, (command, why) in enumerate(typed, 1))
        blocks += ["## From here to a training set", "\n".join(steps)]
    return "\n\n".join([*blocks, f"*{DISCLAIMER}*"]) + "\n"


def _plain(line: str) -> str:
    return " ".join(line.split())
