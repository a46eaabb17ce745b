"""Objects: the bytes behind recorded outputs, in DVC's cache and in the tiers.

What lands there is plain DVC (``files/md5/<2>/<30>``), but DVC's word is not taken: a tier is
asked what it holds, object by object and with its size, and bytes are hashed when they move.
All files of all outputs move in one batch, files before the list (``.dir``) that names them.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from medreg.errors import ActionNeeded, BytesDiffer, MedregError, NotFound, Transient
from medreg.files.hashing import md5_file
from medreg.report import Progress, Silent
from medreg.versions import dvc, orphans
from medreg.versions.pipeline import RESTRICTED

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from dvc.repo import Repo
    from dvc_data.hashfile.db import HashFileDB

    from medreg.versions.outs import Out

LISTINGS = 32  # asked of a tier at the same time
SILENT: Progress = Silent()


@dataclass(frozen=True, slots=True)
class Piece:
    """One object: a file of an output at *path*, or the list of a folder's files."""

    md5: str
    path: str  # relative to the registry's root
    out: Out

    @property
    def is_list(self) -> bool:
        """Tell whether it is the list of a folder's files."""
        return self.md5.endswith(".dir")


def cached(repo: Repo, md5: str) -> Path:
    """Return where the cache keeps an object, whether it is there or not."""
    return Path(repo.cache.local.oid_to_path(md5))


def pieces(repo: Repo, out: Out, below: str = "") -> list[Piece]:
    """Return the objects of *out*, its list first; only files at or below *below*, if given.

    The list of a folder must be in the cache: see `fetch`.
    """
    if not out.is_folder:
        return [Piece(out.md5, out.path, out)]
    entries = json.loads(cached(repo, out.md5).read_bytes())
    return [
        Piece(out.md5, out.path, out),
        *(
            Piece(entry["md5"], f"{out.path}/{entry['relpath']}", out)
            for entry in entries
            if not below or f"{entry['relpath']}/".startswith(f"{below}/")
        ),
    ]


# --- into the cache ----------------------------------------------------------------------------


def fetch(  # noqa: PLR0913 - what, where from, how much of it
    repo: Repo,
    wanted: Iterable[Out],
    *,
    tier: str = "",
    below: Sequence[str] = ("",),
    only: Container[str] | None = None,
    progress: Progress = SILENT,
) -> list[Piece]:
    """Bring into the cache what it lacks of *wanted*, and return the objects, lists included.

    Without a *tier*, each one is tried, the default first. *below* narrows folders to some of
    their sub-folders, *only* to files of these paths. Each object is hashed when it arrives.
    Raises `NotFound` when no tier has it, `BytesDiffer` when what came is not what was recorded,
    `ActionNeeded` or `Transient`.
    """
    outs = [out for out in wanted if out.cached]
    fetch_lists(repo, outs, tier=tier, progress=progress)
    content = {
        piece: None
        for out in outs
        for part in below
        for piece in pieces(repo, out, part)
        if only is None or piece.is_list or not out.is_folder or piece.path in only
    }
    _bring(repo, list(content), tier, progress)
    return list(content)


def fetch_lists(repo: Repo, outs: Iterable[Out], *, tier: str, progress: Progress = SILENT) -> None:
    """Bring into the cache the lists of files of those *outs* that are folders."""
    lists = [Piece(out.md5, out.path, out) for out in outs if out.is_folder]
    _bring(repo, lists, tier, progress)


def tiers_of(repo: Repo, out: Out, tier: str = "") -> Sequence[str]:
    """Return the tiers where *out* may lie: its own one, else *tier*, else every shareable one."""
    if out.remote:
        return [out.remote]
    if tier:
        return [tier]
    return [name for name in dvc.tiers(repo) if not name.startswith(RESTRICTED)]


def _bring(repo: Repo, wanted: Sequence[Piece], tier: str, progress: Progress) -> None:
    """Bring *wanted* into the cache, from each tier in turn until nothing is missing."""
    held = _held(repo, {piece.md5 for piece in wanted})
    missing = {piece.md5: piece for piece in wanted if piece.md5 not in held}
    problems: list[MedregError] = []
    sources = {out: tiers_of(repo, out, tier) for out in {piece.out for piece in missing.values()}}
    for source in dict.fromkeys(name for names in sources.values() for name in names):
        asked = {md5: p.path for md5, p in missing.items() if source in sources[p.out]}
        if asked:
            problems += _download(repo, source, asked, progress)
            held = _held(repo, asked)
            missing = {md5: piece for md5, piece in missing.items() if md5 not in held}
    if missing:
        raise _gravest(problems, sorted(piece.path for piece in missing.values()))


def _gravest(problems: Sequence[MedregError], paths: Sequence[str]) -> MedregError:
    for kind in (BytesDiffer, ActionNeeded, Transient, MedregError):  # the gravest speaks
        for problem in problems:
            if isinstance(problem, kind):
                return problem
    more = f" and {len(paths) - 1} more files" if len(paths) > 1 else ""
    return NotFound(
        f"no tier holds {paths[0]}{more}",
        hint="push it from where it is (medreg push), or rebuild it (medreg reproduce)",
    )


def _held(repo: Repo, oids: Iterable[str]) -> set[str]:
    """Return those that the cache holds; one that was not hashed yet is hashed now."""
    return set(repo.cache.local.oids_exist(list(oids)))


