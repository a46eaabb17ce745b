"""Fabricate a publisher's clinical tables: values that nobody ever had."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from typing import TYPE_CHECKING, Any

from medreg.layouts.pattern import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.model import Case, Clinical, Column, Dataset


def files(dataset: Dataset, cases: Iterable[Case], paths: Sequence[str]) -> Mapping[str, bytes]:
    """Return each declared table among *paths*, with a row for every one of *cases*."""
    every = list(cases)
    found: dict[str, bytes] = {}
    for declared in dataset.clinical:
        ids = [case.id if declared.of == "case" else dataset.patient_of(case) for case in every]
        known = [one for one in dict.fromkeys(ids) if one]
        if not declared.key:
            for match in find(declared.file, paths):
                cells = _cells(declared, match.patient or match.case)
                lines = (f"{name}: {value}\n" for name, value in cells.items())
                found[match.path] = "".join(lines).encode()
            continue
        for path in paths:
            if path == declared.file or path.endswith(f"/{declared.file}"):
                rows = [
                    {declared.key: _key(declared, one), **_cells(declared, one)} for one in known
                ]
                found[path] = _written(path, rows, declared)
    return found


def _key(declared: Clinical, name: str) -> str:
    """Return a cell from which `Clinical.pattern` and `Clinical.form` make *name*."""
    before, _, after = declared.form.partition("{}")
    bare = name.removeprefix(before).removesuffix(after)
    tried = (bare, f"{bare}.nii.gz", bare.replace("_", " "), f"1{bare}")
    return next((t for t in tried if _found(declared, t) == bare), bare)


def _found(declared: Clinical, cell: str) -> str:
    found = re.search(declared.pattern, cell)
    return "" if found is None else found[1] if found.re.groups else found[0]


def _cells(declared: Clinical, name: str) -> dict[str, str]:
    return {column.column: _value(column, f"{name}/{column.name}") for column in declared.columns}


def _value(column: Column, seed: str) -> str:
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big")
    if column.values:
        return sorted(column.values)[number % len(column.values)]
    if column.kind == "number":
        return str(number % 90)
    if column.kind == "date":
        return f"2001-{1 + number % 12:02}-{1 + number % 28:02}"
    if column.kind == "sex":
        return ("male", "f")[number % 2]
    if column.kind == "yes/no":
        return ("yes", "no")[number % 2]
    return ("alpha", "beta", "gamma")[number % 3]


def _written(path: str, rows: Sequence[Mapping[str, str]], declared: Clinical) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    ending = path.rpartition(".")[2].lower()
    if ending == "json":
        return json.dumps([_nested(row) for row in rows], indent=1).encode()
    if ending == "xlsx":
        from openpyxl import Workbook

        book = Workbook()
        sheet = book.worksheets[0]
        sheet.title = declared.sheet or "Sheet1"
        for line in [names, *([row[name] for name in names] for row in rows)]:
            sheet.append(line)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _nested(row: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for path, value in row.items():
        inside = made
        *folders, name = path.split(".")
        for folder in folders:
            inside = inside.setdefault(folder, {})
        inside[name] = value
    return made
