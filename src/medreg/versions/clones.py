"""Clones of registries that others pin: one for each URL and person, with one shared DVC cache.

They lie in ``$MEDREG_CACHE``, else ``$XDG_CACHE_HOME/medreg``, else ``~/.cache/medreg``, and can be
deleted at any time.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import BytesDiffer, MedregError, Misuse, NotFound
from medreg.files.atomic import write_bytes
from medreg.files.hashing import sha256_bytes
from medreg.files.lock import lock
from medreg.registry import Registry
from medreg.versions import beside, git, releases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medreg.versions.pins import Pin

LOCAL = ".dvc/config.local"  # of this machine alone; git ignores it


def home() -> Path:
    """Return the folder of all clones and of the cache that they share."""
    own = os.environ.get("MEDREG_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "medreg"


def open_clone(url: str, tag: str = "") -> Registry:
    """Return a clone of the registry at *url*; it is brought up to date unless it has *tag*.

    Raises `Misuse` when *url* is no registry, and what git says when it cannot be reached.
    """
    address = absolute(url)
    where = home() / "registries" / f"{_name(address)}-{sha256_bytes(address.encode())[:12]}"
    with lock(where.with_suffix(".lock"), f"clone {url}"):
        if not (where / LOCAL).is_file():
            _clone(address, where)
        elif not tag or tag not in git.tags(where, tag):
            git.run(where, "fetch", "--quiet", "--tags", "--force", "origin")
    return Registry(where)


def _clone(address: str, where: Path) -> None:
    """Clone *address* to *where*; its settings come last, so that a killed clone is made again."""
    import shutil

    shutil.rmtree(where, ignore_errors=True)
    try:
        git.clone(address, where)
    except MedregError as error:
        if "does not exist" in error.message or "not found" in error.message:
            raise NotFound(
                f"there is no git repository at {address}",
                hint="name what git clone takes: a folder or an address",
            ) from None
        raise
    if not (where / ".dvc" / "config").is_file():
        shutil.rmtree(where)
        raise Misuse(
            f"{address} is no registry: it has no .dvc/config",
            hint="name the URL that a registry is cloned from",
        )
    write_bytes(where / LOCAL, "".join(_settings(address, where)).encode())


def _settings(address: str, where: Path) -> Iterator[str]:
    """Yield what differs here: the shared cache, and tiers that lie beside the original."""
    yield f"[cache]\n    dir = {home() / 'cache'}\n"
    if Path(address).is_dir():
        for tier, place in beside.folders(where, Path(address)):
            yield f"['remote \"{tier}\"']\n    url = {place}\n"


def absolute(url: str) -> str:
    """Return *url* as it can be used from any folder."""
    if url.startswith("-") or not url:
        raise Misuse(f"{url!r} is no URL of a registry", hint="medreg pin URL NAME@VERSION")
    local = Path(url).expanduser()
    return str(local.resolve()) if local.exists() else url


def _name(address: str) -> str:
    kept = address.rstrip("/").rpartition("/")[2].removesuffix(".git")
    return "".join(c for c in kept if c.isalnum() or c in "-_") or "registry"


def pinned(pin: Pin) -> Registry:
    """Return a clone that holds the release of *pin*.

    Raises `BytesDiffer` when its tag moved, or was made of another manifest.
    """
    registry = open_clone(pin.url, pin.release)
    require_same(registry, pin)
    git.attempt(registry.root, "fetch", "--quiet", "origin")  # it tells what was withdrawn since
    asked = git.attempt(registry.root, "ls-remote", "origin", f"refs/tags/{pin.release}^{{}}")
    listed = asked.stdout.decode().split()
    if asked.returncode == 0 and listed:  # out of reach, what was cloned before is as good
        _same("commit", listed[0], pin.commit, pin)
    return registry


def require_same(registry: Registry, pin: Pin) -> None:
    """Raise `BytesDiffer` when the release is not what was pinned."""
    found = releases.record_of(registry.root, pin.release)
    _same("commit", git.resolve(registry.root, pin.release), pin.commit, pin)
    _same("manifest", found.manifest_sha256, pin.manifest_sha256, pin)


def _same(what: str, found: str, wanted: str, pin: Pin) -> None:
    if found != wanted:
        raise BytesDiffer(
            f"{pin.release} was moved: its {what} is {found} at {pin.url}, and {wanted} is pinned",
            hint="ask the registry's keepers; to take the new one on purpose: "
            f"medreg pin {pin.url} {pin.release}",
        )
