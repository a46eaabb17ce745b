"""Bring a plugin that somebody else wrote, as bytes: a file, or a path in a git repository."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import CannotHere, MedregError, Misuse, NotFound
from medreg.versions import git

if TYPE_CHECKING:
    from collections.abc import Sequence

_ADDRESS = re.compile(r"git\+(?P<url>[^#]+?)(?:@(?P<revision>[^@/:#][^@#]*))?#(?P<path>[^#]+)")
_URL = re.compile(r"(https?|ssh|git|file)://.+")
HINT = "git+https://host/repo@REVISION#path/plugin.py"


@dataclass(frozen=True, slots=True)
class Brought:
    """A plugin's *data*, where it came from, and at which *revision* (a commit; empty: a file)."""

    name: str
    data: bytes
    origin: str
    revision: str


def is_foreign(word: str) -> bool:
    """Tell whether *word* names somebody's plugin, rather than a new one."""
    return word.startswith("git+") or word.endswith(".py") or "/" in word


def bring(address: str, revision: str = "", where: str = "") -> Brought:
    """Return the plugin at *address*: a file, or ``git+URL@REVISION#path``.

    *revision* stands in for one that *address* does not name; *where* is the file and line that
    names the address. Raises `Misuse` for an address of another form, and `NotFound` when the
    file, repository, revision or path is gone.
    """
    if address.startswith("git+"):
        return _from_git(address, revision, f"{where}: " if where else "")
    file = Path(address).expanduser()
    if not file.is_file():
        raise NotFound(
            f"{where + ': ' if where else ''}there is no file {file}",
            hint=f"medreg add-plugin {HINT}",
        )
    return Brought(file.stem, file.read_bytes(), str(file), "")


def _from_git(address: str, revision: str, where: str) -> Brought:
    found = _ADDRESS.fullmatch(address)
    if not found or not _URL.fullmatch(found["url"]):
        raise Misuse(f"{where}{address!r} is no git address of a plugin", hint=HINT)
    url, wanted, path = found["url"], found["revision"] or revision, found["path"]
    if not wanted or wanted.startswith("-") or ".." in path.split("/"):
        raise Misuse(f"{where}{address} names no revision", hint=HINT)
    with tempfile.TemporaryDirectory(prefix="medreg_git_") as scratch:
        folder = Path(scratch)
        git.run(folder, "init", "--quiet", "--bare")
        commit = _fetched(folder, url, wanted, where)
        shown = git.attempt(folder, "cat-file", "blob", f"{commit}:{path}")
        if shown.returncode:
            raise NotFound(
                f"{where}{url} has no file {path} at {wanted} ({commit[:12]})",
                hint=_others(git.run(folder, "ls-tree", "-r", "--name-only", commit)),
            )
    return Brought(Path(path).stem, shown.stdout, f"git+{url}#{path}", commit)


def _fetched(folder: Path, url: str, wanted: str, where: str) -> str:
    """Fetch *wanted* from *url* into the bare repository *folder*; return its commit."""
    options = ("-c", "protocol.ext.allow=never", "fetch", "--quiet", "--no-tags")
    alone = git.attempt(folder, *options, "--depth=1", url, wanted)
    if alone.returncode == 0:
        return git.resolve(folder, "FETCH_HEAD")
    try:  # a server may refuse to hand out a commit by its id: then look among all it has
        git.run(folder, *options, url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    except CannotHere as gone:
        raise NotFound(
            f"{where}{url} is no git repository any more, or has moved: {gone.message}",
            hint="ask its owner for the new address, then: medreg add-plugin NEW --update",
        ) from None
    except MedregError as error:
        raise type(error)(f"{where}{error.message}", hint=error.hint) from None
    try:
        return git.resolve(folder, wanted)
    except NotFound:
        raise NotFound(
            f"{where}{url} has no revision {wanted!r} (any more)",
            hint=f"it has {_revisions(folder)}",
        ) from None


def _others(names: bytes) -> str:
    plugins = [name for name in names.decode(errors="replace").split("\n") if name.endswith(".py")]
    return f"it has {_some(plugins)}" if plugins else "it has no Python file there"


def _revisions(folder: Path) -> str:
    names = git.run(folder, "for-each-ref", "--format=%(refname:short)")
    return _some(names.decode(errors="replace").split()) or "none"


def _some(words: Sequence[str], most: int = 5) -> str:
    return ", ".join(words[:most]) + (" ..." if len(words) > most else "")


def committed(root: Path, path: str, most: int = 50) -> Sequence[bytes]:
    """Return what *path* held in the commits that touched it, newest first; none outside git."""
    log = git.attempt(root, "log", f"-{most}", "--format=%H", "--", path)
    if log.returncode:
        return []
    shown = (
        git.attempt(root, "show", f"{commit}:./{path}") for commit in log.stdout.decode().split()
    )
    return [one.stdout for one in shown if one.returncode == 0]
