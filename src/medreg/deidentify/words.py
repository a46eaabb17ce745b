"""Descriptions without names: only words that a scanner's protocol is made of are kept."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_WORD = re.compile(r"[A-Za-z]+[0-9]?[A-Za-z]*|[0-9]+(?:\.[0-9]+)?(?:\s?mm)?")
_NUMBER = re.compile(r"[0-9]{1,2}(?:\.[0-9])?(?:\s?mm)?")  # nobody's number or birthday


@cache
def known() -> frozenset[str]:
    """Return the words that name no person, place or institution."""
    text = files(__package__).joinpath("words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def cleaned(text: str) -> str:
    """Return *text* with nothing but known words and small numbers.

    >>> cleaned("CT Thorax 1.5 mm SMITH^JOHN 4711 (arterial)")
    'CT Thorax 1.5 mm arterial'
    """
    words = _WORD.findall(text)
    return " ".join(w for w in words if w.lower() in known() or _NUMBER.fullmatch(w))
