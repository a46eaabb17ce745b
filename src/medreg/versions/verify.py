"""Compare a folder with its manifest, byte by byte: needs neither git, nor DVC, nor a network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from medreg.errors import BytesDiffer, NotFound
from medreg.files.atomic import machine_errors
from medreg.files.manifest import Difference, compare
from medreg.report import Progress, Silent
from medreg.tables import ManifestRow, from_csv

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from medreg.registry import Registry

DATA = "data/"
SHOWN = 5  # differences named in an error; the rest is counted


def manifest(
    file: Path, hint: str = "name one: medreg verify DIR --against FILE"
) -> list[ManifestRow]:
    """Read a ``manifest.csv``; raises `NotFound` with *hint*, and `BytesDiffer` when it is none."""
    try:
        return from_csv(file.read_bytes(), ManifestRow, where=str(file))
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"there is no manifest at {file}", hint=hint) from None


def verify(
    folder: Path,
    rows: Sequence[ManifestRow],
    *,
    voxels: bool = False,
    proved: Collection[str] = (),
    progress: Progress | None = None,
) -> list[Difference]:
    """Compare every byte of what *rows* list below *folder*; nothing is returned when they agree.

    A file that no row lists is a difference too. A set's manifest speaks of its ``data/`` alone,
    so what lies beside that is not looked at. *voxels* also reads every volume and compares its
    voxel digest. The paths in *proved* are not read: see `medreg.versions.proved`.
    """
    watch = progress or Silent()
    inside = DATA if all(row.path.startswith(DATA) for row in rows) else ""
    rebased = [replace(row, path=row.path.removeprefix(inside)) for row in rows]
    known = {path.removeprefix(inside) for path in proved}
    watch.start("verify", sum(row.size for row in rows if row.path not in proved), "B")
    with machine_errors(folder):
        if not (folder / inside).is_dir():
            return [Difference(row.path, "missing", f"{row.size} bytes") for row in rows]
        found = [
            replace(difference, path=inside + difference.path)
            for difference in compare(folder / inside, rebased, proved=known, moved=watch.moved)
        ]
        if voxels and not found:
            found += _voxels(folder, rows)
    watch.finish()
    return found


def verify_release(registry: Registry, target: str, *, progress: Progress | None = None) -> int:
    """Compare the workspace of ``NAME``, or ``NAME@VERSION``, with its manifest.

    Returns how many files are identical. Raises `BytesDiffer` naming those that are not, also when
    the manifest here is not that of the release. Withdrawn cases must be absent.
    """
    from medreg.files.hashing import sha256_bytes
    from medreg.versions import outs, releases
    from medreg.versions.withdrawals import withdrawn

    name, version = releases.split(target)
    where = outs.folder(registry, name)
    folder = registry.root / where
    gone = withdrawn(registry)
    _require_recorded(registry, where)
    writes = "curate" if where.startswith("registry/sets/") else "check"
    listed = manifest(folder / "manifest.csv", f"medreg {writes} {name} writes it")
    rows = [row for row in listed if row.source not in gone]
    if version:
        record = releases.record_of(registry.root, releases.tag_of(name, version))
        if sha256_bytes((folder / "manifest.csv").read_bytes()) != record.manifest_sha256:
            raise BytesDiffer(
                f"{folder} holds another version of {name} than {target}",
                hint=f"medreg pull {target}",
            )
    differences = verify(folder / outs.content(where), rows, progress=progress)
    require(differences, target, hint=f"medreg pull {target}")
    return len(rows)


def _require_recorded(registry: Registry, where: str) -> None:
    """Raise `BytesDiffer` when the manifest is not as ``dvc.lock`` has it: it proves nothing."""
    from medreg.files.hashing import md5_file
    from medreg.versions import outs

    for out in outs.recorded_at(registry, where):
        file = registry.root / out.path
        if out.path == f"{where}/manifest.csv" and file.is_file() and md5_file(file) != out.md5:
            name = where.rpartition("/")[2]
            verb = "curate" if out.stage == "write" else out.stage
            raise BytesDiffer(
                f"{file} is not the manifest that was recorded",
                hint=f"if somebody edited it: git restore {out.path}; "
                f"if a command was stopped: medreg {verb} {name}",
            )


def _voxels(folder: Path, rows: Sequence[ManifestRow]) -> Iterator[Difference]:
    from medreg.imaging import nifti

    for row in rows:
        if row.voxels:
            digest = nifti.load(folder / row.path).digest()
            if digest != row.voxels:
                yield Difference(row.path, "differs", f"voxels {digest}, not {row.voxels}")


def require(differences: Sequence[Difference], what: str, *, hint: str = "") -> None:
    """Raise `BytesDiffer` naming the first few *differences* of *what*; return if none."""
    if not differences:
        return
    named = [f"{d.path} {d.problem} ({d.detail})" for d in differences[:SHOWN]]
    more = len(differences) - SHOWN
    raise BytesDiffer(
        f"{what} differs from its manifest in {len(differences)} files: "
        + "; ".join(named)
        + (f"; and {more} more" if more > 0 else ""),
        hint=hint,
    )
