"""Objects: the bytes behind recorded outputs, in DVC's cache and in the tiers.

What lands there is plain DVC (``files/md5/<2>/<30>``), but DVC's word is not taken: a tier is
asked what it holds, object by object and with its size, and bytes are hashed when they move.
All files of all outputs move in one batch, files before the list (``.dir``) that names them.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg.errors import ActionNeeded, BytesDiffer, MedregError, NotFound, Transient
from medreg.files.hashing import md5_file
from medreg.report import Progress, Silent
from medreg.versions import dvc
from medreg.versions.pipeline import RESTRICTED

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from dvc.repo import Repo
    from dvc_data.hashfile.db import HashFileDB

    from medreg.versions.outs import Out

LISTINGS = 32  # asked of a tier at the same time
MOVERS = 2  # batches under way
BATCH = 64_000_000  # bytes: one batch of objects moves while those of another are hashed
SILENT: Progress = Silent()


def nobody(_landed: Iterable[object]) -> None:
    """Ignore what landed."""


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
    landed: Callable[[Iterable[Piece]], None] = nobody,
) -> list[Piece]:
    """Bring into the cache what it lacks of *wanted*, and return the objects, lists included.

    Without a *tier*, each one is tried, the default first. *below* narrows folders to some of
    their sub-folders, *only* to files of these paths. Each object is hashed when it arrives.
    *landed* is told, from any thread, of the objects that the cache now holds, each once.
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
    paths: dict[str, list[Piece]] = {}
    for piece in content:
        paths.setdefault(piece.md5, []).append(piece)
    _bring(
        repo, list(content), tier, progress, lambda oids: landed(p for o in oids for p in paths[o])
    )
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


def _bring(
    repo: Repo,
    wanted: Sequence[Piece],
    tier: str,
    progress: Progress,
    landed: Callable[[Iterable[str]], None] = nobody,
) -> None:
    """Bring *wanted* into the cache, from each tier in turn until nothing is missing."""
    held = _held(repo, {piece.md5 for piece in wanted})
    landed(sorted(held))
    missing = {piece.md5: piece for piece in wanted if piece.md5 not in held}
    problems: list[MedregError] = []
    sources = {out: tiers_of(repo, out, tier) for out in {piece.out for piece in missing.values()}}
    for source in dict.fromkeys(name for names in sources.values() for name in names):
        asked = {md5: p.path for md5, p in missing.items() if source in sources[p.out]}
        if asked:
            problems += _download(repo, source, asked, progress, landed)
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
    name = paths[0].split("/")[2]
    return NotFound(
        f"no tier holds {paths[0]}{more}",
        hint=f"push it from where it is (medreg push {name}), or make it again: "
        f"medreg reproduce {name}@VERSION",
    )


def _held(repo: Repo, oids: Iterable[str]) -> set[str]:
    """Return those that the cache holds; one that was not hashed yet is hashed now."""
    return set(repo.cache.local.oids_exist(list(oids)))


def _download(
    repo: Repo,
    tier: str,
    paths: Mapping[str, str],
    progress: Progress,
    landed: Callable[[Iterable[str]], None],
) -> list[MedregError]:
    """Copy what *tier* holds of *paths* (by md5) into the cache; return what went wrong."""
    from medreg.versions.watch import Watch

    try:
        store = repo.cloud.get_remote_odb(tier)
        present = sizes(store, paths)
    except Exception as error:  # noqa: BLE001  # any of DVC's or a storage library's; bugs go on
        return [known(error)]
    failed: dict[str, MedregError] = {}
    watch = Watch(progress)

    def move(batch: Sequence[str]) -> None:
        repo.cache.local.add(
            [store.oid_to_path(md5) for md5 in batch],
            store.fs,
            list(batch),
            check_exists=False,
            verify=True,  # always: the tier's own setting may say otherwise
            callback=watch,
            on_error=lambda md5, error: failed.update({md5: known(error)}),
        )
        landed(sorted(_held(repo, batch)))

    if present:
        progress.start(f"pull from {tier}", sum(present.values()), "B")
        with ThreadPoolExecutor(MOVERS) as pool:
            try:
                for _ in pool.map(move, _batches(present)):
                    pass
            except BaseException:  # such as Ctrl-C: nobody waits for what is under way
                watch.stop()
                raise
        progress.finish()
    for md5 in present.keys() - failed.keys() - _held(repo, present):
        failed[md5] = BytesDiffer(
            f"tier {tier} holds other bytes for {paths[md5]} than were recorded (md5 {md5})",
            hint=f"remove {store.oid_to_path(md5)}, then, where the data is whole: "
            f"medreg push --tier {tier}",
        )
    return list(failed.values())


def _batches(sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Cut objects into batches, in their order: of `BATCH` bytes or somewhat more, or fewer."""
    most = min(BATCH, sum(sizes.values()) // MOVERS + 1)
    batch: list[str] = []
    filled = 0
    for md5, size in sizes.items():
        batch.append(md5)
        filled += size
        if filled >= most:
            yield batch
            batch, filled = [], 0
    if batch:
        yield batch


def known(error: BaseException) -> MedregError:
    """Return our error for one of DVC or a storage library; raises a bug again."""
    ours = dvc.translate(error)
    if ours is None:
        raise error
    return ours


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


def poisoned(file: Path, md5: str) -> bool:
    """Tell whether a cached object held other bytes than its name says; if so, it is removed.

    DVC trusts what it once wrote. Something else may have written since, through a link.
    """
    lies = md5_file(file) != md5.removesuffix(".dir")
    if lies:
        file.unlink()
    return lies
