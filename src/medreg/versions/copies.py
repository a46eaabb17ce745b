"""Write files to DVC's cache while they come: DVC need not copy them when they are here.

Where the file system shares blocks, DVC's own way costs nothing, and nothing is done here. Nor is
anything lost where it fails: DVC copies what the cache lacks.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg.files.atomic import shared
from medreg.files.growing import NEW, Growing
from medreg.versions import dvc, orphans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dvc_data.hashfile.db.local import LocalHashFileDB

    from medreg.registry import Registry


@contextmanager
def arriving(registry: Registry) -> Iterator[Callable[[], Copy] | None]:
    """Yield what begins a copy of one more file; None where the cache shares blocks."""
    with dvc.repository(registry) as repo:
        cache = repo.cache.local
        worth = _writable(cache) and not _shares(registry, cache)
    if not worth:
        yield None
        return
    with orphans.mended(registry.lock("dvc-objects"), lambda: False):
        yield partial(Copy, cache)


def _writable(cache: Any) -> bool:
    """Make the cache's folder; tell whether that could be: if not, DVC will say why."""
    with suppress(OSError):
        cache.makedirs(cache.path)
    return os.access(cache.path, os.W_OK)


def _shares(registry: Registry, cache: Any) -> bool:
    """Tell whether a file of the registry and one in the cache can have blocks in common."""
    probe = _temporary(cache)
    try:
        return shared(registry.root / "pyproject.toml", probe)
    except OSError:
        return False
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)


def _temporary(cache: LocalHashFileDB) -> Path:
    """Return a new name of the kind that is swept up after a kill."""
    return Path(cache.path, f".{secrets.token_hex(11)}.tmp")


class Copy:
    """A file that comes, as an object of *cache*; the first failure ends it."""

    def __init__(self, cache: LocalHashFileDB) -> None:
        self._cache = cache
        self._part: Path | None = None
        self._stream: Growing | None = None
        self._failed = False

    def update(self, data: memoryview) -> None:
        """Take the next bytes."""
        if self._failed:
            return
        try:
            if not self._stream:
                self._part = _temporary(self._cache)
                self._stream = Growing(self._part, NEW)
            self._stream.write(data)
        except OSError:  # such as a full disk: what is fetched needs the room
            self._failed = True
            self.drop()

    def keep(self, md5: str) -> None:
        """Let the bytes be the object *md5*, unless there is one."""
        if not self._part:
            return
        cache: Any = self._cache
        target = Path(cache.oid_to_path(md5))
        with suppress(OSError):
            if not os.path.lexists(target):
                cache.makedirs(str(target.parent))
                cache.protect(str(self._part))
                self._part.rename(target)
                self._part = None
        self.drop()

    def drop(self) -> None:
        """Forget the bytes."""
        if self._stream:
            self._stream.close()
            self._stream = None
        if self._part:
            with suppress(OSError):
                self._part.unlink(missing_ok=True)
            self._part = None
