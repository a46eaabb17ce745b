"""What is dealt evenly: each patient's dataset, and what the recipe's ``split: by`` names."""

from __future__ import annotations

from collections import defaultdict
from math import isnan, prod
from typing import TYPE_CHECKING

from medreg.curate import expression
from medreg.curate.clinical import NOTHING, Told
from medreg.curate.mapping import target_of
from medreg.model import IGNORED
from medreg.tables import natural, numbers, pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from medreg.curate.recipe import Recipe
    from medreg.curate.select import Candidate
    from medreg.vocabulary import Vocabulary

    Measured = Callable[[Candidate], float | str]

PARTS = 3  # into so many are numbers cut


def strata(
    recipe: Recipe, alive: Sequence[Candidate], vocabulary: Vocabulary, clinical: Told = NOTHING
) -> dict[str, tuple[str, ...]]:
    """Return the stratum of each group of *alive*: its dataset, then a word for each of ``by``.

    A group is as its first case is, in natural order. Numbers are cut in three within the
    dataset, so that another dataset changes nothing.
    """
    first: dict[str, Candidate] = {}
    for candidate in sorted(alive, key=lambda c: natural(c.ref)):
        first.setdefault(candidate.group, candidate)
    found = {group: [group.partition("/")[0]] for group in first}
    for word in recipe.split.by:
        ask = _measured(word, recipe, vocabulary, clinical)
        told = {group: ask(candidate) for group, candidate in first.items()}
        for group, cell in _cells(told, {group: words[0] for group, words in found.items()}):
            found[group].append(cell)
    return {group: tuple(words) for group, words in found.items()}


def _measured(word: str, recipe: Recipe, vocabulary: Vocabulary, clinical: Told) -> Measured:
    if word == "labels":
        return lambda c: " ".join(sorted(_present(c, recipe, vocabulary)))
    if word == "volume":
        return lambda c: (
            sum(_present(c, recipe, vocabulary).values()) * prod(numbers(c.row.spacing))
        )
    asked = expression.column(word, vocabulary.names, clinical)
    return lambda c: asked(c.dataset, c.row)


def _present(candidate: Candidate, recipe: Recipe, vocabulary: Vocabulary) -> Mapping[str, int]:
    """Return the voxels of each wanted label that the case shows."""
    found: dict[str, int] = defaultdict(int)
    for name, voxels in pairs(candidate.row.voxels).items():
        target = None if name == IGNORED else target_of(name, recipe.labels, vocabulary)
        if target and int(voxels):
            found[target] += int(voxels)
    return found


def _cells(told: Mapping[str, float | str], datasets: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return a word for each group: what was told, or the third in which its number lies."""
    by: dict[str, list[float]] = defaultdict(list)
    for group, value in told.items():
        if isinstance(value, float | int) and not isnan(value):
            by[datasets[group]].append(value)
    cuts = {
        name: [sorted(values)[len(values) * part // PARTS] for part in range(1, PARTS)]
        for name, values in by.items()
    }
    return [
        (
            group,
            value or "unknown"
            if isinstance(value, str)
            else "unknown"
            if isnan(value)
            else str(sum(value >= cut for cut in cuts[datasets[group]])),
        )
        for group, value in told.items()
    ]