def _download(
    repo: Repo, tier: str, paths: Mapping[str, str], progress: Progress
) -> list[MedregError]:
    """Copy what *tier* holds of *paths* (by md5) into the cache; return what went wrong."""
    from medreg.versions.watch import Watch

    try:
        store = repo.cloud.get_remote_odb(tier)
        present = sizes(store, paths)
    except Exception as error:  # noqa: BLE001  # any of DVC's or a storage library's; bugs go on
        return [_known(error)]
    failed: dict[str, MedregError] = {}
    if present:
        progress.start(f"pull from {tier}", sum(present.values()), "B")
        repo.cache.local.add(
            [store.oid_to_path(md5) for md5 in present],
            store.fs,
            list(present),
            check_exists=False,
            verify=True,  # always: the tier's own setting may say otherwise
            callback=Watch(progress),
            on_error=lambda md5, error: failed.update({md5: _known(error)}),
        )
        progress.finish()
    for md5 in present.keys() - failed.keys() - _held(repo, present):
        failed[md5] = BytesDiffer(
            f"tier {tier} holds other bytes for {paths[md5]} than were recorded (md5 {md5})",
            hint=f"remove {store.oid_to_path(md5)}, then, where the data is whole: "
            f"medreg push --tier {tier}",
        )
    return list(failed.values())


def _known(error: BaseException) -> MedregError:
    known = dvc.translate(error)
    if known is None:
        raise error
    return known


# --- what a tier holds -------------------------------------------------------------------------


def sizes(store: HashFileDB, oids: Iterable[str]) -> dict[str, int]:
    """Return the size in bytes of those *oids* that *store* holds: asked of itself, now."""
    wanted = set(oids)
    if store.fs.protocol == "local":
        files = {oid: Path(store.oid_to_path(oid)) for oid in sorted(wanted)}
        return {oid: file.stat().st_size for oid, file in files.items() if file.is_file()}
    system = store.fs.fs
    system.invalidate_cache()

    def listing(prefix: str) -> dict[str, Any]:
        try:
            return dict(system.find(f"{store.path}/{prefix}", detail=True))
        except FileNotFoundError:
            return {}

    with ThreadPoolExecutor(LISTINGS) as pool:
        listings = list(pool.map(listing, sorted({oid[:2] for oid in wanted})))
    held = {
        "".join(name.rsplit("/", 2)[1:]): int(info["size"])
        for found in listings
        for name, info in found.items()
    }
    return {oid: held[oid] for oid in sorted(wanted & held.keys())}


# --- into a tier -------------------------------------------------------------------------------


def upload(repo: Repo, wanted: Sequence[Piece], tier: str, progress: Progress = SILENT) -> int:
    """Copy objects from the cache to *tier*, files before lists; return the bytes moved.

    Each is hashed before it leaves, so that a poisoned cache spreads no further.
    """
    store = repo.cloud.get_remote_odb(tier)
    unique = {piece.md5: piece for piece in wanted}
    total = 0
    for lists in (False, True):
        batch = [piece for piece in unique.values() if piece.is_list is lists]
        if batch:
            total += _upload(repo, store, batch, f"push to {tier}", progress)
    return total


def _upload(
    repo: Repo, store: HashFileDB, batch: Sequence[Piece], task: str, progress: Progress
) -> int:
    from medreg.versions.watch import Watch

    oids = [piece.md5 for piece in batch]
    failed: list[MedregError] = []
    here = [_here(repo, piece) for piece in batch]
    total = sum(file.stat().st_size for file in here)
    progress.start(task, total, "B")
    is_folder = store.fs.protocol == "local"

    def each(piece: Piece, file: Path) -> bool:
        md5 = piece.md5.removesuffix(".dir")
        if not is_folder:
            return not poisoned(file, md5)
        target = Path(store.oid_to_path(piece.md5))
        return orphans.put(file, target, md5, told) or not poisoned(file, md5)

    hearing = Lock()

    def told(size: int) -> None:
        with hearing:
            progress.moved(size)

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:  # hashing lets go of the lock
        for piece, good in zip(batch, pool.map(each, batch, here), strict=True):
            if not good:
                raise BytesDiffer(
                    f"the cache held other bytes for {piece.path}; they were removed",
                    hint="run the command that made it, or medreg pull, and push again",
                )
    if is_folder:
        progress.finish()
        return total
    store.add(
        [str(cached(repo, md5)) for md5 in oids],
        repo.cache.local.fs,
        oids,
        check_exists=False,
        verify=False,  # of a remote store it would read back every byte; `holes` proves sizes
        callback=Watch(progress),
        on_error=lambda _md5, error: failed.append(_known(error)),
    )
    progress.finish()
    if failed:
        raise failed[0]
    return total


def _here(repo: Repo, piece: Piece) -> Path:
    file = cached(repo, piece.md5)
    if not file.is_file():
        raise NotFound(f"the cache lacks {piece.path}", hint="bring it first: medreg pull NAME")
    return file


def poisoned(file: Path, md5: str) -> bool:
    """Tell whether a cached object held other bytes than its name says; if so, it is removed.

    DVC trusts what it once wrote. Something else may have written since, through a link.
    """
    lies = md5_file(file) != md5.removesuffix(".dir")
    if lies:
        file.unlink()
    return lies
