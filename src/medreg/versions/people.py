"""Age and sex of the people behind a release, counted, from the clinical tables it was made of."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from medreg.errors import MedregError
from medreg.versions import models

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medreg.registry import Registry

UNKNOWN = "unknown"
BINS = ((18, "under 18"), (40, "18 to 39"), (60, "40 to 59"), (80, "60 to 79"))  # years
OLDEST = "80 and over"
A_YEAR = {"years": 1.0, "": 1.0, "months": 12.0, "weeks": 52.18, "days": 365.25}
Counts = dict[str, int]


def counted(registry: Registry, tag: str, person_of: Mapping[str, str]) -> dict[str, Counts]:
    """Count the people of *person_of* (by ``dataset/case``) by ``age`` and ``sex`` at a release.

    Ages are those at the publisher's date, in bins, so that no count is a patient's value. A person
    of whom no table says anything, or whose table is not within reach, is ``unknown``.
    """
    told = {"age": dict[str, str](), "sex": dict[str, str]()}
    for dataset in sorted({case.partition("/")[0] for case in person_of}):
        for case, row in _rows(registry, tag, dataset).items():
            person = person_of.get(f"{dataset}/{case}")
            for name in row if person else ():
                told[name].setdefault(str(person), row[name])
    people = set(person_of.values())
    return {
        name: _ordered(Counter(known.get(person, UNKNOWN) for person in people), name)
        for name, known in told.items()
    }


def _ordered(counts: Counter[str], name: str) -> Counts:
    bins: Iterable[str] = (*(label for _, label in BINS), OLDEST) if name == "age" else ("F", "M")
    return {label: counts[label] for label in (*bins, UNKNOWN) if counts[label]}


def _rows(registry: Registry, tag: str, dataset: str) -> dict[str, dict[str, str]]:
    """Return what is known of each case: the bin of its ``age``, and its ``sex``."""
    where = f"registry/datasets/{dataset}"
    try:
        declared = json.loads(models.table(registry, where, tag, "declared.json"))
        units = _units(declared.get("clinical") or ())
        if not units:
            return {}
        text = models.table(registry, where, tag, "clinical.csv").decode()
    except MedregError:  # not in this release, or in a tier that this person does not reach
        return {}
    found = {}
    for row in csv.DictReader(io.StringIO(text, newline="")):
        cells = {name: row[name] for name in units if row.get(name)}
        if "age" in cells:
            cells["age"] = _bin(float(cells["age"]) / A_YEAR[units["age"]])
        found[row["case"]] = cells
    return found


def _units(declared: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the unit of the declared columns that say an age or a sex, by name."""
    columns = [column for one in declared for column in one["columns"]]
    kinds = {"age": "number", "sex": "sex"}
    return {
        one["name"]: one["unit"]
        for one in columns
        if kinds.get(one["name"]) == one["kind"] and one["unit"] in A_YEAR
    }


def _bin(years: float) -> str:
    return next((label for below, label in BINS if years < below), OLDEST)
