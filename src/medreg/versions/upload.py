"""Copy objects from the cache to a tier: each is hashed before it leaves."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from medreg.errors import BytesDiffer, MedregError, NotFound
from medreg.versions import orphans
from medreg.versions.objects import SILENT, cached, known, poisoned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dvc.repo import Repo
    from dvc_data.hashfile.db import HashFileDB

    from medreg.report import Progress
    from medreg.versions.objects import Piece


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
        on_error=lambda _md5, error: failed.append(known(error)),
    )
    progress.finish()
    if failed:
        raise failed[0]
    return total


def _here(repo: Repo, piece: Piece) -> Path:
    file = cached(repo, piece.md5)
    if not file.is_file():
        _, _, name, what, *_ = f"{piece.path}/".split("/")
        verb = "fetch" if what == "raw" else "pull"
        raise NotFound(
            f"the cache lacks {piece.path}", hint=f"bring it first: medreg {verb} {name}"
        )
    return file
