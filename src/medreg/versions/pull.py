"""Pull a release, here or into another folder, and verify every byte of it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from medreg.errors import BytesDiffer, Misuse, aside
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
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.files.manifest import Difference
    from medreg.registry import Registry
    from medreg.tables import ManifestRow
    from medreg.versions.objects import Piece
    from medreg.versions.outs import Out
    from medreg.versions.part import Part


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
    errand = _errand(registry, release, into, tier, progress or Silent())

    def bring() -> tuple[list[ManifestRow], list[Difference]]:
        rows = _here(errand) if into is None else _elsewhere(errand, part, pipeline=pipeline)
        return rows, errand.compared(rows)

    with lock(registry.lock(errand.name), f"pull {release}"):
        rows, differences = bring()
        if differences and _healed(errand, differences):
            rows, differences = bring()
    hint = _again_without(errand.content, differences, rows)
    if differences and not errand.tag and outs.behind(registry, errand.name) == "check":
        hint = f"it was converted anew since its manifest was written: medreg check {errand.name}"
    require(differences, release, hint=hint)
    return len(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One pull: what is brought, from where, and the folder that it comes to."""

    registry: Registry
    release: str  # as it was asked for
    tag: str  # empty: what is recorded now
    revision: str  # whose records say what comes; empty: those in the workspace
    manifest_sha256: str  # that the tag tells of; empty without one
    where: str  # its folder in the registry, relative to the root
    folder: Path
    tier: str
    gone: Mapping[str, str]  # cases that were withdrawn
    progress: Progress
    landing: Landing = field(default_factory=Landing)

    @property
    def name(self) -> str:
        """The dataset or set."""
        return posixpath.basename(self.where)

    @property
    def content(self) -> Path:
        """The folder that the paths of the manifest start from."""
        return self.folder / outs.content(self.where)

    def path(self, file: str) -> str:
        """Return where the registry has a *file* of the manifest, relative to the root."""
        return posixpath.join(self.where, outs.content(self.where), file)

    def target(self, piece: Piece) -> Path:
        """Return where a piece of it comes to."""
        return self.folder / piece.path.removeprefix(f"{self.where}/")

    def wanted(self) -> list[Out]:
        """Return what DVC holds of it, the publisher's files excepted."""
        return outs.wanted(self.registry, self.name, self.revision)

    def listed(self) -> list[ManifestRow]:
        """Read the manifest that came; raises `BytesDiffer` when it is not the release's."""
        file = self.folder / "manifest.csv"
        rows = manifest(file)
        if self.tag and sha256_bytes(file.read_bytes()) != self.manifest_sha256:
            raise BytesDiffer(
                f"{file} is not the manifest that {self.tag} was made with "
                f"(sha256 {self.manifest_sha256})",
                hint="the tag was moved, or the file edited: git fetch --tags --force",
            )
        return rows

    def compared(self, rows: Sequence[ManifestRow]) -> list[Difference]:
        """Return how what lies there differs from *rows*."""
        proved = self.landing.proved(self.content, rows)
        return verify(self.content, rows, proved=proved, progress=self.progress)


def _errand(
    registry: Registry, release: str, into: Path | None, tier: str, progress: Progress
) -> Errand:
    name, version = names.split(release)
    tag = names.tag_of(name, version) if version else ""
    expected = names.record_of(registry.root, tag).manifest_sha256 if tag else ""
    where = outs.folder_at(registry, name, tag or "HEAD")
    return Errand(
        registry=registry,
        release=release,
        tag=tag,
        revision=(tag or "HEAD") if into else "",
        manifest_sha256=expected,
        where=where,
        folder=into or registry.root / where,
        tier=tier,
        gone=withdrawn(registry),
        progress=progress,
    )


