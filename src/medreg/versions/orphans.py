"""What a kill left half-written among the objects: found by whoever comes next, and removed.

DVC gives its temporaries random names, so only the absence of every other process tells that
nobody will finish one. In a folder tier, which others share, ours bear their writer's name.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import socket
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.files.atomic import copied, machine_errors, shared
from medreg.files.hashing import md5_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dvc.repo import Repo

MODE = 0o444  # as DVC protects an object
_OURS = re.compile(r"\.[0-9a-f]{30}(?:\.dir)?\.(?P<host>.+)-(?P<process>\d+)\.part")


@contextmanager
def mended(lock: Path, mend: Callable[[], bool]) -> Iterator[None]:
    """Share the objects with other processes; the first one after a kill calls *mend* alone.

    Every holder notes its process in the file *lock*, and the last one to end in order empties it.
    *mend* tells whether it could do its work.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("a+", encoding="utf-8")
    except OSError:
        yield  # a registry that may only be read holds no temporaries of ours
        return
    with file:
        if os.fstat(file.fileno()).st_size and _alone(file.fileno()) and mend():
            file.truncate(0)
        with suppress(OSError):  # a file system without locks, or one that is full
            fcntl.flock(file.fileno(), fcntl.LOCK_SH)
            file.write(f"{os.getpid()}\n")
            file.flush()
        yield
        file.seek(0)
        if set(file.read().split()) == {str(os.getpid())} and _alone(file.fileno()):
            file.truncate(0)


def _alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def sweep(repo: Repo) -> bool:
    """Remove temporaries: in the registry's own cache, and ours in tiers that are folders.

    And DVC's note of who reads and writes, where a kill left half of it. While a plain DVC is at
    work here nothing is done, and False returned.
    """
    from dvc.lock import LockError

    try:
        with repo.lock:
            _sweep(repo)
    except LockError:
        return False
    return True


def _sweep(repo: Repo) -> None:
    if repo.tmp_dir:
        _mend_note(Path(repo.tmp_dir) / "rwlock")
    cache = Path(repo.cache.local.path)
    if Path(repo.root_dir) in cache.parents:
        for file in (*cache.glob(".*.tmp"), *cache.glob("*/.*.tmp")):
            file.unlink(missing_ok=True)
    for name in repo.config["remote"]:
        store = repo.cloud.get_remote_odb(name)
        if store.fs.protocol == "local":
            for file in Path(store.path).glob("*/.*.part"):
                if _is_orphan(file.name):
                    with suppress(OSError):  # the tier may only be read now
                        file.unlink()


def _mend_note(file: Path) -> None:
    try:
        json.loads(file.read_bytes())
    except ValueError:
        file.unlink()
    except FileNotFoundError:
        pass


def _is_orphan(name: str) -> bool:
    ours = _OURS.fullmatch(name)
    if not ours or ours["host"] != socket.gethostname():
        return False
    try:
        os.kill(int(ours["process"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return int(ours["process"]) == os.getpid()  # a kill came, and the number came round again


def put(source: Path, target: Path, md5: str, moved: Callable[[int], None]) -> bool:
    """Copy an object to a tier that is a folder, whole or not at all; nobody else's way is crossed.

    Returns whether it had the bytes of its *md5*; otherwise it is not put. Raises `CannotHere` for
    a full disk or a missing permission.
    """
    part = target.with_name(f".{target.name}.{socket.gethostname()}-{os.getpid()}.part")
    with machine_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if _copied(source, part, moved) != md5:
                part.unlink()
                return False
            part.chmod(MODE)
            part.replace(target)
        except BaseException:  # tidied up, and raised again
            part.unlink(missing_ok=True)
            raise
    return True


def _copied(source: Path, target: Path, moved: Callable[[int], None]) -> str:
    """Copy, or share the blocks; return the MD5 of what was read, once."""
    if shared(source, target):
        moved(target.stat().st_size)
        return md5_file(target)
    return copied(source, target, hashlib.md5(usedforsecurity=False), moved)
