"""Which cases were withdrawn, as far as this registry knows: here, and where it was cloned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.files.hashing import sha256_file
from medreg.tables import WithdrawnRow, from_csv, to_csv
from medreg.versions import git

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from medreg.registry import Registry
    from medreg.tables import ManifestRow

FILE = "registry/withdrawn.csv"  # the tombstones: git keeps them for ever


def rows(registry: Registry) -> list[WithdrawnRow]:
    """Return every tombstone.

    What was last fetched from the registry's origin counts too, so that an old working tree brings
    nothing back.
    """
    file = registry.root / FILE
    known = from_csv(file.read_bytes(), WithdrawnRow, str(file)) if file.is_file() else []
    done = git.attempt(registry.root, "cat-file", "blob", f"origin/HEAD:./{FILE}")
    if done.returncode == 0:
        known += from_csv(done.stdout, WithdrawnRow, where=f"origin/HEAD:{FILE}")
    return list({(row.dataset, row.case): row for row in known}.values())


def withdrawn(registry: Registry) -> Mapping[str, str]:
    """Return why each withdrawn case may not be used any more, by ``dataset/case``."""
    return {f"{row.dataset}/{row.case}": row.reason for row in rows(registry)}


def table(registry: Registry) -> bytes:
    """Return the table of all tombstones."""
    return to_csv(rows(registry), WithdrawnRow)


def forget(content: Path, listed: Iterable[ManifestRow], gone: Collection[str]) -> None:
    """Delete below *content* what an earlier pull brought of cases that are *gone*."""
    for row in listed:
        file = content / row.path
        if row.source in gone and file.is_file() and sha256_file(file) == row.sha256:
            file.unlink()
            if file.parent != content and not any(file.parent.iterdir()):
                file.parent.rmdir()
