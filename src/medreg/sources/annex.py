"""Ask git and git-annex, as programs, for a snapshot and for files of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from medreg.errors import CannotHere, NotFound, Transient
from medreg.sources.remote import GIT, Remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from medreg.sources.partial import Partial

KEY = re.compile(r"(MD5|SHA1|SHA256|SHA512)E?-s(\d+)(?:-[^-]+)*--([0-9a-f]+)(?:\..*)?")
LINK = "120000"  # git's mode of a symbolic link


@dataclass(frozen=True)
class Clone:
    """A repository *url* at *folder*, at the snapshot *tag*."""

    url: str
    tag: str
    folder: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def remotes(self) -> Iterator[Remote]:
        """Yield every file of the snapshot, with its size and digest; links within it are none."""
        keys = self._keys()
        told = _run(self.folder, "git", "ls-tree", "-r", "-l", "-z", "HEAD").split("\0")
        for line in filter(None, told):
            about, _, path = line.partition("\t")
            mode, _, digest, size = about.split()
            key = keys.get(path, "")
            match = KEY.fullmatch(key)
            if match:
                kind, size, digest = match.groups()
                yield self._remote(path, int(size), f"{kind.lower()}:{digest}", key)
            elif key:
                yield self._remote(path, None, "", key)
            elif mode != LINK:
                yield self._remote(path, int(size), f"{GIT}:{digest}", self.tag)

    def _remote(self, path: str, size: int | None, checksum: str, version: str) -> Remote:
        return Remote(path, (f"{self.url}/{quote(path)}",), size, checksum, version)

    def _keys(self) -> Mapping[str, str]:
        told = _run(self.folder, *_annex(), "find", "--include=*", "--json")
        found = (json.loads(line) for line in told.splitlines())
        return {one["file"]: one["key"] for one in found}

    def move(self, url: str, part: Partial, moved: Callable[[int], None]) -> str:
        """Have git-annex bring the file, and copy it to *part*; what it brought goes again."""
        path = unquote(url.removeprefix(f"{self.url}/"))
        file = self.folder / path
        annexed = file.is_symlink() or _is_pointer(file)
        if annexed:
            self._get(path, url)
        part.take(file, moved)
        if annexed:
            with self._lock:
                _run(self.folder, *_annex(), "drop", "--force", "--quiet", "--", path)
        return ""

    def _get(self, path: str, url: str) -> None:
        """Have the content of one file; raises `Transient`, with its key, where nobody gives it."""
        done = subprocess.run(
            [*_annex(), "get", "--json", "--json-error-messages", "--", path],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env=_environment(),
        )
        told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        bad = next((one for one in told if not one.get("success")), None)
        if done.returncode == 0 and bad is None:
            return
        words = " ".join(bad.get("error-messages", ()))[:300] if bad else done.stderr[-300:]
        raise Transient(
            f"{url}: git-annex cannot bring {bad['key'] if bad else path}: {words.strip()}",
            hint="run the same command later; if it stays so, tell the publisher this key",
        )


def clone(url: str, tag: str, scratch: Path) -> Clone:
    """Return the clone of *url* at *tag* in *scratch*, made anew unless one is there.

    Raises `CannotHere` without git-annex, `NotFound` for what is no such repository or tag.
    """
    if not _annex_found():
        raise CannotHere("git-annex is not installed", hint="pip install 'medreg[datalad]'")
    folder = scratch / f"clone-{quote(tag, safe='')}"
    if not folder.is_dir():
        begun = scratch / "clone.part"
        if begun.exists():
            _remove(begun)
        begun.parent.mkdir(parents=True, exist_ok=True)
        try:
            _run(scratch, "git", "clone", "--quiet", "--branch", tag, "--", url, str(begun))
        except Transient as failure:
            if "not found" not in failure.message:
                raise
            raise NotFound(f"{url} has no snapshot {tag!r}, or is no repository") from None
        _run(begun, *_annex(), "init", "--quiet", "medreg")
        begun.rename(folder)
    return Clone(url.rstrip("/"), tag, folder)


def _remove(folder: Path) -> None:
    """Remove a clone: git-annex takes away the right to write in folders of content."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder)


def _annex() -> tuple[str, ...]:
    return (_annex_found() or "git-annex",)


def _annex_found() -> str | None:
    beside = Path(sys.executable).parent
    return shutil.which("git-annex", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")


def _environment() -> dict[str, str]:
    """Let git ask nobody, and find git-annex where this interpreter has it."""
    beside = Path(sys.executable).parent
    path = f"{beside}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "GIT_TERMINAL_PROMPT": "0", "PATH": path, "LC_ALL": "C.UTF-8"}


def _run(folder: Path, *words: str) -> str:
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, check=False, env=_environment()
    )
    if done.returncode:
        raise Transient(
            f"{words[0].rpartition('/')[2]} {words[1]} failed: {done.stderr.strip()[-300:]}",
            hint="run the same command again",
        )
    return done.stdout


def _is_pointer(file: Path) -> bool:
    """Tell whether *file* only names its content: an unlocked file of git-annex."""
    with file.open("rb") as stream:
        return stream.read(15) == b"/annex/objects/"
