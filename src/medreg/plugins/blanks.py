"""What a drafted plugin leaves to a person, and what the audit refuses until it is filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BLANK = "FIXME"  # stands in drafts, where people and editors look for this word


def blanks(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each line of a plugin in which something is left open."""
    for number, line in enumerate(text.splitlines(), 1):
        if BLANK in line:
            yield number, line.strip()
