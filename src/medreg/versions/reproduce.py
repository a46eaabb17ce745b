"""Bring a release back, whatever happened since: from what is left of it, or from raw."""

from __future__ import annotations

import posixpath
import shutil
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from medreg.errors import BytesDiffer
from medreg.files.atomic import place, write_bytes
from medreg.files.hashing import sha256_bytes
from medreg.files.lock import lock
from medreg.registry import json_bytes
from medreg.report import Progress, Silent
from medreg.tables import ManifestRow, from_csv, natural
from medreg.versions import dvc, git, objects, outs, part
from medreg.versions import releases as names
from medreg.versions.gather import Item, gather
from medreg.versions.githeld import write_tracked
from medreg.versions.outs import wanted
from medreg.versions.rebuild import Rebuilt, Site, rebuild
from medreg.versions.tools import changed_tools
from medreg.versions.verify import SHOWN, require, verify
from medreg.versions.withdrawals import withdrawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from medreg.engine import Engine
    from medreg.registry import Registry

RECORD = "reproduction.json"
SAME, SAME_VOXELS, GONE = "same bytes", "same voxels", "could not be rebuilt"
Result = Literal["identical", "same voxels, other bytes", "differs"]


@dataclass(frozen=True, slots=True)
class Reproduction:
    """How a release came back; *differing* are the cases that did not."""

    release: str
    commit: str
    manifest_sha256: str
    result: Result
    files: int
    came_from: Mapping[str, int]
    differing: Mapping[str, str]  # "<dataset>/<case>" -> why
    withdrawn: Sequence[str] = ()  # cases that are absent, as they must be
    raw_from: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # by dataset and place
    tools: Mapping[str, str] = field(default_factory=dict)  # that rebuilt it in another version

    def as_json(self) -> dict[str, Any]:
        """Return everything, as ``reproduction.json`` has it."""
        return asdict(self)

    def text(self) -> str:
        """Return one line for a person."""
        sources = ", ".join(f"{n} from {source}" for source, n in self.came_from.items())
        return (
            f"{self.release}  {self.result}  {self.files} files"
            + (f" ({sources})" if sources else "")
            + (f"  withdrawn ({len(self.withdrawn)})" if self.withdrawn else "")
            + "".join(f"\n  {tool} {versions}" for tool, versions in self.tools.items())
        )


def reproduce(  # noqa: PLR0913  # what, where to, and how
    registry: Registry,
    release: str,
    *,
    into: Path,
    engine: Engine,
    today: str,
    from_raw: bool = False,
    copy: str = "",
    progress: Progress | None = None,
) -> Reproduction:
    """Bring the release ``NAME@VERSION`` to the folder *into*, and prove each of its bytes.

    Each file comes from the first that still has it: the workspace, the cache, a tier. What none
    has is rebuilt from raw with the plugins, labels and decisions of the release (*from_raw*:
    everything is), and raw that is nowhere is fetched from the publisher, or taken from *copy*: the
    folder or URL of what publishers offered, with a folder for each dataset. *today* dates that.
    Ends with ``reproduction.json`` in *into*. Raises `NotFound` for an unknown release,
    `BytesDiffer` naming each case that differs and why, `ActionNeeded` when a publisher's files
    must be downloaded by hand.
    """
    name, version = names.split_release(registry.root, release)
    tag = names.tag_of(name, version)
    record = names.record_of(registry.root, tag)
    where = outs.folder_at(registry, name, tag)
    site = Site(
        registry=registry,
        tag=tag,
        engine=engine,
        today=today,
        progress=progress or Silent(),
        from_raw=from_raw,
        gone=withdrawn(registry),
        copy=copy,
    )
    with lock(registry.lock(f"reproduce-{name}"), f"reproduce {release}"):
        write_tracked(registry, where, tag, into)
        listed = _manifest(registry, name, tag, record.manifest_sha256, into)
        rows = part.record(into, tag, listed, part.ALL, listed, site.gone)
        back = _bring(site, where, into, rows)
        tools = changed_tools(into) if back.verdicts else {}
        found = Reproduction(
            release=tag,
            commit=git.resolve(registry.root, tag),
            manifest_sha256=record.manifest_sha256,
            result=_result(back.verdicts.values()),
            files=len(rows),
            withdrawn=part.withdrawn_of(into),
            came_from=dict(back.came_from),
            differing=_cases(back, tools),
            raw_from=back.made.raw_from,
            tools=tools,
        )
        write_bytes(into / RECORD, json_bytes(found.as_json()))
        if back.verdicts:
            shutil.rmtree(site.house.root)
    return _concluded(found, into, into / outs.content(where), rows)


