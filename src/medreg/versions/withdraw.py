"""Take a case out for ever: find who holds it, write its tombstone, purge its bytes.

What was released stays on record: its manifests keep path and digest of every file, and verify,
pull and reproduce expect the withdrawn ones to be absent. DVC's lists of files and git's tables
name the case and keep no byte of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medreg.errors import Misuse, NotFound
from medreg.files.lock import lock
from medreg.registry import Folder
from medreg.report import Progress, Silent
from medreg.tables import ManifestRow, WithdrawnRow, from_csv
from medreg.versions import git, history, models, purge, withdrawals

if TYPE_CHECKING:
    from medreg.registry import Registry


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a withdrawal found and did."""

    case: str
    new: bool  # the tombstone had not been there
    releases: tuple[str, ...]  # that hold it
    models: tuple[str, ...]  # that were trained on one of these
    sets: tuple[str, ...]  # that must be curated again
    purged: dict[str, int] = field(default_factory=dict)  # objects, by cache or tier
    left: tuple[str, ...] = ()  # what could not be purged, and why
    archives: tuple[str, ...] = ()  # raw files that held other cases too, and were removed
    rewritten: tuple[str, ...] = ()  # raw files that hold the other cases still


def withdraw(  # noqa: PLR0913 - what, why, who and when
    registry: Registry,
    case: str,
    *,
    reason: str,
    by: str,
    today: str,
    progress: Progress | None = None,
) -> Withdrawal:
    """Withdraw ``DATASET/CASE``; run again, it finishes what was left.

    Raw archives of it and others are written again without it, or removed where they cannot be.
    Bytes that another case has too stay, and are told. Raises `NotFound` for a case that neither
    the registry nor any release holds, `Misuse` without a reason or a person, and `ActionNeeded`
    when git does not know who commits.
    """
    dataset, _, name = case.partition("/")
    if not name or not reason.strip() or not by.strip():
        raise Misuse(
            "a withdrawal names a case, a reason and a person",
            hint="medreg withdraw DATASET/CASE --reason WHY --by PERSON",
        )
    git.need_identity(registry.root)
    with lock(registry.lock(f"withdraw-{dataset}"), f"withdraw {case}"):
        places = _places(registry, case)
        known = {row.case for row in withdrawals.rows(registry) if row.dataset == dataset}
        if not places and name not in known:
            raise NotFound.named("case", case, _cases(registry, dataset), hint="medreg list")
        row = WithdrawnRow(dataset=dataset, case=name, reason=reason, by=by, date=today)
        new = name not in known
        if new:
            rows = [*withdrawals.rows(registry), row]
            Folder(registry.facts).write_rows("withdrawn.csv", rows, WithdrawnRow)
        git.commit(registry.root, [withdrawals.FILE], f"Withdraw {case}")
        held = sorted({tag for tag in places if "@v" in tag})
        gone = purge.purge(registry, case, progress or Silent())
    return Withdrawal(
        case,
        new,
        tuple(held),
        tuple(m for m in models.names(registry) if models.get(registry, m).data.release in held),
        tuple(name for name in places if "@v" not in name and name in registry.sets()),
        gone.purged,
        tuple(gone.left),
        tuple(gone.archives),
        tuple(gone.rewritten),
    )


def _cases(registry: Registry, dataset: str) -> list[str]:
    folder = registry.dataset(dataset)
    file = folder.path / "manifest.csv"
    rows = from_csv(file.read_bytes(), ManifestRow) if file.is_file() else []
    return sorted({row.source for row in rows})


def _places(registry: Registry, case: str) -> list[str]:
    """Return each dataset, set and release whose manifest has the case."""
    tags = sorted(git.tags(registry.root, "*@v*"))
    everything = [*history.current(registry), *history.released(registry, tags)]
    return [place for place, rows in everything if any(row.source == case for row in rows)]
