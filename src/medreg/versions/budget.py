"""Storage budgets: how much a tier may hold, and whether a push would be too much."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medreg import settings
from medreg.errors import CannotHere, DeclarationError
from medreg.versions import dvc, objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dvc.repo import Repo

    from medreg.versions.objects import Piece

GB = 10**9
PREFIXES = [f"{n:02x}" for n in range(256)]  # of DVC's folders of objects


@dataclass(frozen=True, slots=True)
class Weight:
    """What a push would do to a tier, in bytes; *budget* is None where the tier has none."""

    tier: str
    objects: int  # that would move
    size: int
    used: int | None  # known where there is a budget
    budget: int | None

    @property
    def fits(self) -> bool:
        """Tell whether the tier may take it; what moves nothing always fits."""
        return not self.size or self.budget is None or (self.used or 0) + self.size <= self.budget


def budgets(repo: Repo) -> dict[str, int]:
    """Return the budget in bytes of each tier that has one: ``[tool.medreg.budgets]``, in GB."""
    known = dvc.tiers(repo)
    found = settings.load(Path(repo.root_dir)).budgets
    for tier in found:
        if tier not in known:
            raise DeclarationError(
                f"pyproject.toml has a budget for {tier!r}, and there is no such tier",
                hint=f"known tiers: {', '.join(known)}",
            )
    return {tier: round(size * GB) for tier, size in found.items()}


def used(repo: Repo, tier: str) -> int:
    """Return how many bytes of objects *tier* holds, of whomever: asked of itself, now."""
    store = repo.cloud.get_remote_odb(tier)
    if store.fs.protocol == "local":
        found = (file for one in PREFIXES for file in Path(store.path, one).glob("*"))
        return sum(file.stat().st_size for file in found if file.is_file())
    system = store.fs.fs
    system.invalidate_cache()

    def size(prefix: str) -> int:
        try:
            listed = system.find(f"{store.path}/{prefix}", detail=True)
        except FileNotFoundError:
            return 0
        return sum(int(info["size"]) for info in listed.values())

    with ThreadPoolExecutor(objects.LISTINGS) as pool:
        return sum(pool.map(size, PREFIXES))


def weigh(repo: Repo, lacking: Mapping[str, Iterable[Piece]]) -> list[Weight]:
    """Weigh what each tier lacks, by tier, against its budget."""
    allowed = budgets(repo)
    found = []
    for tier, pieces in lacking.items():
        files = [objects.cached(repo, md5) for md5 in sorted({piece.md5 for piece in pieces})]
        size = sum(file.stat().st_size for file in files if file.is_file())
        budget = allowed.get(tier)
        held = None if budget is None else used(repo, tier)
        found.append(Weight(tier, len(files), size, held, budget))
    return found


def require(weights: Iterable[Weight]) -> None:
    """Raise `CannotHere` when a tier would hold more than its budget."""
    for one in weights:
        if not one.fits:
            more = (one.used or 0) + one.size - (one.budget or 0)
            raise CannotHere(
                f"tier {one.tier} has a budget of {one.budget:,} bytes and holds {one.used:,}; "
                f"{one.size:,} more would be {more:,} too many",
                hint=f"push to another tier (--tier), or raise {one.tier} in pyproject.toml, "
                "[tool.medreg.budgets]",
            )
