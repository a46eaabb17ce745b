"""What a collected dataset was drawn from: ``registry/compositions/*.yaml``.

    whole: abdomenct_1k
    parts: {lits: 201, kits19: 300}   # at most so many scans of each
    own: 50                           # scans that were new
    evidence: [{source: ..., date: ..., says: ...}]

It says how many at most, and not which: names are often hidden on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medreg.curate.overlaps import evidence_of, load_yaml
from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS = ("whole", "parts", "own", "evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """The dataset *whole* holds scans of *parts*, at most so many of each, and *own* new ones."""

    whole: str
    parts: Mapping[str, int]
    own: int
    evidence: tuple[Mapping[str, str], ...]
    where: str

    @property
    def says(self) -> str:
        """The evidence in one line: the file, then each quotation with its source."""
        told = (f'"{one["says"]}" ({one["source"]})' for one in self.evidence)
        return f"{self.where}: {'; '.join(told)}"


def parse(text: str, where: str) -> Composition:
    """Read one file; raises `DeclarationError` naming *where* and the key."""
    values = load_yaml(text, where, _KEYS)
    whole, parts, own = values.get("whole"), values.get("parts"), values.get("own", 0)
    if not isinstance(whole, str):
        raise DeclarationError(f"{where}: whole names a dataset; it is {whole!r}")
    if not isinstance(parts, dict) or not parts:
        raise DeclarationError(
            f"{where}: parts says how many scans of each dataset", hint="parts: {lits: 201}"
        )
    for name, count in [*parts.items(), ("own", own)]:
        if not _is_count(count):
            raise DeclarationError(f"{where}: {name} is a number of scans, not {count!r}")
    if whole in parts:
        raise DeclarationError(f"{where}: {whole} is a part of itself")
    return Composition(
        whole=whole,
        parts={str(name): int(count) for name, count in sorted(parts.items())},
        own=own,
        evidence=evidence_of(values.get("evidence"), where),
        where=where,
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
