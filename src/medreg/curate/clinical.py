"""The clinical values of cases, as recipes ask for them: ``clinical.age >= 18``."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Literal

from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medreg.model import Dataset

Kind = Literal["number", "text"]


@dataclass(frozen=True, slots=True)
class Told:
    """What is asked of columns by name: their *kinds*, and the *values* of ``dataset/case``."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, dataset: str, case: str, name: str) -> float | str:
        """Return the value of one case: not a number, or empty text, where nothing is said."""
        cell = self.values.get(f"{dataset}/{case}", {}).get(name, "")
        if self.kinds[name] == "number":
            return float(cell) if cell else nan
        return cell


NOTHING = Told()


def kinds(datasets: Iterable[Dataset], *, strict: bool = True) -> dict[str, Kind]:
    """Return what kind of value each declared column has: a date is a number of days.

    Raises `DeclarationError` where two datasets use one name for different kinds, if *strict*.
    """
    found: dict[str, tuple[Kind, str]] = {}
    for dataset in datasets:
        for column in (column for one in dataset.clinical for column in one.columns):
            kind: Kind = "number" if column.kind in ("number", "date") else "text"
            before = found.setdefault(column.name, (kind, dataset.name))
            if strict and before[0] != kind:
                raise DeclarationError(
                    f"clinical.{column.name} is a {before[0]} in {before[1]} "
                    f"and a {kind} in {dataset.name}",
                    hint="rename it in one of the plugins",
                )
    return {name: kind for name, (kind, _) in found.items()}


def values(dataset: str, table: bytes) -> dict[str, dict[str, str]]:
    """Read ``clinical.csv`` of *dataset*: cells by ``dataset/case`` and column."""
    reader = csv.DictReader(io.StringIO(table.decode(), newline=""))
    return {f"{dataset}/{row['case']}": dict(row) for row in reader}
