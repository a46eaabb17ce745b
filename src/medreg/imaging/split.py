"""Slices that lie in one place: copies to drop, or the volumes of a 4-D series.

The rule. (1) Where every place holds one slice and copies of its pixels, the copies are dropped.
(2) Else the series is split by image type (magnitude, phase), then MR scaling, echo time, b-value
and gradient direction, each where every value of it occurs at every place. What is left in one
place is ordered in time, by the first attribute of `headers.TIMES` that tells the slices apart at
every place. (3) Where slices still share a place, the series is refused.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.geometry import axes
from medreg.imaging.headers import TIMES
from medreg.imaging.stack import PARALLEL, SAME_PLACE
from medreg.model import MR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from medreg.imaging.headers import Header

    Place = Sequence[Header]  # slices in one place, in natural order of their names

LISTED = 3  # slices named in a note or refusal; the rest is counted

RULES: dict[str, Callable[[Header], Any]] = {
    "": lambda header: header.kind.lower(),
    "scale": lambda header: (header.slope, header.intercept) if header.modality == MR else (),
    "echo": lambda header: header.echo,
    "b": lambda header: header.b_value,
    "direction": lambda header: header.direction,
}


def split(
    slices: Sequence[Header], pixels: Callable[[Header], NDArray[Any]]
) -> tuple[Mapping[str, Sequence[Header]], tuple[str, ...]]:
    """Return the volumes that *slices* make, by name, and notes on what was dropped or split.

    A lone volume has the empty name; others are called ``echo1``, ``b1000_direction2``,
    ``time3``. *pixels* is asked only where slices lie in one place. Raises `Refused` naming
    places that hold several slices which nothing tells apart.
    """
    places = _places(slices)
    if all(len(place) == 1 for place in places):
        return {"": slices}, ()
    once, dropped = _without_copies(places, pixels)
    if all(len(place) == 1 for place in once):
        return {"": [place[0] for place in once]}, dropped
    for candidates, notes in ((places, ()), (once, dropped)):
        volumes = dict(_by_rule(candidates))
        if all(len(place) == 1 for volume in volumes.values() for place in volume):
            note = f"{len(volumes)} volumes in one place: {', '.join(volumes)}"
            named = {name: [place[0] for place in volume] for name, volume in volumes.items()}
            return named, (*notes, note)
    raise _undecided(once)


def _places(slices: Sequence[Header]) -> list[Place]:
    """Group *slices* by their height along the normal, in ascending order.

    Slices that are not parallel have no common normal: `stack.arrange` refuses them.
    """
    lead = min(one.orientation for one in slices)
    if any(abs(a - b) > PARALLEL for s in slices for a, b in zip(s.orientation, lead, strict=True)):
        return [[one] for one in slices]
    normal = axes(lead)[2]
    heights = [float((normal * np.array(one.position)).sum()) for one in slices]
    places: list[list[Header]] = []
    last = -np.inf
    for index in sorted(range(len(slices)), key=lambda at: (heights[at], at)):
        if heights[index] - last > SAME_PLACE:
            places.append([])
        places[-1].append(slices[index])
        last = heights[index]
    return list(places)


def _without_copies(
    places: Sequence[Place], pixels: Callable[[Header], NDArray[Any]]
) -> tuple[list[Place], tuple[str, ...]]:
    """Return *places* with the first of equal slices only, and a note that names the others."""
    once: list[Place] = []
    dropped: list[str] = []
    for place in places:
        first: dict[tuple[object, ...], Header] = {}
        for one in place:
            key = (one.slope, one.intercept, _digest(pixels(one))) if len(place) > 1 else ()
            if key in first:
                dropped.append(f"{one.name} (as {first[key].name})")
            else:
                first[key] = one
        once.append(list(first.values()))
    if not dropped:
        return once, ()
    return once, (f"dropped copies, same position and pixels: {_listed(dropped)}",)


def _digest(pixels: NDArray[Any]) -> bytes:
    return hashlib.sha256(str(pixels.dtype).encode() + pixels.tobytes()).digest()


def _by_rule(places: Sequence[Place]) -> Iterator[tuple[str, Sequence[Place]]]:
    """Yield the volumes into which `RULES`, then time, split *places*, by name."""
    volumes: list[tuple[tuple[str, ...], Sequence[Place]]] = [((), places)]
    for word, value_of in RULES.items():
        volumes = [
            ((*names, *name), part)
            for names, volume in volumes
            for name, part in _by_value(word, value_of, volume)
        ]
    for names, volume in volumes:
        for name, part in _by_time(volume):
            yield "_".join((*names, *name)), part


def _by_value(
    word: str, value_of: Callable[[Header], Any], places: Sequence[Place]
) -> Iterator[tuple[tuple[str, ...], Sequence[Place]]]:
    values = sorted({value_of(one) for place in places for one in place})
    everywhere = all({value_of(one) for one in place} == {*values} for place in places)
    if len(values) == 1 or not everywhere:
        yield (), places
        return
    for number, value in enumerate(values, start=1):
        part = [[one for one in place if value_of(one) == value] for place in places]
        yield (_called(word, number, value),), part


def _called(word: str, number: int, value: Any) -> str:
    if not word:
        return "".join(c for c in value if c.isalnum()) or "other"
    if word == "b" and len(value) == 1:
        return f"b{value[0]:g}"
    return f"{word}{number}"


def _by_time(places: Sequence[Place]) -> Iterator[tuple[tuple[str, ...], Sequence[Place]]]:
    count = len(places[0])
    if count > 1 and all(len(place) == count for place in places):
        for at in range(len(TIMES)):
            if all(_tells_apart(place, at) for place in places):
                ordered = [sorted(place, key=lambda one: one.times[at]) for place in places]
                for moment in range(count):
                    yield (f"time{moment + 1}",), [[place[moment]] for place in ordered]
                return
    yield (), places


def _tells_apart(place: Place, at: int) -> bool:
    values = {one.times[at] for one in place}
    return len(values) == len(place) and () not in values


def _undecided(places: Sequence[Place]) -> Refused:
    crowded = [place for place in places if len(place) > 1]
    named = [f"{place[0].name} and {place[1].name}" for place in crowded]
    at = ", ".join(f"{number:g}" for number in crowded[0][0].position)
    return Refused(
        f"duplicate position: {_listed(named)} lie in one place ({at}) with different pixels, "
        "and neither echo, b-value nor time tells them apart in every place"
    )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - LISTED
    return "; ".join(names[:LISTED]) + (f"; and {more} more" if more > 0 else "")
