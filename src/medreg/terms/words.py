"""The words of a verdict, and which of several is the strictest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Use = Literal["research", "train", "commercial", "share-data", "share-labels", "share-weights"]
USES: tuple[Use, ...] = get_args(Use)
Permission = Literal["yes", "no", "unclear"]
Outcome = Literal["allowed", "blocked", "unclear"]

OUTCOMES: Mapping[Permission, Outcome] = {"yes": "allowed", "no": "blocked", "unclear": "unclear"}
_WIDEST_FIRST: tuple[Outcome, ...] = ("allowed", "unclear", "blocked")


def strictest(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the strictest of *outcomes*: blocked, then unclear, then allowed."""
    return max(outcomes, key=_WIDEST_FIRST.index)
