"""A file that grows by large pieces, past the kernel's page cache where the disk keeps up.

What is fetched is not read again soon. To keep it in the page cache costs the copy, and in a
virtual machine whose host must first find the memory 2.5 s/GB of processor, for 0.7 s/GB past it
(two cores, ext4, Linux 6.18). A slow disk is left to the kernel, which orders what is written.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DIRECT = getattr(os, "O_DIRECT", 0)  # Linux has it
AGAIN, FURTHER, NEW = os.O_TRUNC, os.O_APPEND, os.O_EXCL  # from its start, at its end, only if new
BLOCK = 4096  # bytes: where a direct write may begin and end
LEAST = 1 << 18  # bytes that are worth waiting for the disk
WRITE = 1 << 16  # bytes given to the page cache at once: a kernel that is given more looks for
# larger pages, which in a virtual machine took three times the processor
TRIAL = 64 << 20  # bytes that a disk is tried with
UNABLE = (errno.EINVAL, errno.EOPNOTSUPP)  # what a file system says that knows no direct writes
SLOW = 150e6  # bytes in a second: less than that, and the kernel orders the writes


class Disk:
    """What was seen of one file system: how fast it takes direct writes, or that it takes none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._size, self._busy = 0, 0.0  # bytes written, and seconds in which some were
        self._writers, self._since = 0, 0.0
        self.able = DIRECT != 0

    @property
    def keeps_up(self) -> bool:
        """Tell whether writing past the page cache is worth it."""
        return self.able and (self._size < TRIAL or self._size > SLOW * self._busy)

    @contextmanager
    def writing(self, size: int) -> Iterator[None]:
        """Measure one write of *size* bytes; several may go on at once."""
        with self._lock:
            if not self._writers:
                self._since = time.monotonic()
            self._writers += 1
        try:
            yield
        finally:
            with self._lock:
                self._writers -= 1
                self._size += size
                if not self._writers:
                    self._busy += time.monotonic() - self._since


_disks: dict[int, Disk] = {}  # by device


class Growing:
    """*file*, opened to append to; its folder is there.

    What is written must lie in memory that begins at a page, as `mmap.mmap` has it, or at the same
    place within a page as in the file; else it goes through the page cache. A write that failed
    fails again: what comes later must not lie in its place.
    """

    def __init__(self, file: Path, mode: int) -> None:
        """Open *file*, in *mode* `AGAIN`, `FURTHER` or `NEW`."""
        self._flags = mode
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | mode, 0o666)
        status = os.fstat(self._file)
        self._at = status.st_size
        self._disk = _disks.setdefault(status.st_dev, Disk())
        self._failure: OSError | None = None

    def write(self, data: memoryview) -> None:
        """Append all of *data*; raises `OSError`, the first one for ever."""
        if self._failure:
            raise self._failure
        try:
            if len(data) >= LEAST and self._at % BLOCK == 0 and self._disk.keeps_up:
                data = data[self._past(data[: len(data) // BLOCK * BLOCK]) :]
            while data:
                data = data[self._count(os.write(self._file, data[:WRITE])) :]
        except OSError as failure:
            self._failure = failure
            raise

    def _past(self, blocks: memoryview) -> int:
        """Write *blocks* to the disk itself; return how many bytes it took."""
        try:
            fcntl.fcntl(self._file, fcntl.F_SETFL, self._flags | DIRECT)
            with self._disk.writing(len(blocks)):
                return self._count(os.write(self._file, blocks))
        except OSError as error:
            if error.errno not in UNABLE:
                raise
            self._disk.able = False
            return 0
        finally:
            fcntl.fcntl(self._file, fcntl.F_SETFL, self._flags)

    def _count(self, size: int) -> int:
        self._at += size
        return size

    def close(self) -> None:
        """Close it."""
        os.close(self._file)
