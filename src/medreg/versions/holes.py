"""Holes: what a tier should hold and does not, compared object by object and in all."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.versions.objects import Piece, cached, sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from dvc.repo import Repo

    from medreg.versions.outs import Out


@dataclass(frozen=True, slots=True)
class Hole:
    """An object that a tier should hold but does not, or holds with another size."""

    tier: str
    piece: Piece
    problem: str  # missing | 12 bytes, not 40


def holes(repo: Repo, wanted: Iterable[Piece], tier: str, *, totals: bool = True) -> list[Hole]:
    """Compare what *tier* holds with *wanted*; nothing is returned when all is there.

    Sizes are compared with the cache where it has the object; *totals* compares them with the
    recorded size of each whole output, all of whose files must then be among *wanted*.
    """
    expected = list(wanted)
    held = sizes(repo.cloud.get_remote_odb(tier), {piece.md5 for piece in expected})
    found = [
        Hole(tier, piece, problem)
        for piece in expected
        if (problem := _problem(held.get(piece.md5), cached(repo, piece.md5)))
    ]
    return found or (_wrong_totals(expected, held, tier) if totals else [])


def _problem(size: int | None, local: Path) -> str:
    if size is None:
        return "missing"
    if local.is_file() and local.stat().st_size != size:
        return f"{size} bytes, not {local.stat().st_size}"
    return ""


def _wrong_totals(expected: Sequence[Piece], held: Mapping[str, int], tier: str) -> list[Hole]:
    totals: dict[Out, int] = defaultdict(int)
    for piece in expected:
        if not piece.is_list:
            totals[piece.out] += held[piece.md5]
    return [
        Hole(tier, Piece(out.md5, out.path, out), f"{total} bytes in all, not {out.size}")
        for out, total in totals.items()
        if total != out.size
    ]
