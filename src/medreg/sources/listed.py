"""Bring the files that a publisher lists: those chosen, several at once."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from medreg.errors import CannotHere, NotFound, Refused
from medreg.files.names import is_litter, member_path, refuse_collisions
from medreg.model import Offer
from medreg.sources.choose import chosen, unmatched
from medreg.sources.download import Download
from medreg.sources.items import names
from medreg.sources.pool import Only, bring_all, in_order
from medreg.sources.remote import Remote
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer
    from medreg.sources.web import Move


def pick(listed: Iterable[Remote], files: Sequence[str], where: str) -> list[Remote]:
    """Return those of *listed* that *files* chooses, in natural order; hidden files are none.

    Raises `NotFound` naming each of *files* that chooses nothing *where* they were looked for,
    and `Refused` for names that cannot lie in one folder.
    """
    by_path = {remote.path: remote for remote in listed}
    absent = unmatched(files, list(by_path))
    if absent or not by_path:
        raise NotFound(
            f"{where} has no {names(absent) or 'files'}",
            hint=f"it has {names(sorted(by_path, key=natural))}" if by_path else "",
        )
    paths = sorted(chosen(files, by_path), key=natural)
    for path in paths:
        if member_path(path, where) != path:
            raise Refused(f"{where}: {path!r} is no clean path")
    paths = [path for path in paths if not is_litter(path)]
    refuse_collisions(paths, where)
    last = Counter(path.rpartition("/")[2] for path in paths)
    return [replace(by_path[p], lone=last[p.rpartition("/")[2]] == 1) for p in paths]


def pinned(remotes: Sequence[Remote], job: FetchJob, base: str) -> list[Remote]:
    """Let files on record come from the very revision they came from, below *base*.

    For publishers that keep every revision at an address of its own.
    """
    found = {remote.path: remote for remote in remotes}
    for path, record in job.known.items():
        remote = found.get(path)
        if record.source.startswith(base) and (not remote or remote.source != record.source):
            changed = not remote or (remote.checksum and remote.checksum != record.checksum)
            found[path] = Remote(
                path,
                (record.source,),
                size=record.size,
                checksum=record.checksum,
                version=record.version,
                note="the publisher has another revision of it now" if changed else "",
                lone=remote.lone if remote else False,
            )
    return sorted(found.values(), key=lambda remote: natural(remote.path))


def bring(
    job: FetchJob, remotes: Sequence[Remote], move: Move, *, threads: int, files: Sequence[str] = ()
) -> Iterator[tuple[FileRecord, Answer]]:
    """Bring each of *remotes*, *threads* at once; yield records in their order.

    Recorded files that *files* chooses and nobody lists any more are kept while they are here.
    Raises as `Http.fetch`; `NotFound` for recorded files that are gone here and there, and
    `CannotHere` before a byte moves that the disk has no room for.
    """
    wanted = {remote.path for remote in remotes}
    now = set(job.choose([Offer(r.path, r.size, r.checksum, r.note) for r in remotes]))
    if job.listing:
        return
    remotes = [remote for remote in remotes if remote.path in now]
    withdrawn = sorted((p for p in chosen(files, job.known) if p not in wanted), key=natural)
    gone = [path for path in withdrawn if not (job.into / path).is_file()]
    kept = [
        Remote(path, (job.known[path].source,), note="the publisher lists it no more")
        for path in withdrawn
        if path not in gone
    ]
    refuse_full_disk(job, {r.path: r.size or 0 for r in remotes})

    def one(remote: Remote, moved: Callable[[int], None]) -> tuple[FileRecord, Answer]:
        return Download(remote, job, move, moved).bring()

    yield from bring_all(job, [*remotes, *kept], one, threads)
    if gone:
        raise NotFound(
            f"the publisher lists no more: {names(gone)}",
            hint="pull them from a remote with medreg pull, or bring them with --from",
        )


def download_into(  # noqa: PLR0913  # what every download is told
    folder: Path,
    remotes: Sequence[Remote],
    job: FetchJob,
    move: Move,
    moved: Callable[[int], None],
    *,
    threads: int,
) -> Mapping[str, Path]:
    """Have all of *remotes* in a *folder* that is not yet raw; return them by path."""
    own = replace(
        job, into=folder, scratch=folder / ".parts", given=None, known={}, hashed=None, copy=None
    )

    def one(remote: Remote, moved: Callable[[int], None]) -> None:
        Download(remote, own, move, moved).bring()

    for _ in in_order(remotes, one, threads, Only(moved)):
        pass
    return {remote.path: folder / remote.path for remote in remotes}


def refuse_full_disk(job: FetchJob, sizes: Mapping[str, int]) -> None:
    """Raise `CannotHere` when the files that are not here, by path and bytes, have no room."""
    if job.serving:
        return  # who asks has looked
    need = sum(size for path, size in sizes.items() if not (job.into / path).is_file())
    job.into.mkdir(parents=True, exist_ok=True)
    need -= sum(f.stat().st_size for f in job.scratch.rglob("*.part")) if need else 0
    free = shutil.disk_usage(job.into).free
    if need > free:
        raise CannotHere(
            f"no room on disk for {need:,} bytes in {job.into}: {free:,} bytes free",
            hint="free some space, then run the same command again",
        )
