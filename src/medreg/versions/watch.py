"""Tell a `Progress` how many bytes DVC has moved."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from fsspec.callbacks import Callback

from medreg.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable

    from medreg.report import Progress


class Watch(Callback):  # type: ignore[misc]  # fsspec has no type information
    """Watches a batch of files; each one gets an own `_File`."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._hearing = Lock()
        self._stopped = False

    def moved(self, size: int) -> None:
        """Report *size* more bytes, from any thread; raises `Transient` once it was stopped."""
        if self._stopped:
            raise Transient("the transfer was stopped", hint="run the same command again")
        with self._hearing:
            self._progress.moved(size)

    def stop(self) -> None:
        """Let every file that is under way end at its next chunk."""
        self._stopped = True

    def branched(self, path_1: str, path_2: str, **_options: Any) -> Callback:
        """Return the callback of one file that goes from *path_1* to *path_2*."""
        return _File(self.moved, (path_1, path_2))


class _File(Callback):  # type: ignore[misc]  # fsspec has no type information
    """Reports each chunk, and at the end what nobody reported: local copies report nothing."""

    def __init__(self, moved: Callable[[int], None], paths: tuple[str, str]) -> None:
        super().__init__()
        self._moved = moved
        self._paths = paths
        self._reported = 0

    def relative_update(self, inc: int = 1) -> None:
        """Report *inc* more bytes."""
        self._reported += inc
        self._moved(inc)

    def absolute_update(self, value: int) -> None:
        """Report that *value* bytes have moved in all."""
        self.relative_update(value - self._reported)

    def close(self) -> None:
        """Report the bytes that were not reported chunk by chunk."""
        size = next((Path(p).stat().st_size for p in self._paths if Path(p).is_file()), 0)
        if size > self._reported:
            self.relative_update(size - self._reported)
