"""What lies where: of each dataset and set, how much is here and in each tier, and what lacks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import MedregError, NotFound
from medreg.versions import dvc, objects, outs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dvc.repo import Repo

    from medreg.registry import Registry
    from medreg.versions.outs import Out


@dataclass(frozen=True, slots=True)
class Holding:
    """One output: how many of its *objects* the cache (*here*) and each tier lack."""

    name: str
    path: str
    size: int  # bytes
    objects: int
    here: int  # lacking in the cache; 0: all of it is there
    tiers: Mapping[str, int]  # lacking in each tier where it may lie
    problem: str = ""  # why it is not known what it consists of


@dataclass(frozen=True, slots=True)
class Overview:
    """Every holding, and why single tiers could not be asked."""

    holdings: tuple[Holding, ...]
    problems: Mapping[str, str]


def overview(registry: Registry) -> Overview:
    """Ask every tier, each with one listing, for all that is recorded now."""
    recorded: dict[Out, str] = {}
    for name in (*registry.tracked(), *registry.sets()):
        try:
            found = outs.recorded_at(registry, outs.folder(registry, name))
        except NotFound:
            continue  # tracked, and nothing made of it yet
        recorded |= {out: name for out in found if out.cached}
    with dvc.repository(registry) as repo:
        return _asked(repo, recorded)


def _asked(repo: Repo, recorded: Mapping[Out, str]) -> Overview:
    lacking = [o for o in recorded if o.is_folder and not objects.cached(repo, o.md5).is_file()]
    with suppress(MedregError):  # those that stay away are told one by one
        objects.fetch_lists(repo, lacking, tier="")
    content: dict[Out, set[str]] = {}
    for out in recorded:
        if not out.is_folder or objects.cached(repo, out.md5).is_file():
            content[out] = {piece.md5 for piece in objects.pieces(repo, out)}
    everything = set[str]().union(*content.values())
    held: dict[str, set[str]] = {}
    problems = {}
    for tier in dvc.tiers(repo):
        try:
            held[tier] = set(objects.sizes(repo.cloud.get_remote_odb(tier), everything))
        except Exception as error:
            known = dvc.translate(error)
            if known is None:
                raise
            problems[tier] = known.message
    here = set(objects.sizes(repo.cache.local, everything))
    return Overview(
        tuple(
            _holding(name, out, content.get(out), here, held, objects.tiers_of(repo, out))
            for out, name in recorded.items()
        ),
        problems,
    )


def _holding(  # noqa: PLR0913, PLR0917 - it has these parts
    name: str,
    out: Out,
    wanted: set[str] | None,
    here: set[str],
    held: Mapping[str, set[str]],
    may: Sequence[str],
) -> Holding:
    if wanted is None:
        return Holding(name, out.path, out.size, 0, 0, {}, "no tier holds its list of files")
    allowed = {tier: there for tier, there in held.items() if tier in may}
    return Holding(
        name,
        out.path,
        out.size,
        len(wanted),
        len(wanted - here),
        {tier: len(wanted - there) for tier, there in allowed.items()},
    )
