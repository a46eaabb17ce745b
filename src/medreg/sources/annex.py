"""Ask git and git-annex, as programs, for a snapshot and for files of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from medreg.errors import CannotHere, NotFound, Transient
from medreg.files.atomic import discard, remove
from medreg.files.hashing import sha256_bytes
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
LEFT = ("*.lock", "annex/*.lock", "refs/**/*.lock")  # in .git, by a git that was killed
NOBODY = "not available"  # what git-annex says where it knows nobody to ask
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
    useless: threading.Event = field(default_factory=threading.Event)  # it knows nobody to ask
    _keys: dict[str, str] = field(default_factory=dict)  # by path
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _used: dict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))

    def remotes(self) -> Iterator[Remote]:
        """Yield every file of the snapshot, with its size and digest; links within it are none."""
        self._learn_keys()
        told = self._run("git", "ls-tree", "-r", "-l", "-z", "HEAD").split("\0")
        for line in filter(None, told):
            about, _, path = line.partition("\t")
            mode, _, digest, size = about.split()
            key = self._keys.get(path, "")
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

    def _learn_keys(self) -> None:
        """Ask the snapshot itself: a killed git-annex may leave no file where one belongs."""
        told = self._run(*_annex(), "find", "--branch=HEAD", "--include=*", "--json")
        found = (json.loads(line) for line in told.splitlines())
        self._keys.update((one["file"], one["key"]) for one in found)

    def move(self, url: str, part: Partial, moved: Callable[[int], None]) -> str:
        """Have git-annex bring the file, and copy it to *part*; what it brought goes again."""
        path = unquote(url.removeprefix(f"{self.url}/"))
        key = self._keys.get(path)
        if key is None:
            part.take(self.folder / path, moved)
            return ""
        with self._used[key]:  # two files may have the same content
            self._get(key, url)
            part.take(self.folder / self._run(*_annex(), "contentlocation", key).strip(), moved)
            with self._lock:
                self._run(*_annex(), "drop", "--force", "--quiet", "--key", key)
        return ""

    def _run(self, *words: str) -> str:
        return _run(self.folder, self.held, *words)

    def _get(self, key: str, url: str) -> None:
        """Have the content of *key*; raises `Transient`, naming it, where nobody gives it."""
        longest = _longest(key)
        try:
            done = subprocess.run(
                [*_annex(), "get", *AGAIN, "--json", "--json-error-messages", "--key", key],
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
        if bad and str(bad.get("note")).startswith(NOBODY):
            self.useless.set()
        raise Transient(
            f"{url}: git-annex cannot bring {key}: {words.strip()}",
            hint="run the same command later; if it stays so, tell the publisher this key",
        )


@contextmanager
def clone(url: str, tag: str, scratch: Path) -> Iterator[Clone]:
    """Yield the clone of *url* at *tag* in *scratch*, made anew unless one is there.

    A git that outlived a fetch that was killed is waited for. A clone that knows nobody to ask is
    deleted: the next fetch makes it anew. Raises `CannotHere` without
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
        folder = scratch / f"clone-{sha256_bytes(f'{url}@{tag}'.encode())[:12]}"
        if folder.is_dir():
            for left in [path for pattern in LEFT for path in (folder / ".git").glob(pattern)]:
                left.unlink()
        else:
            begun = scratch / "clone.part"
            patiently(url, lambda: _cloned(url, tag, begun, held))
            # A killed init knows no special remote, and a second one does not mend that.
            _run(begun, held, *_annex(), "init", "--quiet", "medreg")
            begun.rename(folder)
        made = Clone(url.rstrip("/"), tag, folder, held)
        try:
            yield made
        finally:
            if made.useless.is_set():
                discard(folder)


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


def _longest(key: str) -> float:
    """Return the seconds that git-annex may take for *key*: it has no limit of its own."""
    size = re.search(r"-s(\d+)", key)
    return SILENT + (int(size[1]) / SLOWEST if size else DAY)
