"""Who accepted which terms, and when: ``registry/accepted.csv``, asserted by people, kept in git.

A gated dataset moves no byte before somebody accepted what stands at its gate. Where a person
registers and downloads by hand, registering was the acceptance; a record is welcome all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from medreg.errors import ActionNeeded
from medreg.files.hashing import sha256_bytes
from medreg.files.lock import turn
from medreg.registry import Folder
from medreg.sources.manual import steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.model import Dataset
    from medreg.registry import Registry
    from medreg.terms import License

FILE = "accepted.csv"
APPROVAL = {
    "irb": "which ethics board approved it",
    "consent": "what the patients agreed to",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A row of ``accepted.csv``: *person* accepted, on *date*, the *text* with that digest."""

    KEY: ClassVar[tuple[str, ...]] = ("dataset", "date", "person", "sha256")
    dataset: str
    person: str
    date: str  # ISO 8601
    text: str  # where it stands: an address, or the name of the file that was read
    sha256: str  # of that file, or of what medreg showed
    shown: str  # sha256 of what medreg showed: when it changes, somebody must look again


def shown(dataset: Dataset, licenses: Mapping[str, License]) -> str:
    """Return what a person is asked to accept: the gate, the licenses claimed, and by whom."""
    lines = [f"{dataset.title} ({dataset.name})", f"homepage: {dataset.homepage}"]
    if gate := dataset.gate:
        wait = f", usually {_days(gate.days)} until approval" if gate.days is not None else ""
        lines.append(f"gate: {gate.kind}{wait}")
        lines += [f"terms: {gate.terms}"] if gate.terms else []
        lines += [f"ethics approval: {gate.irb}"] if gate.irb else []
        lines += [f"consent: {gate.consent}"] if gate.consent else []
    for claim in dataset.licenses:
        title = licenses[claim.value].title if claim.value in licenses else "no row in terms.csv"
        lines.append(f"license: {claim.value} ({title}), {claim.rank}: {claim.source}")
    lines += [f"step: {step}" for step in steps(getattr(dataset.source, "steps", ""))]
    return "\n".join(lines)


def accepted(registry: Registry, name: str) -> Sequence[Acceptance]:
    """Return who accepted the terms of dataset *name*, in order of the table."""
    return [row for row in _rows(registry) if row.dataset == name]


def accept(registry: Registry, row: Acceptance) -> bool:
    """Record *row*; return whether it was new."""
    with turn(registry.lock("accepted")):
        rows = _rows(registry)
        mine = (row.dataset, row.person, row.sha256)
        if any((r.dataset, r.person, r.sha256) == mine for r in rows):
            return False
        Folder(registry.facts).write_rows(FILE, [*rows, row], Acceptance)
    return True


def require(registry: Registry, dataset: Dataset, licenses: Mapping[str, License]) -> None:
    """Raise `ActionNeeded`, with what to do, unless the terms of *dataset* were accepted.

    A portal has none of its own: its datasets have, and `fetch` tells the way in.
    """
    gate = dataset.gate
    if dataset.source.access == "portal":
        return
    if lacking := dataset.unapproved:
        words = ", ".join(f'{word}="..."' for word in lacking)
        raise ActionNeeded(
            f"{dataset.name} shows patients of an institution, and its plugin does not say "
            + " and ".join(APPROVAL[word] for word in lacking),
            steps=(f'Write into the plugin: gate=Gate(kind="application", {words})',),
        )
    if gate is None or (gate.kind == "registration" and dataset.source.access == "manual"):
        return
    digest = sha256_bytes(shown(dataset, licenses).encode())
    rows = accepted(registry, dataset.name)
    if any(row.shown == digest for row in rows):
        return
    wait = f"Approval usually takes {_days(gate.days)}." if gate.days is not None else ""
    changed = " since they changed" if rows else ""
    raise ActionNeeded(
        f"{dataset.name} is behind a gate ({gate.kind}), and nobody accepted its terms{changed}",
        steps=tuple(
            filter(
                None,
                (
                    f"Read the terms: {gate.terms or dataset.homepage}",
                    *steps(getattr(dataset.source, "steps", "")),
                    wait,
                    f"medreg accept {dataset.name}",
                ),
            )
        ),
    )


def passed(registry: Registry, dataset: Dataset, licenses: Mapping[str, License]) -> bool:
    """Tell whether `require` lets a person get at *dataset*."""
    try:
        require(registry, dataset, licenses)
    except ActionNeeded:
        return False
    return True


def _rows(registry: Registry) -> list[Acceptance]:
    folder = Folder(registry.facts)
    return folder.rows(FILE, Acceptance) if (folder.path / FILE).is_file() else []


def _days(days: float) -> str:
    if days < 1:
        return f"{days * 24:.0f} hours"
    return "a day" if days == 1 else f"{days:.0f} days"
