"""What lies where, who released what, where a file occurs, and taking a case out for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.errors import ActionNeeded, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medreg.api.lab import Lab
    from medreg.report import Progress
    from medreg.stages.accept import Acceptance
    from medreg.versions.evict import Evicted
    from medreg.versions.history import Entry, Place
    from medreg.versions.holdings import Overview
    from medreg.versions.tiers import Tier
    from medreg.versions.withdraw import Withdrawal

PERSONAL = ("agreement", "application")  # gates at which each person signs


def tiers(lab: Lab) -> tuple[Sequence[Tier], Overview]:
    """Return every tier, and what lies where of each dataset and set."""
    from medreg.versions import holdings
    from medreg.versions import tiers as known

    return known.weighed(lab.registry), holdings.overview(lab.registry)


def evict(lab: Lab, name: str, *, keep: str, progress: Progress | None = None) -> Evicted:
    """Free local disk of *name*, after tier *keep* was proved byte by byte."""
    from medreg.versions.evict import evict as free

    return free(lab.registry, name, keep=keep, progress=progress)


def log(lab: Lab, name: str = "") -> Sequence[Entry]:
    """Return who released what of *name*, when, with which difference; the oldest first."""
    from medreg.versions.history import log as read

    return read(lab.registry, name)


def where(lab: Lab, word: str) -> Sequence[Place]:
    """Return where ``sha256:...``, ``voxel:...`` or a file occurs; raises `NotFound`."""
    from medreg.versions.history import where as seek

    return seek(lab.registry, word)


def withdraw(
    lab: Lab, case: str, *, reason: str, by: str = "", progress: Progress | None = None
) -> Withdrawal:
    """Take ``DATASET/CASE`` out of everything that comes, and purge its bytes."""
    from medreg.api.work import today
    from medreg.versions import git
    from medreg.versions.withdraw import withdraw as take_out

    person = by.strip() or git.user(lab.registry.root)
    return take_out(lab.registry, case, reason=reason, by=person, today=today(), progress=progress)


def who(lab: Lab, name: str) -> Sequence[Acceptance]:
    """Return who accepted the terms of dataset *name*; of a set, of all that it is made of.

    Raises `NotFound` for a name of neither.
    """
    from medreg.stages import accept

    known = {*lab.plugins.datasets, *lab.registry.tracked(), *lab.registry.sets()}
    if name not in known:
        raise NotFound.named("dataset or set", name, sorted(known), hint="medreg list")
    rows = [
        row for dataset in _sources(lab, name) for row in accept.accepted(lab.registry, dataset)
    ]
    return sorted(rows, key=lambda row: (row.dataset, row.date, row.person))


def require_agreement(lab: Lab, name: str, *, tag: str = "", folder: Path | None = None) -> None:
    """Raise `ActionNeeded` unless this person agreed to the personal terms in *name*.

    Asked where a dataset is behind an agreement or application: what one colleague signed does
    not let another one pull. *tag* names the release, where *name* may have changed since. The
    person is git's user in *folder*, the registry's by default; what was accepted counts as soon
    as it was fetched from the registry's origin.
    """
    from medreg.versions import git

    for dataset in _sources(lab, name, tag):
        declared = lab.plugins.datasets.get(dataset)
        gate = declared.dataset.gate if declared else None
        if gate is None or gate.kind not in PERSONAL:
            continue
        person = git.user(folder or lab.registry.root)
        if person not in _holders(lab, dataset):
            raise ActionNeeded(
                f"{dataset} is under a personal {gate.kind}, and {person or 'nobody'} has none "
                "on record",
                steps=(
                    f"Read and sign the terms: {gate.terms or dataset}",
                    f"medreg accept {dataset}",
                ),
            )


def _holders(lab: Lab, dataset: str) -> set[str]:
    """Return who accepted the terms of *dataset*, here or in what was fetched from origin."""
    from medreg.stages import accept
    from medreg.tables import from_csv
    from medreg.versions import git

    rows = list(accept.accepted(lab.registry, dataset))
    path = f"origin/HEAD:./registry/{accept.FILE}"
    done = git.attempt(lab.registry.root, "cat-file", "blob", path)
    if done.returncode == 0:
        rows += from_csv(done.stdout, accept.Acceptance, where=path)
    return {row.person for row in rows if row.dataset == dataset}


def _sources(lab: Lab, name: str, tag: str = "") -> list[str]:
    """Return the datasets behind dataset or set *name*, now or at the release *tag*."""
    from medreg.versions.closure import closure
    from medreg.versions.history import sources_at
    from medreg.versions.outs import folder

    if tag:
        return sources_at(lab.registry, name, tag)
    if name not in (*lab.registry.tracked(), *lab.registry.sets()):
        return [name]  # a dataset that is not tracked, or a name of the past
    found = closure(lab.registry, folder(lab.registry, name))
    return [where.split("/")[2] for where in found if where.startswith("registry/datasets/")]
