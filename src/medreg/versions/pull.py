"""Pull a release, here or into another folder, and verify every byte of it."""

from __future__ import annotations

import posixpath
from contextlib import nullcontext
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from medreg.errors import BytesDiffer, Misuse, NotFound, aside
from medreg.files.atomic import place
from medreg.files.hashing import sha256_bytes
from medreg.files.lock import lock
from medreg.report import Progress, Silent
from medreg.versions import dvc, git, objects, outs
from medreg.versions import releases as names
from medreg.versions.githeld import write_tracked
from medreg.versions.landing import Landing, sweep
from medreg.versions.part import ALL, chosen, record
from medreg.versions.verify import manifest, require, verify
from medreg.versions.withdrawals import forget, withdrawn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from medreg.files.manifest import Difference
    from medreg.registry import Registry
    from medreg.tables import ManifestRow
    from medreg.versions.objects import Piece
    from medreg.versions.outs import Out
    from medreg.versions.part import Part

RAW = "fetch"  # the stage whose outputs are the publisher's files: pulled only to rebuild


def pull(  # noqa: PLR0913 - what, where from, where to
    registry: Registry,
    release: str,
    *,
    into: Path | None = None,
    tier: str = "",
    part: Part = ALL,
    pipeline: bool = True,
    progress: Progress | None = None,
) -> int:
    """Bring ``NAME@VERSION``, or what is recorded of ``NAME``; return how many files were verified.

    It comes to its own folder in the registry, or to the folder *into*, which then holds the
    release as any reader of it wants it (without DVC's own files unless *pipeline*). A *part* of
    it comes elsewhere only. Cases that were withdrawn since are expected to be absent, and what an
    earlier pull brought of them is deleted. Raises `Misuse` rather than overwrite uncommitted
    work, `NotFound` for an unknown release or bytes that no tier holds, `BytesDiffer`.
    """
    if into is None and not part.is_all:
        raise Misuse(
            "a part of a release cannot lie where the registry keeps the whole",
            hint=f"medreg pull {release} --into DIR",
        )
    watch = progress or Silent()
    name, version = names.split(release)
    tag = names.tag_of(name, version) if version else ""
    expected = names.record_of(registry.root, tag).manifest_sha256 if tag else ""
    where = outs.folder_at(registry, name, tag or "HEAD")
    folder = into or registry.root / where
    content = folder / outs.content(where)
    gone = withdrawn(registry)
    landing = Landing()

    def listed() -> list[ManifestRow]:
        file = folder / "manifest.csv"
        rows = manifest(file)
        if expected and sha256_bytes(file.read_bytes()) != expected:
            raise BytesDiffer(
                f"{file} is not the manifest that {tag} was made with (sha256 {expected})",
                hint="the tag was moved, or the file edited: git fetch --tags --force",
            )
        return rows

    def bring() -> list[ManifestRow]:
        if into is None:
            return _here(registry, where, tag, tier, gone, listed, landing, watch)
        write_tracked(registry, where, tag or "HEAD", into, pipeline=pipeline)
        _tables(registry, where, tag or "HEAD", into, tier)
        rows = listed()
        forget(into / outs.content(where), rows, gone)
        wanted_rows = chosen(part, rows, into, () if part.is_all else registry.vocabulary().names)
        rows = record(into, release, rows, part, wanted_rows, gone)
        _elsewhere(registry, where, tag or "HEAD", into, rows, landing, tier=tier, progress=watch)
        return rows

    def compared(rows: list[ManifestRow]) -> list[Difference]:
        return verify(content, rows, proved=landing.proved(content, rows), progress=watch)

    with lock(registry.lock(name), f"pull {release}"):
        rows = bring()
        differences = compared(rows)
        if _healed(registry, wanted(registry, name, tag), where, content, differences):
            rows = bring()
            differences = compared(rows)
    if differences and not tag and outs.behind(registry, name) == "check":
        hint = f"it was converted anew since its manifest was written: medreg check {name}"
        require(differences, release, hint=hint)
    require(differences, release, hint=_again_without(content, differences, rows))
    return len(rows)