@dataclass(frozen=True, slots=True)
class Back:
    """How many files came from where, and how those that were *made* again compare."""

    came_from: Counter[str]
    made: Rebuilt = field(default_factory=Rebuilt)
    verdicts: Mapping[ManifestRow, str] = field(default_factory=dict)  # on what had to be rebuilt


def _bring(site: Site, where: str, into: Path, rows: Sequence[ManifestRow]) -> Back:
    """Gather the files of the registry's folder *where* in *into*; rebuild what is nowhere."""
    name, inside = posixpath.basename(where), outs.content(where)
    items = {}
    for row in rows:
        path, target = posixpath.join(where, inside, row.path), into / inside / row.path
        items[Item(path, row.size, row.sha256, target)] = row
    missing, came = list(items), Counter[str]()
    if not site.from_raw:
        recorded = wanted(site.registry, name, site.tag)
        gathered = gather(site.registry, items, recorded, progress=site.progress)
        missing, came = list(gathered.missing), gathered.came_from
    if not missing:
        return Back(came)
    made = rebuild(site, name)
    verdicts = {items[i]: _accept(site.house.root / i.path, items[i], i.target) for i in missing}
    came["raw"] = sum(why in (SAME, SAME_VOXELS) for why in verdicts.values())
    return Back(came, made, verdicts)


def _manifest(
    registry: Registry, name: str, tag: str, expected: str, into: Path
) -> list[ManifestRow]:
    """Read the manifest of a release, fetching it where git does not hold it.

    Raises `BytesDiffer` when it is not the one that the release was made with.
    """
    file = into / "manifest.csv"
    tables = [out for out in wanted(registry, name, tag) if not out.is_folder]
    if tables:
        with dvc.repository(registry) as repo:
            for piece in objects.fetch(repo, tables):
                place(objects.cached(repo, piece.md5), into / piece.path.rpartition("/")[2])
    data = file.read_bytes() if file.is_file() else b""
    if sha256_bytes(data) != expected:
        raise BytesDiffer(
            f"the manifest at {tag} is not the one that it was released with (sha256 {expected})",
            hint="the tag was moved: git fetch --tags --force brings the published one back",
        )
    return from_csv(data, ManifestRow, where=str(file))


def _accept(built: Path, row: ManifestRow, target: Path) -> str:
    """Take a rebuilt file if it has the released bytes or voxels; return how it compares."""
    if not built.is_file():
        return GONE
    if place(built, target) == row.sha256:
        return SAME
    if row.voxels and _digest(target) == row.voxels:
        return SAME_VOXELS
    return "has other voxels" if row.voxels else "has other bytes"


def _digest(file: Path) -> str:
    from medreg.imaging import nifti

    return nifti.load(file).digest()


def _result(verdicts: Iterable[str]) -> Result:
    kinds = set(verdicts) - {SAME}
    if not kinds:
        return "identical"
    return "same voxels, other bytes" if kinds == {SAME_VOXELS} else "differs"


def _cases(back: Back, tools: Mapping[str, str]) -> dict[str, str]:
    """Return why each case differs, by its source case, or by its path where it has none."""
    other = f"; other tools: {', '.join(map(' '.join, tools.items()))}" if tools else ""
    return {
        row.source or row.path: (back.made.why(row.source) if why == GONE else "")
        or f"{row.path} {why}{other if why != GONE else ''}"
        for row, why in sorted(back.verdicts.items(), key=lambda entry: natural(entry[0].path))
        if why not in (SAME, SAME_VOXELS)
    }


def _concluded(
    found: Reproduction, into: Path, content: Path, rows: Sequence[ManifestRow]
) -> Reproduction:
    if found.result == "identical":
        require(verify(content, rows), str(content), hint="reproduce into a new folder")
    if found.differing:
        shown = [f"{case} ({why})" for case, why in found.differing.items()][:SHOWN]
        raise BytesDiffer(
            f"{found.release}: {len(found.differing)} cases differ: {'; '.join(shown)}",
            hint=f"all of them, with the reason: {into / RECORD}",
        )
    return found