def _healed(errand: Errand, differences: Sequence[Difference]) -> bool:
    """Remove poisoned objects from the cache, and files that differ; tell if there were any.

    DVC was content with these files: they rotted at their old size and time, or were copied from
    a poisoned object. An edited file it would not have passed.
    """
    wrong = {errand.path(one.path): errand.content / one.path for one in differences}
    found = False
    with dvc.repository(errand.registry) as repo:
        for piece in (piece for out in errand.wanted() for piece in objects.pieces(repo, out)):
            file = objects.cached(repo, piece.md5)
            if piece.path in wrong and file.is_file():
                objects.poisoned(file, piece.md5)
                wrong[piece.path].unlink(missing_ok=True)
                found = True
    return found


# --- to the registry's own folder --------------------------------------------------------------


def _here(errand: Errand) -> list[ManifestRow]:
    """Let DVC check it out, or bring file by file what was not withdrawn; return what came."""
    registry = errand.registry
    if errand.tag:
        _restore(registry, errand.where, errand.tag)
    needed = errand.wanted()
    if errand.gone:
        rows = _told(errand, needed)
        left = [row for row in rows if row.source not in errand.gone]
        if len(left) < len(rows):  # DVC checks out everything or nothing
            forget(errand.content, rows, errand.gone)
            _put(errand, left)
            return left
    with dvc.repository(registry) as repo:
        with errand.landing.of(repo, errand.target) as landed:
            objects.fetch(repo, needed, tier=errand.tier, progress=errand.progress, landed=landed)
        errand.landing.md5.tell(repo)
    dvc.checkout(registry, _addresses(errand.where, needed))
    return errand.listed()


def _told(errand: Errand, needed: Sequence[Out]) -> list[ManifestRow]:
    """Check out the tables, and return what the manifest lists."""
    tables = [out for out in needed if not out.is_folder]
    with dvc.repository(errand.registry) as repo:
        objects.fetch(repo, tables, tier=errand.tier)
    dvc.checkout(errand.registry, _addresses(errand.where, tables))
    return errand.listed()


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


# --- to another folder -------------------------------------------------------------------------


def _elsewhere(errand: Errand, part: Part, *, pipeline: bool) -> list[ManifestRow]:
    """Write what git holds, then bring the *part* that is asked for; return what came."""
    registry, into = errand.registry, errand.folder
    write_tracked(registry, errand.where, errand.revision, into, pipeline=pipeline)
    _tables(errand)
    rows = errand.listed()
    forget(errand.content, rows, errand.gone)
    asked = chosen(part, rows, into, () if part.is_all else registry.vocabulary().names)
    rows = record(into, errand.release, rows, part, asked, errand.gone)
    _put(errand, rows)
    return rows


def _tables(errand: Errand) -> None:
    """Bring the tables that git does not hold: of what is restricted."""
    tables = [out for out in errand.wanted() if not out.is_folder]
    with dvc.repository(errand.registry) as repo:
        for piece in objects.fetch(repo, tables, tier=errand.tier) if tables else ():
            place(objects.cached(repo, piece.md5), errand.target(piece))


def _put(errand: Errand, rows: Sequence[ManifestRow]) -> None:
    """Put those files of *rows* in their place that it lacks; raises where others lie there."""
    sweep(errand.content, rows)
    differences = errand.landing.standing(errand.content, rows)
    extra = [difference for difference in differences if difference.problem == "extra"]
    require(extra, str(errand.folder), hint=_again_without(errand.content, extra, rows))
    folders = [out for out in errand.wanted() if out.is_folder]
    only = {errand.path(difference.path) for difference in differences}
    tier, progress = errand.tier, errand.progress
    with dvc.repository(errand.registry) as repo:
        with errand.landing.of(repo, errand.target) as landed:
            found = objects.fetch(
                repo, folders, tier=tier, only=only, progress=progress, landed=landed
            )
        for piece in found:
            target = errand.target(piece)
            if piece.path in only and target not in errand.landing:
                place(objects.cached(repo, piece.md5), target)


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
