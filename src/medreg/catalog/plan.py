"""Choose datasets for a budget: bytes, scans by organ, gates, weeks and tiers.

The rule is `RULE`: greedy, and the same every time. Scans that two datasets share count once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medreg.catalog.find import labels_within
from medreg.catalog.hosts import CLOUD
from medreg.catalog.kinds import OPEN
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from medreg.catalog.entries import Entry
    from medreg.catalog.shared import Shared
    from medreg.vocabulary import Vocabulary

RULE = (
    "each step takes the dataset that fits and adds most annotated scans still wanted per GB "
    "(then: no gate, shorter wait, name); what is left of the budget buys a part of one that is "
    "handed out by file"
)
SMALLEST_GB = 0.001
ANY = "any structure"
BY_FILE = (*CLOUD, "tcia", "physionet")  # hosts that hand out some scans of many (F043)


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What is asked for: at least *scans* annotated ones of each organ, within *budget_gb*.

    Nothing of *held_out* counts, nor of what shows the same scans: these are for testing (F117).
    """

    budget_gb: float
    organs: tuple[str, ...] = ()
    scans: int | None = None
    held_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A dataset that was taken: *adds* are the scans of each organ that nothing before it had.

    *part* is how many of its scans are taken, where not all of them are.
    """

    entry: Entry
    adds: Mapping[str, int]
    size_gb: float
    part: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was chosen, in the order chosen, and what was not, by reason."""

    want: Want
    choices: tuple[Choice, ...]
    reached: Mapping[str, int]  # annotated scans of each organ, shared ones once
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def size_gb(self) -> float:
        """What will be downloaded."""
        return sum(choice.size_gb for choice in self.choices)

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label that the chosen masks hold, sorted (F113)."""
        return tuple(sorted({label for one in self.choices for label in one.entry.labels}))


@dataclass(frozen=True, slots=True)
class _Task:
    """What does not change from step to step: candidates, the organs each has, and the wish."""

    known: Sequence[Entry]
    has: Mapping[str, frozenset[str]]
    want: Want
    together: Shared


@dataclass(frozen=True, slots=True)
class _State:
    """What is chosen so far: parts and scans by organ, names, and the bytes that are left."""

    covered: Mapping[str, frozenset[str]]
    reached: Mapping[str, int]
    taken: frozenset[str]
    origins: frozenset[str]  # downloads that are paid for
    left_gb: float


def plan(candidates: Iterable[Entry], want: Want, together: Shared, vocabulary: Vocabulary) -> Plan:
    """Choose among *candidates* as `RULE` says; never more than the budget.

    *together* counts annotated scans, shared ones once. Raises `NotFound` for an organ that is no
    label of the vocabulary.
    """
    organs = [vocabulary[name].name for name in want.organs] or [ANY]
    every = sorted(candidates, key=lambda entry: natural(entry.name))
    has = {
        entry.name: frozenset(organ for organ in organs if _labels(entry, organ, vocabulary))
        for entry in every
    }
    fitting = [e for e in every if has[e.name] and e.name not in want.held_out]
    known = [entry for entry in fitting if entry.size_gb is not None and entry.annotated]
    task = _Task(known, has, want, together)
    held = together.of(want.held_out)
    state = _State(
        dict.fromkeys(organs, held),
        dict.fromkeys(organs, 0),
        frozenset(),
        frozenset(),
        want.budget_gb,
    )
    choices: list[Choice] = []
    while best := _best(task, state):
        choices.append(best)
        state = _after(task, state, best)
    if part := _part(task, state):
        choices.append(part)
        state = _after(task, state, part)
    return Plan(
        want=want,
        choices=tuple(choices),
        reached=state.reached,
        left_out=dict(_left_out(fitting, task, state)),
    )


def _labels(entry: Entry, organ: str, vocabulary: Vocabulary) -> bool:
    if entry.portal or entry.access == "generated" or entry.annotation != "segmentation":
        return False
    return bool(entry.labels) if organ == ANY else labels_within(entry, organ, vocabulary)


def _best(task: _Task, state: _State) -> Choice | None:
    """Return the dataset that adds most of what is wanted per GB, or None when none adds any."""
    offers = [
        Choice(entry=entry, adds=_adds(task, state, entry), size_gb=_cost(state, entry))
        for entry in task.known
        if entry.name not in state.taken and _cost(state, entry) <= state.left_gb
    ]
    worth = {offer.entry.name: _worth(task, state, offer.adds) for offer in offers}
    return min(
        (offer for offer in offers if worth[offer.entry.name] > 0),
        key=lambda o: (-worth[o.entry.name] / max(o.size_gb, SMALLEST_GB), *_tie(o.entry)),
        default=None,
    )


def _cost(state: _State, entry: Entry) -> float:
    """Return the GB to download: nothing where the same download was chosen already."""
    return 0.0 if entry.origin in state.origins else entry.size_gb or 0.0


def _tie(entry: Entry) -> tuple[object, ...]:
    return entry.access not in OPEN, entry.days or 0, natural(entry.name)


def _adds(task: _Task, state: _State, entry: Entry) -> dict[str, int]:
    """Count by organ the annotated scans of *entry* that nothing chosen shows."""
    parts = task.together.of([entry.name])
    return {
        organ: min(task.together.count(parts - covered), entry.annotated or 0)
        for organ, covered in state.covered.items()
        if organ in task.has[entry.name]
    }


def _worth(task: _Task, state: _State, adds: Mapping[str, int]) -> int:
    """Count those of the added scans that are still wanted."""
    return sum(min(count, _missing(task, state, organ, count)) for organ, count in adds.items())


def _missing(task: _Task, state: _State, organ: str, all_of: int) -> int:
    wanted = task.want.scans
    return all_of if wanted is None else max(0, wanted - state.reached[organ])


def _after(task: _Task, state: _State, choice: Choice) -> _State:
    parts = task.together.of([choice.entry.name])
    return _State(
        {o: had | parts if o in choice.adds else had for o, had in state.covered.items()},
        {o: count + choice.adds.get(o, 0) for o, count in state.reached.items()},
        state.taken | {choice.entry.name},
        state.origins if choice.part else state.origins | {choice.entry.origin} - {""},
        state.left_gb - choice.size_gb,
    )


def _part(task: _Task, state: _State) -> Choice | None:
    """Take some scans of the dataset that still adds most, where it does not fit whole."""
    offers = []
    for entry in task.known:
        size, count = _cost(state, entry), max(entry.scans or 0, entry.annotated or 0)
        by_file = not set(entry.hosts).isdisjoint(BY_FILE)
        if entry.name in state.taken or size <= state.left_gb or not by_file:
            continue
        adds = _adds(task, state, entry)
        missing = max(min(n, _missing(task, state, organ, n)) for organ, n in adds.items())
        scans = min(missing, int(state.left_gb * count / size))
        if scans > 0:
            some = {organ: min(n, scans) for organ, n in adds.items()}
            cost = min(state.left_gb, scans * size / count)
            offers.append(Choice(entry=entry, adds=some, size_gb=cost, part=scans))
    return min(offers, key=lambda o: (-_worth(task, state, o.adds), *_tie(o.entry)), default=None)


def _left_out(
    fitting: Sequence[Entry], task: _Task, state: _State
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each reason, and the datasets that it leaves out."""
    reasons: dict[str, list[str]] = {}
    for entry in fitting:
        if entry.name not in state.taken:
            reasons.setdefault(_why(entry, task, state), []).append(entry.name)
    yield from ((reason, tuple(names)) for reason, names in sorted(reasons.items()))


def _why(entry: Entry, task: _Task, state: _State) -> str:
    if entry.size_gb is None:
        return "its size is not stated"
    if not entry.annotated:
        return "how many of its scans are annotated is not stated"
    adds = _adds(task, state, entry)
    if not any(adds.values()):
        return "shows scans that are chosen or held out already"
    if not _worth(task, state, adds):
        return "not needed: enough scans are chosen"
    return "too large for what is left of the budget"
