"""When the datasets of a plan are downloaded, and on which tier they end up (F041, F042, F052)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.catalog import units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.catalog.plan import Choice

ASSUMED_DAYS = {"manual": 1.0, "registration": 1.0, "agreement": 7.0, "application": 28.0}
LOCAL_GB = 500.0  # what a machine at hand is asked to hold
CLASSES = ((500.0, "< 500 GB"), (1000.0, "up to 1 TB"), (2000.0, "up to 2 TB"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A download: in which week it starts, how long it takes, how long its gate is waited for.

    *stated* is False where nobody says how long that is, and `ASSUMED_DAYS` was taken.
    """

    choice: Choice
    week: int
    seconds: float
    wait_days: float
    stated: bool
    tier: str


def schedule(choices: Sequence[Choice], per_second: float = units.BANDWIDTH) -> tuple[Slot, ...]:
    """Order downloads: one after the other, day and night, each once its gate is open.

    All gates are asked on the first day. What may not be shared goes to the tier ``restricted``,
    the first 500 GB to ``local``, and the rest to ``cloud``.
    """
    waits = [_wait(choice) for choice in choices]
    order = sorted(range(len(choices)), key=lambda index: (waits[index], index))
    slots = []
    clock = held = 0.0
    for index in order:
        choice = choices[index]
        start = max(clock, waits[index])
        seconds = units.seconds(choice.size_gb, per_second)
        clock = start + seconds / 86_400
        held += choice.size_gb
        shared = "local" if held <= LOCAL_GB else "cloud"
        slots.append(
            Slot(
                choice=choice,
                week=int(start // 7) + 1,
                seconds=seconds,
                wait_days=waits[index],
                stated=choice.entry.days is not None or choice.entry.access == "open",
                tier="restricted" if choice.entry.restricted else shared,
            )
        )
    return tuple(slots)


def storage_class(size_gb: float) -> str:
    """Return what a disk must offer (F052, F053).

    >>> storage_class(120.0), storage_class(3000.0)
    ('< 500 GB', '2 TB+')
    """
    return next((name for most, name in CLASSES if size_gb < most), "2 TB+")


def _wait(choice: Choice) -> float:
    entry = choice.entry
    return entry.days if entry.days is not None else ASSUMED_DAYS.get(entry.access, 0.0)
