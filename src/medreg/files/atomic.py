"""Write files and folders whole or not at all: a kill at any moment leaves the old or the new.

Work happens in a temporary beside the target (or in scratch), which is renamed at the end. A
killed run leaves its temporary behind; the next run finds it under the same name and replaces it.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shlex
import shutil
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from medreg.errors import CannotHere
from medreg.files.hashing import CHUNK, sha256_bytes, sha256_file, unwatched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from hashlib import _Hash as Digest

FICLONE = 0x40049409  # linux/fs.h: share the extents of another file, copy-on-write
FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
GONE = ".gone"  # the suffix of a folder that is being deleted


@contextmanager
def machine_errors(path: Path) -> Iterator[None]:
    """Turn a full disk or a missing permission into `CannotHere`, naming the file or *path*."""
    try:
        yield
    except OSError as error:
        known = machine_error(error, path)
        if known is None:
            raise
        raise known from error


def machine_error(error: OSError, path: Path) -> CannotHere | None:
    """Return what `machine_errors` raises for *error*; None when the machine is not to blame."""
    named = Path(os.fsdecode(error.filename)) if error.filename else path
    if error.errno in FULL:
        free = shutil.disk_usage(_existing(path)).free
        return CannotHere(
            f"no room on disk for {named}: {error.strerror}, {free:,} bytes free",
            hint="free some space, then run the same command again: it goes on from there",
        )
    if error.errno in FORBIDDEN:
        look = "findmnt -T" if error.errno == errno.EROFS else "ls -ld"
        return CannotHere(
            f"no permission for {named}: {error.strerror}",
            hint=f"look at: {look} {shlex.quote(str(_existing(named).absolute()))}",
        )
    return None


def _existing(path: Path) -> Path:
    return next(p for p in (path, *path.absolute().parents) if p.exists())


def part_of(target: Path) -> Path:
    """Return where *target* is written before it is whole."""
    return target.with_name(f".{target.name}.part")


@contextmanager
def whole_file(target: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a path to write; it becomes *target* on success and is removed on error.

    Missing folders are made. What is not *durable* survives a kill, but need not survive that
    the machine's power fails within seconds: nothing waits for the disk. Raises `CannotHere` for
    a full disk or a missing permission.
    """
    with machine_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = part_of(target)
        try:
            yield part
            if durable:
                finish(part, target)
            else:
                part.replace(target)
        except BaseException:  # tidied up, and raised again
            part.unlink(missing_ok=True)
            raise


@contextmanager
def changed_file(target: Path) -> Iterator[Path]:
    """Do as `whole_file` does, but leave a *target* alone that holds the same bytes already."""
    with machine_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = part_of(target)
        try:
            yield part
            if not (target.is_file() and _same(part, target)):
                finish(part, target)
        finally:
            part.unlink(missing_ok=True)


def _same(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    return sha256_file(one) == sha256_file(other)


def finish(part: Path, target: Path) -> None:
    """Make the complete file *part* be *target*, durably."""
    _sync(part)
    part.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(target: Path, data: bytes) -> None:
    """Write *data* to *target*, whole or not at all; missing folders are made."""
    with whole_file(target) as part:
        part.write_bytes(data)


@contextmanager
def whole_folder(target: Path, scratch: Path) -> Iterator[Path]:
    """Yield an empty folder below *scratch*; it becomes *target* on success.

    *scratch* lies on the same file system. An older *target* is moved there and deleted, so that
    at no moment a folder at *target* holds files of two runs. On error nothing is left.
    """
    name = f"{target.name}.{sha256_bytes(os.fsencode(target.absolute()))[:12]}"
    fresh, old = scratch / f"{name}.part", scratch / f"{name}.old"
    with machine_errors(target):
        remove(fresh)
        remove(old)
        fresh.mkdir(parents=True)
        try:
            yield fresh
            _swap(fresh, target, old)
        finally:
            remove(fresh)
            remove(old)


def _swap(fresh: Path, target: Path, old: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise


def clear_scratch(scratch: Path) -> None:
    """Delete everything in *scratch*; call it only while holding the lock on its owner."""
    with machine_errors(scratch):
        for path in sorted(scratch.iterdir()) if scratch.is_dir() else ():
            if path.is_dir() and path.suffix != GONE:
                discard(path)
            else:
                remove(path)


def discard(folder: Path) -> None:
    """Delete a folder that loses its name first: a kill leaves no half to be taken for whole."""
    gone = folder.with_name(f"{folder.name}{GONE}")
    remove(gone)
    folder.rename(gone)
    remove(gone)


def remove(path: Path) -> None:
    """Delete a file, or a folder with what it holds, where it is there.

    Also folders that nobody may write in: git-annex makes such.
    """
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
        return
    for name, _, _ in os.walk(path):
        folder = Path(name)
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & stat.S_IRWXU != stat.S_IRWXU:
            folder.chmod(mode | stat.S_IRWXU)
    shutil.rmtree(path)


def place(source: Path, target: Path, moved: Callable[[int], None] = unwatched) -> str:
    """Put the bytes of *source* at *target*, whole or not at all; return their SHA-256 in hex.

    The file system shares the blocks where it can (a reflink); otherwise they are copied. Never
    a hard link: writing to one file must not change the other.
    """
    with whole_file(target) as part:
        return copy(source, part, moved)


def copy(source: Path, target: Path, moved: Callable[[int], None] = unwatched) -> str:
    """Write the bytes of *source* over *target* as `place` does; return their SHA-256 in hex."""
    if shared(source, target):
        return sha256_file(target, moved)
    return copied(source, target, hashlib.sha256(), moved)


def shared(source: Path, target: Path) -> bool:
    """Let *target* share the blocks of *source*; tell whether the file system can."""
    with source.open("rb") as old, target.open("wb") as new:
        return _reflinked(old, new)


def _reflinked(old: BinaryIO, new: BinaryIO) -> bool:
    try:
        fcntl.ioctl(new.fileno(), FICLONE, old.fileno())
    except OSError as error:
        if error.errno in FULL:
            raise
        return False  # another file system, or one that cannot share blocks
    return True


def copied(source: Path, target: Path, digest: Digest, moved: Callable[[int], None]) -> str:
    """Write the bytes of *source* over *target*; return their *digest* in hex."""
    with source.open("rb") as old, target.open("wb") as new:
        while chunk := old.read(CHUNK):
            new.write(chunk)
            digest.update(chunk)
            moved(len(chunk))
    return digest.hexdigest()
