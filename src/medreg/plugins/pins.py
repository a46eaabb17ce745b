"""Plugins that somebody else wrote: ``registry/plugins.csv`` pins the bytes that were looked at.

A plugin is code. Whoever adds another's reads it first; from then on it runs as long as its bytes
are those that were read.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from medreg.errors import BytesDiffer, DeclarationError
from medreg.tables import from_csv, to_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "registry/plugins.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A row of ``plugins.csv``: who took which bytes into ``plugins/<name>.py``, and from where.

    *origin* is a file or ``git+URL#path``, *revision* the commit (empty for a file).
    """

    name: str
    origin: str
    revision: str
    sha256: str  # hex
    date: str  # ISO 8601
    by: str

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    def check(self, data: bytes, file: Path) -> None:
        """Raise `BytesDiffer` unless *data*, the bytes of *file*, are those that were pinned."""
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise BytesDiffer(
                f"{file} is not the plugin that {self.by or 'somebody'} looked at on {self.date}: "
                f"sha256 {found[:12]}, pinned {self.sha256[:12]}",
                hint=f"medreg add-plugin {file} --update shows the difference, and asks",
            )


def read(root: Path) -> dict[str, Pin]:
    """Return the pins of the registry at *root*, by name; errors name the line."""
    file = root / FILE
    if not file.is_file():
        return {}
    rows = from_csv(file.read_bytes(), Pin, where=str(file))
    for number, row in enumerate(rows, 2):
        if not re.fullmatch("[0-9a-f]{64}", row.sha256):
            raise DeclarationError(
                f"{file}, line {number}: {row.sha256!r} is no sha256 in hex",
                hint=f"medreg add-plugin plugins/{row.name}.py --update writes the line anew",
            )
    return {row.name: row for row in rows}


def line(root: Path, name: str) -> str:
    """Return where the pin of *name* stands: ``registry/plugins.csv, line 3``; empty: nowhere."""
    names = list(read(root))
    return f"{root / FILE}, line {names.index(name) + 2}" if name in names else ""


def written(pins: Mapping[str, Pin]) -> bytes:
    """Return the table, sorted by name."""
    return to_csv([pins[name] for name in sorted(pins)], Pin)
