"""The tiers: which there are, what lies where, and whether they are safe to trust."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medreg.errors import MedregError, NotFound
from medreg.versions import budget, dvc, objects, outs, push

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dvc.repo import Repo

    from medreg.registry import Registry

LINKS = ("hardlink", "symlink")  # writing through one changes the cache for good


@dataclass(frozen=True, slots=True)
class Tier:
    """A DVC remote."""

    name: str
    url: str
    default: bool
    verified: bool  # plain DVC hashes what it pulls from there
    used: int | None = None  # bytes of all objects there; known where there is a budget
    budget: int | None = None  # bytes
    problem: str = ""  # why its use is not known


@dataclass(frozen=True, slots=True)
class Held:
    """How much of one output a tier holds."""

    tier: str
    path: str
    size: int
    missing: int  # objects; 0 means that it is all there
    problem: str = ""  # why the tier could not be asked


def tiers(registry: Registry) -> list[Tier]:
    """Return every tier, the default one first."""
    with dvc.repository(registry) as repo:
        default = repo.config["core"].get("remote")
        return [
            Tier(name, str(config["url"]), name == default, bool(config.get("verify")))
            for name, config in dvc.tiers(repo).items()
        ]


def weighed(registry: Registry) -> list[Tier]:
    """Return every tier as `tiers` does, and what those with a budget hold."""
    every = tiers(registry)
    with dvc.repository(registry) as repo:
        allowed = budget.budgets(repo)
        return [_weighed(repo, tier, allowed.get(tier.name)) for tier in every]


def _weighed(repo: Repo, tier: Tier, allowed: int | None) -> Tier:
    if allowed is None:
        return tier
    try:
        return replace(tier, used=budget.used(repo, tier.name), budget=allowed)
    except Exception as error:
        known = dvc.translate(error)
        if known is None:
            raise
        return replace(tier, budget=allowed, problem=known.message)


def overview(registry: Registry) -> list[Held]:
    """Ask every tier for what each tracked dataset and set consists of."""
    found = []
    for name in (*registry.tracked(), *registry.sets()):
        try:
            recorded = outs.recorded(registry, name)
        except NotFound:
            continue  # tracked, and nothing made of it yet
        with dvc.repository(registry) as repo:
            found += [
                _held(repo, out, tier)
                for out in recorded
                if out.cached
                for tier in objects.tiers_of(repo, out)
            ]
    return found


def _held(repo: Repo, out: outs.Out, tier: str) -> Held:
    try:
        holes = push.audit_outs(repo, [out], tier=tier)
    except MedregError as problem:
        return Held(tier, out.path, out.size, 0, problem.message)
    return Held(tier, out.path, out.size, len(holes))


def hazards(registry: Registry) -> Sequence[str]:
    """Return what in DVC's settings endangers data here, each with the command that mends it."""
    with dvc.repository(registry) as repo:
        found = [
            f"tier {name} does not verify what is pulled: dvc remote modify {name} verify true"
            for name, config in dvc.tiers(repo).items()
            if not config.get("verify")
        ]
        types = repo.config["cache"].get("type") or ()
    found += [
        f"cache.type has {link}: a write changes the cache: dvc config cache.type reflink,copy"
        for link in LINKS
        if link in types
    ]
    return found
