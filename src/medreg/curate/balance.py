"""Choose when there are too many: by rank, so that more datasets never reshuffle the others."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from fractions import Fraction


def rank(*words: object) -> bytes:
    """Return the place of *words* in a fixed, even order: sha256 of ``a|b|c``."""
    return hashlib.sha256("|".join(map(str, words)).encode()).digest()


def largest_total(available: Mapping[str, int], most: int | None, share: Fraction) -> int:
    """Return how many cases can be had when no dataset may give more than *share* of them.

    *available* counts the cases of each dataset; *most* is the largest total that is wanted.
    """
    total = sum(available.values())
    if most is not None:
        total = min(total, most)
    while True:
        reached = sum(min(count, int(share * total)) for count in available.values())
        if reached >= total:
            return total
        total = reached


def chosen(
    cases: Iterable[tuple[str, str]], seed: str, most: int | None, share: Fraction
) -> set[tuple[str, str]]:
    """Return the (dataset, case) pairs that stay, lowest `rank` first, within both limits."""
    every = sorted(set(cases), key=lambda pair: rank(seed, *pair))
    total = largest_total(Counter(dataset for dataset, _ in every), most, share)
    limit = int(share * total)
    taken: Counter[str] = Counter()
    stay: set[tuple[str, str]] = set()
    for dataset, case in every:
        if len(stay) < total and taken[dataset] < limit:
            taken[dataset] += 1
            stay.add((dataset, case))
    return stay
