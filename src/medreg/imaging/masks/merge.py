"""Structures to one label map: what gets which value, and who yields where two overlap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from medreg.errors import Refused
from medreg.imaging.masks.structures import pattern_of
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.imaging.masks.rules import Rules
    from medreg.imaging.masks.structures import Drawing

LARGEST = np.iinfo(np.uint16).max  # label value
NAMED = 3  # structures or overlaps that a message lists


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two structures (their places in the drawing) that share *voxels*."""

    one: int
    other: int
    voxels: int


def overlaps(drawing: Drawing) -> list[Overlap]:
    """Return every two structures that share voxels, in the drawing's order."""
    found = (
        Overlap(a, b, one.region.common(other.region))
        for (a, one), (b, other) in combinations(enumerate(drawing.structures), 2)
    )
    return [overlap for overlap in found if overlap.voxels]


def by_number(drawing: Drawing) -> list[int]:
    """Return each structure's value: its number in the file if those can be labels, else 1..n."""
    numbers = [one.number for one in drawing.structures]
    if len(set(numbers)) == len(numbers) and all(0 < n <= LARGEST for n in numbers):
        return numbers
    return list(range(1, len(numbers) + 1))


def numbered(drawing: Drawing, path: str) -> list[int]:
    """Return each structure's number in *path*; raises `Refused` for one that is no label."""
    numbers = [one.number for one in drawing.structures]
    for number in numbers:
        if not 0 < number <= LARGEST:
            raise Refused(
                f"{path} numbers a structure {number}; mask values are 1 to {LARGEST:,}",
                hint="list the structures' names in labels=, not their numbers",
            )
    return numbers


def label_map(
    drawing: Drawing, values: Sequence[int], priority: Sequence[str] = (), path: str = ""
) -> Volume:
    """Return one integer volume in which each structure has its one of *values* (0: left out).

    Where two overlap, the one whose name comes first in *priority* wins; a name that is not
    listed yields to all that are. Two structures of one value never contradict each other. Type
    is uint8, or uint16 where a value exceeds 255. Raises `Refused`, naming *path*, structures and
    voxel counts, for an overlap that *priority* does not decide.
    """
    rank = {name: place for place, name in enumerate(priority)}
    ranks = [
        len(rank) if (name := pattern_of(one.name, rank)) is None else rank[name]
        for one in drawing.structures
    ]
    order = sorted(range(len(values)), key=lambda at: (-ranks[at], at))
    largest = max(values, default=0)
    array = np.zeros(drawing.shape, np.uint8 if largest <= np.iinfo(np.uint8).max else np.uint16)
    equals: dict[int, set[int]] = {}  # values by rank
    for at in order:
        if not values[at]:
            continue
        region = drawing.structures[at].region
        there = array[region.box]
        equals.setdefault(ranks[at], set()).add(values[at])
        rivals = sorted(equals[ranks[at]] - {values[at]})
        if rivals and np.isin(there[region.array], rivals).any():
            _refuse(drawing, values, ranks, path)
        there[region.array] = values[at]
    return Volume(array, drawing.affine, "label", drawing.notes)


def _refuse(drawing: Drawing, values: Sequence[int], ranks: Sequence[int], path: str) -> NoReturn:
    found = [
        overlap
        for overlap in overlaps(drawing)
        if values[overlap.one]
        and values[overlap.other]
        and values[overlap.one] != values[overlap.other]
        and ranks[overlap.one] == ranks[overlap.other]
    ]
    said = [
        f"{drawing.structures[o.one].name!r} and {drawing.structures[o.other].name!r} "
        f"in {o.voxels:,} voxels"
        for o in sorted(found, key=lambda o: -o.voxels)[:NAMED]
    ]
    more = f", and {len(found) - NAMED} more pairs" if len(found) > NAMED else ""
    raise Refused(
        f"{path}{': ' if path else ''}structures overlap: {'; '.join(said)}{more}",
        hint="keep one file per structure, or say whose voxels they are: priority",
    )


# --- by name, as datasets declare them ----------------------------------------------------------


def by_name(drawing: Drawing, values: Mapping[str, int], rules: Rules, path: str) -> Volume:
    """Return the label map of the structures that *values* names, by `same_name`.

    In a name ``*`` stands for any letters (`pattern_of`).
    Several structures of one name, or of one value, are united. Others are left out, and a note
    names them. Raises `Refused` naming *path* for a value of which nothing is drawn (unless
    *rules* take that for empty), and as `label_map` does.
    """
    named = [pattern_of(one.name, values) for one in drawing.structures]
    chosen = [0 if name is None else values[name] for name in named]
    drawn = {
        value
        for value, one in zip(chosen, drawing.structures, strict=True)
        if value and one.region.voxels
    }
    missing = [name for name, value in values.items() if value not in drawn]
    notes = list(drawing.notes)
    if missing and rules.absent == "refused":
        raise Refused(
            f"{path} draws no {_listed(missing, math.inf)}; "
            f"it has {_listed([one.name for one in drawing.structures], 2 * NAMED)}",
            hint='correct the names in labels=, or say absent="empty" if that means "not there"',
        )
    if missing and rules.absent == "unknown":
        notes.append(f"{path} does not draw {_listed(missing, math.inf)}")
    elif missing:
        notes.append(f"taken for empty, for {path} does not draw it: {_listed(missing, math.inf)}")
    others = [one.name for one, value in zip(drawing.structures, chosen, strict=True) if not value]
    if others:
        notes.append(f"structures that the dataset does not list: {_listed(others, math.inf)}")
    painted = label_map(drawing, chosen, rules.priority, path)
    return Volume(painted.array, painted.affine, "label", tuple(notes))


def _listed(names: Sequence[str], most: float) -> str:
    if not names:
        return "nothing"
    shown = [repr(name) for at, name in enumerate(names) if at < most]
    more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    return ", ".join(shown) + more
