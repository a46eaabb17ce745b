"""Push to tiers, and prove that it is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import BytesDiffer, Misuse
from medreg.report import Answer, Outcome, Progress, Silent, StageReport
from medreg.versions import budget, dvc, objects, outs
from medreg.versions.holes import holes
from medreg.versions.upload import upload

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dvc.repo import Repo

    from medreg.registry import Registry
    from medreg.versions.budget import Weight
    from medreg.versions.holes import Hole
    from medreg.versions.objects import Piece
    from medreg.versions.outs import Out


def push(
    registry: Registry, name: str, *, tier: str = "", progress: Progress | None = None
) -> StageReport:
    """Push everything that dataset or set *name* consists of, and audit it there.

    Outputs that are bound to a tier go there, whatever *tier* says; the others go to *tier*, the
    default one if empty. What is there already does not move; what is missing below a list that
    DVC believes complete is repaired. Raises `BytesDiffer` when the tier did not keep it.
    """
    return push_all(registry, [name], tier=tier, progress=progress)[0]


def push_all(
    registry: Registry, names: Sequence[str], *, tier: str = "", progress: Progress | None = None
) -> list[StageReport]:
    """Push datasets and sets, as `push` does for one: each tier is asked once for all of them."""
    wanted = {name: outs.recorded(registry, name) for name in names}
    every = [out for group in wanted.values() for out in group]
    with dvc.repository(registry) as repo:
        answers = push_outs(repo, every, tier=tier, progress=progress or Silent())
    known = {answer.item: answer for answer in answers}
    return [
        StageReport("push", name, [known[out.path] for out in group if out.cached])
        for name, group in wanted.items()
    ]


def push_outs(
    repo: Repo, wanted: Iterable[Out], *, tier: str, progress: Progress
) -> Sequence[Answer]:
    """Push the cached ones of *wanted*; one answer each."""
    return send(repo, loads(repo, wanted, tier=tier, progress=progress), progress)


@dataclass(frozen=True, slots=True)
class Load:
    """What belongs to a tier, and what the tier lacks of it."""

    tier: str
    pieces: dict[Out, list[Piece]]
    lacking: Sequence[Piece]


def loads(repo: Repo, wanted: Iterable[Out], *, tier: str, progress: Progress) -> list[Load]:
    """Ask each tier what it lacks of the cached ones of *wanted*; nothing moves but lists."""
    found = []
    for there, group in destinations(repo, wanted, tier).items():
        pieces = {out: _pieces(repo, out, there, progress) for out in group}
        missing = holes(repo, _all(pieces), there)
        found.append(Load(there, pieces, [hole.piece for hole in missing]))
    return found


def weights(registry: Registry, names: Iterable[str], *, tier: str = "") -> Sequence[Weight]:
    """Return what a push of datasets and sets *names* would move to each tier."""
    wanted = {out: None for name in names for out in outs.recorded(registry, name)}
    with dvc.repository(registry) as repo:
        return weighed(repo, loads(repo, wanted, tier=tier, progress=Silent()))


def weighed(repo: Repo, found: Iterable[Load]) -> list[Weight]:
    """Weigh what each tier lacks against its budget."""
    lacking: dict[str, list[Piece]] = {}
    for one in found:
        lacking.setdefault(one.tier, []).extend(one.lacking)
    return budget.weigh(repo, lacking)


def send(repo: Repo, found: Sequence[Load], progress: Progress) -> Sequence[Answer]:
    """Bring each tier what it lacks, and audit it; raises `CannotHere` over a tier's budget."""
    if budget.budgets(repo):
        budget.require(weighed(repo, found))
    answers = []
    for one in found:
        upload(repo, one.lacking, one.tier, progress)
        left = holes(repo, _all(one.pieces), one.tier) if one.lacking else []
        require_whole(left)
        answers += [
            _answer(out, [p for p in one.lacking if p.out == out], one.tier) for out in one.pieces
        ]
    return answers


def _all(pieces: dict[Out, list[Piece]]) -> list[Piece]:
    return [piece for group in pieces.values() for piece in group]


def _pieces(repo: Repo, out: Out, there: str, progress: Progress) -> list[Piece]:
    """Return the objects of *out*; its list is fetched if only a tier has it."""
    if not objects.cached(repo, out.md5).is_file() and out.is_folder:
        objects.fetch_lists(repo, [out], tier=there, progress=progress)
    return objects.pieces(repo, out)


def _answer(out: Out, lacking: Sequence[Piece], there: str) -> Answer:
    if not lacking:
        return Answer(out.path, Outcome.KEPT, there)
    repaired = out.is_folder and not any(piece.is_list for piece in lacking)
    return Answer(out.path, Outcome.REPAIRED if repaired else Outcome.WRITTEN, there)


def destinations(repo: Repo, wanted: Iterable[Out], tier: str) -> dict[str, list[Out]]:
    """Return which of *wanted* belongs where; raises `Misuse` for a tier that does not exist."""
    known = dvc.tiers(repo)
    found: dict[str, list[Out]] = {}
    for out in wanted:
        if out.cached:
            there = out.remote or tier or dvc.default_tier(repo)
            found.setdefault(there, []).append(out)
    for there in dict.fromkeys((*found, *filter(None, [tier]))):  # also one that gets nothing
        if there not in known:
            raise Misuse(
                f"there is no tier named {there!r}",
                hint=f"known tiers: {', '.join(known) or 'none'}; dvc remote add makes one",
            )
    return found


def audit(registry: Registry, name: str, *, tier: str = "", revision: str = "") -> Sequence[Hole]:
    """Ask the tiers for every object of *name*, now or at a *revision*; return what is missing."""
    wanted = outs.recorded(registry, name, revision)
    with dvc.repository(registry) as repo:
        return audit_outs(repo, wanted, tier=tier)


def audit_outs(repo: Repo, wanted: Iterable[Out], *, tier: str) -> list[Hole]:
    """Ask the tiers for every object of the cached ones of *wanted*."""
    found: list[Hole] = []
    for there, group in destinations(repo, wanted, tier).items():
        lists = [objects.Piece(out.md5, out.path, out) for out in group if out.is_folder]
        missing = holes(repo, lists, there, totals=False)
        lost = {hole.piece.out for hole in missing}
        whole = [out for out in group if out not in lost]
        pieces = {out: _pieces(repo, out, there, Silent()) for out in whole}
        found += missing + holes(repo, _all(pieces), there)
    return found


def require_whole(found: Sequence[Hole]) -> None:
    """Raise `BytesDiffer` naming the first hole of *found*; return when there are none."""
    if found:
        first = found[0]
        more = f" ({len(found)} objects are not as recorded)" if len(found) > 1 else ""
        owner = first.piece.path.split("/")[2]
        raise BytesDiffer(
            f"tier {first.tier}: {first.piece.path} is not as recorded: {first.problem}{more}",
            hint=f"make it whole here (medreg pull {owner}, or the command that made it), "
            f"then: medreg push {owner} --tier {first.tier}",
        )
