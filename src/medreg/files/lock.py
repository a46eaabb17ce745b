"""One process at a time: a lock that dies with its holder."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from medreg.errors import CannotHere, Transient
from medreg.files.atomic import machine_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOK = 0.05  # seconds between two looks at a lock that another holds
SOON = 60.0  # seconds for which a turn is waited for


@contextmanager
def lock(path: Path, doing: str) -> Iterator[None]:
    """Hold the lock file *path* while *doing* something (words for others who find it taken).

    The kernel releases it when the process ends, however it ends. The file stays: removing it
    would let two processes lock two files of one name. Raises `Transient` naming the holder, and
    `CannotHere` where the file system has no locks.
    """
    with machine_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise _taken(path, file.read()) from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP):
                raise
            raise CannotHere(
                f"the file system of {path} has no locks ({error.strerror})",
                hint="keep the registry on a local disk, or mount the share with locking",
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()} {doing}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


@contextmanager
def turn(path: Path) -> Iterator[None]:
    """Hold the lock file *path* once it is free, for what is over soon; raises `Transient`."""
    with machine_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    with file:
        if waited(file.fileno(), SOON) is False:
            raise _taken(path, "")
        yield


def waited(descriptor: int, patience: float) -> bool | None:
    """Lock the open file *descriptor* once it is free; False if not within *patience* seconds.

    For a lock that a program inherits, so that one that outlives its medreg is waited for. None
    where the file system has no locks.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK)
        except OSError:
            return None
        else:
            return True


def _taken(path: Path, content: str) -> Transient:
    pid, _, doing = content.strip().partition(" ")
    holder = f"process {pid} is busy: {doing}" if pid else "another process has just begun"
    return Transient(
        f"{holder} (lock {path})", hint="wait until it ends, then run the same command again"
    )