def _healed(
    registry: Registry,
    recorded: Sequence[Out],
    where: str,
    content: Path,
    differences: Sequence[Difference],
) -> bool:
    """Remove poisoned objects from the cache, and files that differ; tell if there were any.

    DVC was content with these files: they rotted at their old size and time, or were copied from
    a poisoned object. An edited file it would not have passed.
    """
    inside = posixpath.join(where, outs.content(where))
    wrong = {posixpath.join(inside, d.path): content / d.path for d in differences}
    found = False
    with dvc.repository(registry) as repo:
        for piece in (p for out in recorded if wrong for p in objects.pieces(repo, out)):
            file = objects.cached(repo, piece.md5)
            if piece.path in wrong and file.is_file():
                objects.poisoned(file, piece.md5)
                wrong[piece.path].unlink(missing_ok=True)
                found = True
    return found


def _here(  # noqa: PLR0913, PLR0917 - what, where from, where to
    registry: Registry,
    where: str,
    tag: str,
    tier: str,
    gone: Mapping[str, str],
    listed: Callable[[], list[ManifestRow]],
    landing: Landing,
    progress: Progress,
) -> list[ManifestRow]:
    name = where.rpartition("/")[2]
    if tag:
        _restore(registry, where, tag)
    needed = wanted(registry, name)
    if gone:
        tables = [out for out in needed if not out.is_folder]
        with dvc.repository(registry) as repo:
            objects.fetch(repo, tables, tier=tier)
        dvc.checkout(registry, _addresses(where, tables))
        rows = listed()
        left = [row for row in rows if row.source not in gone]
        if len(left) < len(rows):  # DVC checks out everything or nothing
            folder = registry.root / where
            forget(folder / outs.content(where), rows, gone)
            _elsewhere(registry, where, "", folder, left, landing, tier=tier, progress=progress)
            return left
    with dvc.repository(registry) as repo:
        with landing.of(repo, lambda piece: registry.root / piece.path) as landed:
            objects.fetch(repo, needed, tier=tier, progress=progress, landed=landed)
        landing.md5.tell(repo)
    dvc.checkout(registry, _addresses(where, needed))
    return listed()


def _addresses(where: str, needed: Sequence[Out]) -> list[str]:
    return [f"{where}/dvc.yaml:{stage}" for stage in dict.fromkeys(out.stage for out in needed)]


def _restore(registry: Registry, where: str, tag: str) -> None:
    """Make the files of *where* that git holds those of *tag*, unless a person edited them.

    A file that is as some release has it was pulled, not edited.
    """
    from_tag = git.differing(registry.root, tag, where)
    edited = set(git.changed(registry.root, [where])) & set(from_tag)
    name = where.rpartition("/")[2]
    for version in names.released(registry.root, name) if edited else ():
        edited &= {*git.differing(registry.root, names.tag_of(name, version), where)}
    if edited:
        raise Misuse(
            f"{', '.join(sorted(edited))} changed and is not committed",
            hint=f"commit it, or bring the release elsewhere: medreg pull {tag} --into DIR",
        )
    if from_tag:
        git.run(registry.root, "restore", f"--source={tag}", "--staged", "--worktree", "--", where)


def _tables(registry: Registry, where: str, revision: str, into: Path, tier: str) -> None:
    """Bring the tables that git does not hold: of what is restricted."""
    needed = wanted(registry, where.rpartition("/")[2], revision)
    tables = [out for out in needed if not out.is_folder]
    with dvc.repository(registry) as repo:
        for piece in objects.fetch(repo, tables, tier=tier) if tables else ():
            place(objects.cached(repo, piece.md5), into / piece.path.removeprefix(f"{where}/"))


