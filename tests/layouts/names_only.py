"""A tree that has names only, as layouts need it."""

from __future__ import annotations

import io
from typing import BinaryIO

from medreg.errors import NotFound
from medreg.tables import natural


class Names:
    """Files by name; those given as keywords of *contents* can be read."""

    def __init__(self, *paths: str, contents: dict[str, str] | None = None) -> None:
        self.contents = contents or {}
        self._paths = sorted({*paths, *self.contents}, key=natural)

    def paths(self) -> list[str]:
        return self._paths

    def open(self, path: str) -> BinaryIO:
        return io.BytesIO(self.read(path))

    def read(self, path: str) -> bytes:
        if path not in self.contents:
            raise NotFound(f"there is no file {path}")
        return self.contents[path].encode()

    def container(self, path: str) -> str:
        return path
