"""Deal groups into folds: each dataset evenly, each group whole, and stable when more arrive."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from medreg.curate.balance import rank
from medreg.errors import DeclarationError
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.curate.recipe import Recipe
    from medreg.curate.select import Candidate
    from medreg.tables import SelectionRow


def deal(groups: Mapping[str, str], folds: int, seed: str) -> dict[str, int]:
    """Return the fold of each group; *groups* maps its name to its stratum (a dataset).

    Every fold gets its share of each stratum, rounded down, and as many folds as are left over
    one more (largest remainder). A group takes the fold that its name prefers while there is
    room, so a new group moves few others, and a new stratum none.
    Raises `DeclarationError` when there are fewer groups than folds.
    """
    if len(groups) < folds:
        raise DeclarationError(
            f"{folds} folds need {folds} patients to train on, and {len(groups)} are left",
            hint="lower folds in the recipe, or add datasets",
        )
    strata: dict[str, list[str]] = defaultdict(list)
    for group, stratum in groups.items():
        strata[stratum].append(group)
    dealt: dict[str, int] = {}
    for stratum, names in strata.items():
        room = _room(len(names), folds, seed, stratum)
        for name in sorted(names, key=lambda name: rank(seed, "group", name)):
            preferred = sorted(room, key=lambda fold: rank(seed, "fold", name, fold))
            fold = next(fold for fold in preferred if room[fold])
            room[fold] -= 1
            dealt[name] = fold
    return _none_empty(dealt, folds, seed)


def _room(count: int, folds: int, seed: str, stratum: str) -> dict[int, int]:
    each, left_over = divmod(count, folds)
    order = sorted(range(folds), key=lambda fold: rank(seed, "room", stratum, fold))
    return {fold: each + (place < left_over) for place, fold in enumerate(order)}


def _none_empty(dealt: dict[str, int], folds: int, seed: str) -> dict[str, int]:
    """Give an empty fold the group of highest rank from the fullest: many tiny strata need it."""
    for empty in sorted(set(range(folds)) - set(dealt.values())):
        sizes = Counter(dealt.values())
        fullest = max(sizes, key=lambda fold: (sizes[fold], -fold))
        moved = max(
            (name for name, fold in dealt.items() if fold == fullest),
            key=lambda name: rank(seed, "group", name),
        )
        dealt[moved] = empty
    return dealt


def folds_of(recipe: Recipe, alive: Sequence[Candidate]) -> dict[str, str]:
    """Return the fold of each kept case; ``test`` where it is held out."""
    groups = {c.group: c.group.partition("/")[0] for c in alive if not c.held_out}
    dealt = deal(groups, recipe.folds, recipe.seed)
    return {c.ref: "test" if c.held_out else str(dealt[c.group]) for c in alive}


def splits(recipe: Recipe, selection: Iterable[SelectionRow]) -> dict[str, object]:
    """Return what ``splits.json`` says of a *selection*: ids of cases, in natural order."""
    kept = sorted((row for row in selection if row.decision == "kept"), key=lambda r: natural(r.id))
    training = [row for row in kept if row.fold != "test"]
    return {
        "seed": recipe.seed,
        "folds": [
            {
                "train": [row.id for row in training if row.fold != str(fold)],
                "val": [row.id for row in training if row.fold == str(fold)],
            }
            for fold in range(recipe.folds)
        ],
        "test": [row.id for row in kept if row.fold == "test"],
        "patients_unknown": sorted({row.dataset for row in kept if not row.patient}),
        "groups": len({row.group for row in kept}),
    }