def _elsewhere(  # noqa: PLR0913, PLR0917 - what, where from, where to
    registry: Registry,
    where: str,
    revision: str,
    into: Path,
    rows: Sequence[ManifestRow],
    landing: Landing,
    *,
    tier: str,
    progress: Progress,
) -> None:
    """Put those files that the folder *into* lacks of *rows* there."""
    inside = outs.content(where)
    sweep(into / inside, rows)
    differences = landing.standing(into / inside, rows)
    extra = [difference for difference in differences if difference.problem == "extra"]
    require(extra, str(into), hint=_again_without(into / inside, extra, rows))
    lacking = {posixpath.join(inside, difference.path) for difference in differences}
    folders = [o for o in wanted(registry, where.rpartition("/")[2], revision) if o.is_folder]
    only = {posixpath.join(where, path) for path in lacking}

    def target(piece: Piece) -> Path:
        return into / piece.path.removeprefix(f"{where}/")

    with dvc.repository(registry) as repo:
        with landing.of(repo, target) as landed:
            found = objects.fetch(
                repo, folders, tier=tier, only=only, progress=progress, landed=landed
            )
        for piece in found:
            if piece.path in only and target(piece) not in landing:
                place(objects.cached(repo, piece.md5), target(piece))


def _again_without(
    content: Path, differences: Sequence[Difference], rows: Sequence[ManifestRow]
) -> str:
    """Return what to type where files of *content* are in the way: folders, if all unlisted."""
    listed = {parent for row in rows for parent in PurePosixPath(row.path).parents}
    away = set()
    for difference in differences:
        if difference.problem != "missing":
            path = PurePosixPath(difference.path)
            unlisted = [parent for parent in path.parents if parent not in listed]
            away.add(content / (unlisted[-1] if unlisted and rows else path))
    command = f"{aside(sorted(away))}; then " if away else ""
    return f"{command}run the same command again"


def wanted(registry: Registry, name: str, revision: str = "") -> list[Out]:
    """Return what DVC holds of dataset or set *name*, the publisher's files excepted."""
    recorded = outs.recorded(registry, name, revision)
    return [out for out in recorded if out.cached and out.stage != RAW]


def obtainer(
    registry: Registry, *, tier: str = "", progress: Progress | None = None
) -> Callable[[Sequence[tuple[str, str]]], None]:
    """Return the function that brings single converted cases, (dataset, case), to the workspace."""

    def obtain(cases: Sequence[tuple[str, str]]) -> None:
        for dataset in dict.fromkeys(dataset for dataset, _ in cases):
            folders = [case for other, case in cases if other == dataset]
            bring_cases(registry, dataset, folders, tier=tier, progress=progress)

    return obtain


def bring_cases(  # noqa: PLR0913  # what, where from, where to
    registry: Registry,
    dataset: str,
    cases: Sequence[str],
    *,
    revision: str = "",
    root: Path | None = None,
    tier: str = "",
    progress: Progress | None = None,
) -> None:
    """Bring single converted *cases*, as recorded now or at *revision*, below *root*.

    *root* is the registry's own by default, where one process at a time may write: raises
    `Transient` while another does. Only their objects move. Raises `NotFound` when no tier holds
    one.
    """
    alone = nullcontext() if root else lock(registry.lock(dataset), f"pull cases of {dataset}")
    with alone:
        recorded = outs.recorded(registry, dataset, revision, stage="convert")
        folders = [out for out in recorded if out.is_folder]
        with dvc.repository(registry) as repo:
            found = objects.fetch(
                repo, folders, tier=tier, below=cases, progress=progress or Silent()
            )
            known = {piece.path.removeprefix(f"{piece.out.path}/").split("/")[0] for piece in found}
            for case in cases:
                if case not in known:
                    raise NotFound.named("converted case", f"{dataset}/{case}", ())
            for piece in found:
                target = (root or registry.root) / piece.path
                if not piece.is_list and not target.is_file():
                    place(objects.cached(repo, piece.md5), target)
