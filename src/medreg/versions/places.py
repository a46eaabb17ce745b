"""Where recorded bytes lie, as far as this machine knows without asking anybody.

DVC itself is not loaded. A folder that lists its files is put into a cache or tier after them, so
where the list lies the files do: `medreg tiers` asks for each of them, and `medreg push` proves it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import Misuse
from medreg.versions import beside, git
from medreg.versions.pipeline import RESTRICTED
from medreg.versions.releases import order, split

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.versions.outs import Out

OBJECTS = "files/md5"  # of DVC 3, in its cache as in every remote


@dataclass(frozen=True, slots=True)
class Place:
    """A tier, or the cache (*name* empty): *folder* is None where it is not on this machine."""

    name: str
    folder: Path | None

    def may_hold(self, out: Out) -> bool:
        """Tell whether *out* may lie there at all."""
        if not self.name:
            return True
        return out.remote == self.name if out.remote else not self.name.startswith(RESTRICTED)

    def holds(self, out: Out) -> bool:
        """Tell whether *out* lies in the folder; False where there is none."""
        if self.folder is None:
            return False
        return (self.folder / out.md5[:2] / out.md5[2:]).is_file()


def cache(root: Path) -> Place:
    """Return the cache of the registry at *root*."""
    chosen = beside.setting(root, "cache", "dir")
    return Place("", (root / ".dvc" / (chosen or "cache")).resolve() / OBJECTS)


def tiers(root: Path) -> list[Place]:
    """Return every tier, the default one first; a clone finds its original's folders."""
    first = beside.setting(root, "core", "remote")
    known = {**beside.addresses(root), **beside.elsewhere(root)}
    return [
        Place(name, _folder(root, known[name]))
        for name in sorted(known, key=lambda name: (name != first, name))
    ]


def _folder(root: Path, url: str) -> Path | None:
    if "://" in url:
        return None
    return (root / ".dvc" / Path(url).expanduser()).resolve() / OBJECTS


@dataclass(frozen=True, slots=True)
class Tagged:
    """The last release of a name: what its tag says, as `medreg.versions.releases.Record`."""

    version: str
    day: str  # ISO 8601
    manifest_sha256: str
    audited: tuple[str, ...]


def last_releases(root: Path) -> Mapping[str, Tagged]:
    """Return the last release of each name, of all tags, with one call of git.

    Signatures are not looked at: `medreg log` and `medreg verify` do.
    """
    form = "%(refname:strip=2)%00%(taggerdate:short)%00%(contents)%00"
    listed = git.attempt(root, "for-each-ref", f"--format={form}", "refs/tags/*@v*")
    found: dict[str, Tagged] = {}
    cells = listed.stdout.decode(errors="replace").split("\0")
    for tag, day, message in zip(cells[::3], cells[1::3], cells[2::3], strict=False):
        try:
            name, version = split(tag.strip())
        except Misuse:  # somebody's tag of another kind
            continue
        if name not in found or order(found[name].version) < order(version):
            digest, audited = _said(message)
            found[name] = Tagged(version, day, digest, audited)
    return found


def _said(message: str) -> tuple[str, tuple[str, ...]]:
    """Read the message of a tag; nothing where medreg did not write it."""
    try:
        content, _ = json.JSONDecoder().raw_decode(message)
        return str(content["manifest_sha256"]), tuple(map(str, content["tiers"]))
    except (ValueError, KeyError, TypeError):
        return "", ()
