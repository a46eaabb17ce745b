"""Deal groups into folds and test: strata evenly, each group whole, and stable when more arrive."""

from __future__ import annotations

from collections import Counter, defaultdict
from fnmatch import fnmatchcase
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from medreg.curate.balance import rank
from medreg.curate.clinical import NOTHING, Told
from medreg.errors import DeclarationError
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.curate.recipe import Recipe
    from medreg.curate.select import Candidate
    from medreg.tables import SelectionRow

TEST = "test"


def deal(
    groups: Mapping[str, tuple[str, ...]], shares: Mapping[str, int], seed: str
) -> dict[str, str]:
    """Return the part of each group; *groups* maps its name to its stratum, its dataset first.

    Every part gets its share of each dataset, and of each stratum in it, to within one. A group
    takes the part that its name prefers while there is room, so a new group moves few others, and
    a new dataset none. Raises `DeclarationError` when there are fewer groups than parts.
    """
    if len(groups) < len(shares):
        folds = len(shares) - (TEST in shares)
        raise DeclarationError(
            f"{folds} folds need {folds} patients to train on, and {len(groups)} are left",
            hint="lower folds in the recipe, or add datasets",
        )
    datasets: dict[str, dict[tuple[str, ...], list[str]]] = defaultdict(lambda: defaultdict(list))
    for group, stratum in groups.items():
        datasets[stratum[0]][stratum].append(group)
    dealt: dict[str, str] = {}
    for dataset, strata in datasets.items():
        slots = _slots(sum(map(len, strata.values())), shares, seed, dataset)
        for stratum in sorted(strata):
            names = strata[stratum]
            room, slots = Counter(slots[: len(names)]), slots[len(names) :]
            for name in sorted(names, key=lambda name: rank(seed, "group", name)):
                preferred = sorted(room, key=lambda part: rank(seed, "fold", name, part))
                part = next(part for part in preferred if room[part])
                room[part] -= 1
                dealt[name] = part
    return _none_empty(dealt, shares, seed)


def _slots(count: int, shares: Mapping[str, int], seed: str, dataset: str) -> list[str]:
    """Return *count* parts in such an order that every beginning of it holds each one's share."""
    order = sorted(shares, key=lambda part: rank(seed, "room", dataset, part))
    total, given = sum(shares.values()), Counter[str]()
    slots = []
    for place in range(1, count + 1):
        behind = max(order, key=lambda part: place * shares[part] - total * given[part])
        given[behind] += 1
        slots.append(behind)
    return slots


def _none_empty(dealt: dict[str, str], parts: Iterable[str], seed: str) -> dict[str, str]:
    """Give an empty part the group of highest rank from the fullest: many tiny strata need it."""
    for empty in sorted(set(parts) - set(dealt.values()), key=natural):
        sizes = Counter(dealt.values())
        fullest = min(sizes, key=lambda part: (-sizes[part], natural(part)))
        moved = max(
            (name for name, part in dealt.items() if part == fullest),
            key=lambda name: rank(seed, "group", name),
        )
        dealt[moved] = empty
    return dealt


def shares_of(recipe: Recipe) -> dict[str, int]:
    """Return how the training cases are shared: folds, or val as ``0`` and the rest as ``1``.

    >>> from medreg.curate.recipe import Recipe
    >>> shares_of(Recipe(title="t", datasets=["a"], labels=["liver"], split={"val": 0.1}))
    {'0': 1, '1': 9}
    """
    test, val = (Fraction(str(share)) for share in (recipe.split.test, recipe.split.val))
    parts = {str(fold): (1 - test) / recipe.folds for fold in range(recipe.folds)}
    if val:
        parts = {"0": val, "1": 1 - test - val}
    parts |= {TEST: test} if test else {}
    scale = lcm(*(share.denominator for share in parts.values()))
    return {part: int(share * scale) for part, share in parts.items()}


def official(recipe: Recipe, dataset: str, case: str, clinical: Told = NOTHING) -> str:
    """Return what the publisher's own split says of a case: test, val, train, or nothing."""
    for one in recipe.split.official:
        if one.dataset == dataset:
            said = str(clinical.of(dataset, case, one.column)) if one.column else case
            for part, patterns in ((TEST, one.test), ("val", one.val)):
                if any(fnmatchcase(said, pattern) for pattern in patterns.split()):
                    return part
            return "train" if one.val else ""
    return ""


def folds_of(
    recipe: Recipe,
    alive: Sequence[Candidate],
    strata: Mapping[str, tuple[str, ...]],
    clinical: Told = NOTHING,
) -> dict[str, str]:
    """Return the fold of each kept case; ``test`` where it is held out.

    *strata* are those of each group. A group of which one case validates officially does so whole.
    """
    fixed: dict[str, str] = {}
    for c in alive:
        said = "" if c.held_out else official(recipe, c.dataset, c.row.case, clinical)
        if said:
            fixed[c.group] = "0" if said == "val" else fixed.get(c.group, "1")
    groups = {c.group: strata[c.group] for c in alive if not c.held_out and c.group not in fixed}
    dealt = dict(fixed)
    if groups or not fixed:
        dealt |= deal(groups, shares_of(recipe), recipe.seed)
    return {c.ref: TEST if c.held_out else dealt[c.group] for c in alive}


def splits(recipe: Recipe, selection: Iterable[SelectionRow]) -> dict[str, object]:
    """Return what ``splits.json`` says of a *selection*: ids of cases, in natural order."""
    kept = sorted((row for row in selection if row.decision == "kept"), key=lambda r: natural(r.id))
    training = [row for row in kept if row.fold != TEST]
    return {
        "seed": recipe.seed,
        "folds": [
            {
                "train": [row.id for row in training if row.fold != str(fold)],
                "val": [row.id for row in training if row.fold == str(fold)],
            }
            for fold in range(recipe.validating)
        ],
        "test": [row.id for row in kept if row.fold == TEST],
        "patients_unknown": sorted({row.dataset for row in kept if not row.patient}),
        "groups": len({row.group for row in kept}),
    }
