"""Free local disk, after the other tier has been proved byte by byte."""

from __future__ import annotations

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medreg.errors import BytesDiffer, Misuse, NotFound
from medreg.files.hashing import CHUNK, md5_file
from medreg.files.lock import lock
from medreg.report import Progress, Silent
from medreg.versions import dvc, objects, outs, push
from medreg.versions.outs import RAW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dvc.repo import Repo

    from medreg.registry import Registry
    from medreg.versions.objects import Piece
    from medreg.versions.outs import Out

READERS = 8


@dataclass(frozen=True, slots=True)
class Evicted:
    """What was freed: *proved* objects in the kept tiers, and what others here still need."""

    name: str
    tiers: tuple[str, ...]
    proved: int
    freed: int  # bytes, in cache and workspace
    shared: int  # objects that stay, since another dataset or set here has them too
    raw: bool  # the publisher's files are among them


def evict(registry: Registry, name: str, *, keep: str, progress: Progress | None = None) -> Evicted:
    """Delete the bytes of dataset or set *name* from cache and workspace.

    Before that every object is read back from the tier *keep* (what is bound to a tier: from that
    one) and hashed. The lists of files stay, and so does what others here share. Raises
    `BytesDiffer` or `NotFound` when the tier does not hold it all, `Misuse` when the workspace has
    something that is recorded nowhere; then nothing was deleted.
    """
    watch = progress or Silent()
    with lock(registry.lock(name), f"evict {name}"), dvc.repository(registry) as repo:
        recorded = [out for out in outs.recorded(registry, name) if out.cached]
        by_tier = push.destinations(repo, recorded, keep)
        objects.fetch_lists(repo, recorded, tier="")
        wanted = {
            tier: {p.md5: p for out in group for p in objects.pieces(repo, out)}
            for tier, group in by_tier.items()
        }
        for tier, pieces in wanted.items():
            prove(repo, pieces.values(), tier, watch)
        _require_recorded(registry, repo, recorded)
        others = _needed_by_others(registry, repo, name)
        freed = sum(_remove(registry.root / out.path) for out in recorded)
        mine = [md5 for pieces in wanted.values() for md5, p in pieces.items() if not p.is_list]
        alone = [md5 for md5 in mine if md5 not in others]
        freed += sum(_remove(objects.cached(repo, md5)) for md5 in alone)
    proved = sum(len(pieces) for pieces in wanted.values())
    raw = any(out.is_folder and out.stage == RAW for out in recorded)
    return Evicted(name, tuple(wanted), proved, freed, len(mine) - len(alone), raw)


def prove(repo: Repo, pieces: Iterable[Piece], tier: str, progress: Progress) -> None:
    """Read each of *pieces* back from *tier* and hash it; raises as `evict` does."""
    store = repo.cloud.get_remote_odb(tier)
    wanted = list(pieces)
    held = objects.sizes(store, {piece.md5 for piece in wanted})
    for piece in wanted:
        if piece.md5 not in held:
            raise NotFound(
                f"tier {tier} lacks {piece.path}: nothing was freed",
                hint=f"medreg push {piece.path.split('/')[2]} --tier {tier}",
            )
    progress.start(f"prove {tier}", sum(held.values()), "B")
    with ThreadPoolExecutor(READERS) as pool:
        digests = pool.map(lambda piece: _digest(store, piece.md5), wanted)
        for piece, digest in zip(wanted, digests, strict=True):
            progress.moved(held[piece.md5])
            if digest != piece.md5.removesuffix(".dir"):
                raise BytesDiffer(
                    f"tier {tier} holds other bytes for {piece.path} (md5 {digest}, not "
                    f"{piece.md5}): nothing was freed",
                    hint=f"remove {store.oid_to_path(piece.md5)}, then push again",
                )
    progress.finish()


def _digest(store: Any, md5: str) -> str:
    found = hashlib.md5(usedforsecurity=False)
    with store.fs.open(store.oid_to_path(md5), "rb") as stream:
        while chunk := stream.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def _require_recorded(registry: Registry, repo: Repo, recorded: Iterable[Out]) -> None:
    """Raise `Misuse` when the workspace holds what is not recorded: it lies nowhere else."""
    for out in recorded:
        known = {p.path: p.md5 for p in objects.pieces(repo, out) if not p.is_list}
        for file in _files(registry.root / out.path):
            path = file.relative_to(registry.root).as_posix()
            if path not in known or md5_file(file) != known[path]:
                raise Misuse(
                    f"{path} is not as it was recorded, and lies nowhere else",
                    hint="run the command that makes it, or move it away; nothing was freed",
                )


def _needed_by_others(registry: Registry, repo: Repo, name: str) -> set[str]:
    """Return the objects of every other dataset and set that has some of its bytes here."""
    found: set[str] = set()
    for other in {*registry.tracked(), *registry.sets()} - {name}:
        try:
            recorded = outs.recorded(registry, other)
        except NotFound:
            continue
        for out in recorded:
            if out.cached and (not out.is_folder or objects.cached(repo, out.md5).is_file()):
                if not (registry.root / out.path).exists():
                    continue  # it was evicted itself, or never pulled
                found |= {piece.md5 for piece in objects.pieces(repo, out)}
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file())


def _remove(path: Path) -> int:
    size = sum(file.stat().st_size for file in _files(path))
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    return size
