"""Ask git and git-annex, as programs, for a snapshot and for files of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from medreg.errors import CannotHere, NotFound, Transient
from medreg.files.atomic import remove
from medreg.files.lock import waited
from medreg.sources.patience import AgainError, login, patiently
from medreg.sources.remote import GIT, Remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from medreg.sources.partial import Partial

KEY = re.compile(r"(MD5|SHA1|SHA256|SHA512)E?-s(\d+)(?:-[^-]+)*--([0-9a-f]+)(?:\..*)?")
LINK = "120000"  # git's mode of a symbolic link
PATIENCE = 120.0  # seconds for which an earlier git is waited for
SILENT = 30.0  # seconds for which git-annex may bring nothing
SLOWEST = 100_000  # bytes a second below which a transfer has stalled: git-annex may hang for ever
DAY = 86_400.0  # seconds for what does not say its size
ROLES = ("AUTHOR", "COMMITTER")
AGAIN = ("-c", "annex.retry=3", "-c", "annex.retry-delay=1")  # after what breaks off
BUSY = re.compile("error: (408|429|5..)|too slow|early EOF|disconnect|onnect|reset")
CLOSED = re.compile("error: (401|403)|could not read Username|Authentication failed")
SILENCE = {"GIT_HTTP_LOW_SPEED_LIMIT": "1", "GIT_HTTP_LOW_SPEED_TIME": "60"}  # bytes a second


@dataclass(frozen=True)
class Clone:
    """A repository *url* at *folder*, at the snapshot *tag*."""

    url: str
    tag: str
    folder: Path
    held: Sequence[int] = ()  # the lock that what runs there inherits
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def remotes(self) -> Iterator[Remote]:
        """Yield every file of the snapshot, with its size and digest; links within it are none."""
        keys = self._keys()
        told = self._run("git", "ls-tree", "-r", "-l", "-z", "HEAD").split("\0")
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
        told = self._run(*_annex(), "find", "--include=*", "--json")
        found = (json.loads(line) for line in told.splitlines())
        return {one["file"]: one["key"] for one in found}

    def move(self, url: str, part: Partial, moved: Callable[[int], None]) -> str:
        """Have git-annex bring the file, and copy it to *part*; what it brought goes again."""
        path = unquote(url.removeprefix(f"{self.url}/"))
        file = self.folder / path
        annexed = file.is_symlink() or _is_pointer(file)
        if annexed:
            self._get(path, url, _longest(file))
        part.take(file, moved)
        if annexed:
            with self._lock:
                self._run(*_annex(), "drop", "--force", "--quiet", "--", path)
        return ""

    def _run(self, *words: str) -> str:
        return _run(self.folder, self.held, *words)

    def _get(self, path: str, url: str, longest: float) -> None:
        """Have the content of one file; raises `Transient`, with its key, where nobody gives it."""
        try:
            done = subprocess.run(
                [*_annex(), "get", *AGAIN, "--json", "--json-error-messages", "--", path],
                cwd=self.folder,
                capture_output=True,
                text=True,
                check=False,
                env=_environment(),
                pass_fds=self.held,
                timeout=longest,
            )
        except subprocess.TimeoutExpired as late:
            raise Transient(
                f"{url}: git-annex brought it not within {longest:.0f} s",
                hint="run the same command again; what came is kept",
            ) from late
        told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        bad = next((one for one in told if not one.get("success")), None)
        if done.returncode == 0 and bad is None:
            return
        words = _reason(bad) if bad else done.stderr[-300:]
        raise Transient(
            f"{url}: git-annex cannot bring {bad['key'] if bad else path}: {words.strip()}",
            hint="run the same command later; if it stays so, tell the publisher this key",
        )


@contextmanager
def clone(url: str, tag: str, scratch: Path) -> Iterator[Clone]:
    """Yield the clone of *url* at *tag* in *scratch*, made anew unless one is there.

    A git that outlived a fetch that was killed is waited for. Raises `CannotHere` without
    git-annex, `NotFound` for what is no such repository or tag, `ActionNeeded` where it is not
    for everybody, `Transient`.
    """
    if not _annex_found():
        raise CannotHere("git-annex is not installed", hint="pip install 'medreg[datalad]'")
    scratch.mkdir(parents=True, exist_ok=True)
    with (scratch / "clone.lock").open("ab") as file:
        if waited(file.fileno(), PATIENCE) is False:
            raise Transient(
                "a git-annex that an earlier fetch began is still at work",
                hint="run the same command later",
            )
        held = (file.fileno(),)
        folder = scratch / f"clone-{quote(tag, safe='')}"
        if not folder.is_dir():
            begun = scratch / "clone.part"
            patiently(url, lambda: _cloned(url, tag, begun, held))
            # A killed init knows no special remote, and a second one does not mend that.
            _run(begun, held, *_annex(), "init", "--quiet", "medreg")
            begun.rename(folder)
        yield Clone(url.rstrip("/"), tag, folder, held)


def _cloned(url: str, tag: str, begun: Path, held: Sequence[int]) -> None:
    remove(begun)
    words = ("git", "clone", "--quiet", "--branch", tag, "--", url, str(begun))
    try:
        _run(begun.parent, held, *words)
    except Transient as failure:
        told = failure.message
    else:
        return
    if "not found" in told:
        raise NotFound(f"{url} has no snapshot {tag!r}, or is no repository")
    if "certificate" in told:
        raise CannotHere(
            f"{url}: the server's certificate is not signed by anybody this machine trusts",
            hint="if it is your own: export GIT_SSL_CAINFO=/path/to/ca.pem",
        )
    if CLOSED.search(told):
        raise login(url, f"{url} is not for everybody: git was refused")
    if BUSY.search(told):
        raise AgainError(told)
    raise Transient(told, hint="run the same command again")


def _annex() -> tuple[str, ...]:
    return (_annex_found() or "git-annex",)


def _annex_found() -> str | None:
    beside = Path(sys.executable).parent
    return shutil.which("git-annex", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")


def _environment() -> dict[str, str]:
    """Let git ask nobody, give up where a server is silent, and find git-annex beside Python.

    Who this person is does not matter: a clone gets commits that nobody else sees.
    """
    beside = Path(sys.executable).parent
    path = f"{beside}{os.pathsep}{os.environ.get('PATH', '')}"
    person = {f"GIT_{role}_{word}": "medreg" for role in ROLES for word in ("NAME", "EMAIL")}
    quiet = {"GIT_TERMINAL_PROMPT": "0", "PATH": path, "LC_ALL": "C.UTF-8"}
    return {**SILENCE, **person, **os.environ, **quiet}


def _run(folder: Path, held: Sequence[int], *words: str) -> str:
    done = subprocess.run(
        words,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=_environment(),
        pass_fds=held,
    )
    if done.returncode:
        raise Transient(
            f"{words[0].rpartition('/')[2]} {words[1]} failed: {done.stderr.strip()[-300:]}",
            hint="run the same command again",
        )
    return done.stdout


def _reason(failed: Mapping[str, Any]) -> str:
    """Return what git-annex says of a file: why it failed, or else where it was looked for."""
    errors = " ".join(failed.get("error-messages", ()))
    return " ".join((errors or failed.get("note", "")).split())[:300]


def _longest(file: Path) -> float:
    """Return the seconds that git-annex may take for *file*: it has no limit of its own."""
    key = str(file.readlink()) if file.is_symlink() else file.read_text(errors="replace")
    size = re.search(r"-s(\d+)", key)
    return SILENT + (int(size[1]) / SLOWEST if size else DAY)


def _is_pointer(file: Path) -> bool:
    """Tell whether *file* only names its content: an unlocked file of git-annex."""
    with file.open("rb") as stream:
        return stream.read(15) == b"/annex/objects/"
