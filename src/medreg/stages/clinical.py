"""``clinical.csv``: what a publisher's tables say of each converted case, typed (F089).

The first column is the case; the others are those that the plugin declares. A cell is empty where
nothing is said. It is written by the stage ``check``, and is as restricted as its dataset.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from medreg.errors import Refused
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from medreg.model import Clinical, Column, Tree
    from medreg.stages.opened import Opened

NAME = "clinical.csv"
COUNTS = ("kind", "unit", "cases", "of")
FEW = 12  # values that a card counts one by one
YES, NO = ("1", "1.0", "true", "yes", "y"), ("0", "0.0", "false", "no", "n")
SEXES = ("m", "male", "f", "female")
NOTHING = ("", "na", "n/a", "nan", "none", "null", "unknown", "not available")

Cells = dict[str, str]


def table(
    dataset: Opened, people: Iterable[tuple[str, str]]
) -> tuple[bytes, dict[str, Any]] | None:
    """Return ``clinical.csv`` and its summary; None where none is declared.

    *people* are the cases, each with its patient.
    Raises `Refused` naming the file for one that is missing, cannot be read or lacks a column.
    """
    declared = dataset.dataset.clinical
    if not declared:
        return None
    said = [(one, _said(dataset.tree, one)) for one in declared]
    columns = [column for one in declared for column in one.columns]
    lines: list[Cells] = []
    for case, patient in people:
        line: Cells = {"case": case}
        for one, known in said:
            line |= known.get(case if one.of == "case" else patient, {})
        lines.append(line)
    text = io.StringIO(newline="")
    names = ["case", *(column.name for column in columns)]
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(lines, key=lambda line: natural(line["case"])))
    summary = {one.name: _summary(one, lines) for one in columns}
    if dataset.dataset.restricted:  # git holds counts of it, and no patient's value
        summary = {name: {key: one[key] for key in COUNTS} for name, one in summary.items()}
    return text.getvalue().encode(), summary


def _said(tree: Tree, declared: Clinical) -> dict[str, Cells]:
    """Return the typed cells of each case or patient that a table names."""
    from medreg.layouts.pattern import clean

    by: dict[str, list[tuple[str, Mapping[str, str]]]] = defaultdict(list)
    for path, key, record in _records(tree, declared):
        found = re.search(declared.pattern, key)
        if found:
            name = declared.form.format(found[1] if found.re.groups else found[0])
            by[clean(name, path)].append((path, record))
    return {name: _typed(declared, records) for name, records in by.items()}


def _typed(declared: Clinical, records: Sequence[tuple[str, Mapping[str, str]]]) -> Cells:
    """Return one cell for each column: what several rows agree on, or what all of them say."""
    dates = [
        day
        for path, record in records
        for column in declared.columns
        if column.kind == "date" and (day := _day(record[column.column], path))
    ]
    cells: Cells = {}
    for column in declared.columns:
        told = (_cell(column, record[column.column], path, dates) for path, record in records)
        cells[column.name] = "|".join(dict.fromkeys(filter(None, told)))
        if column.kind != "text" and "|" in cells[column.name]:
            cells[column.name] = cells[column.name].partition("|")[0]
    return cells


def _cell(column: Column, text: str, path: str, dates: Sequence[date]) -> str:
    value = column.values.get(text, text)
    if value.strip().lower() in NOTHING:
        return ""
    if column.kind == "number":
        try:
            return f"{float(value):.12g}"
        except ValueError:
            raise _wrong(path, column, text) from None
    if column.kind == "yes/no":
        known = {**dict.fromkeys(YES, "yes"), **dict.fromkeys(NO, "no")}
        if value.lower() not in known:
            raise _wrong(path, column, text)
        return known[value.lower()]
    if column.kind == "sex":
        letter = value.strip()[:1].upper()
        if value.strip().lower() not in SEXES:
            raise _wrong(path, column, text)
        return letter
    if column.kind == "date":
        day = _day(value, path)
        return "" if day is None else str((day - min(dates)).days)
    return " ".join(value.split())


def _day(text: str, path: str) -> date | None:
    if text.strip().lower() in NOTHING:
        return None
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%m-%d-%Y", "%Y%m%d"):
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise Refused(f"{path}: {text!r} is no date", hint="such as 2021-03-04")


def _wrong(path: str, column: Column, text: str) -> Refused:
    return Refused(
        f"{path}: {column.column} is {text!r}, which is no {column.kind}",
        hint="say in values= of its Column what that means",
    )


def _records(tree: Tree, declared: Clinical) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Yield path, key and cells of each row; raises `Refused` for a column that is missing."""
    from medreg.layouts.pattern import find
    from medreg.layouts.table import find_one

    if not declared.key:
        for match in find(declared.file, tree.paths()):
            record = _lines(tree.read(match.path), match.path)
            _require(record, declared, match.path)
            key = match.case if declared.of == "case" else match.patient or match.case
            yield match.path, key, record
        return
    path = find_one(tree, declared.file)
    ending = path.rpartition(".")[2].lower()
    reader = {"xlsx": _xlsx, "json": _json}.get(ending, _csv)
    for record in reader(tree.read(path), path, declared):
        _require(record, declared, path)
        yield path, record[declared.key], record


def _require(record: Mapping[str, str], declared: Clinical, path: str) -> None:
    for name in (declared.key, *(column.column for column in declared.columns)):
        if name and name not in record:
            raise Refused(
                f"{path} has no column {name!r}; it has {', '.join(record)[:200]}",
                hint="correct clinical= in the plugin",
            )


def _csv(data: bytes, path: str, _: Clinical) -> Iterator[Cells]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)  # the first of them where none is there
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            yield {(k or "").strip(): (v or "").strip() for k, v in row.items() if k is not None}
    except csv.Error as error:
        raise Refused(f"{path} is no CSV table: {error}") from None


def _xlsx(data: bytes, path: str, declared: Clinical) -> Iterator[Cells]:
    from medreg.errors import CannotHere

    try:
        from openpyxl import load_workbook
    except ImportError as error:
        hint = "pip install 'medreg[tables]'"
        raise CannotHere(f"{path} cannot be read: {error}", hint=hint) from None
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book[declared.sheet] if declared.sheet else book.worksheets[0]
        rows = [[_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    except (KeyError, ValueError, OSError, IndexError) as error:
        raise Refused(f"{path} is no table in XLSX: {error}") from None
    header = rows[0] if rows else []
    for row in rows[1:]:
        if any(row):
            yield dict(zip(header, row, strict=False))


def _json(data: bytes, path: str, _: Clinical) -> Iterator[Cells]:
    try:
        content = json.loads(data)
    except ValueError as error:
        raise Refused(f"{path} is no JSON: {error}") from None
    records = content.values() if isinstance(content, dict) else content
    every = [dict(_flat(record)) for record in records if isinstance(record, dict)]
    names = dict.fromkeys(name for record in every for name in record)
    yield from ({**dict.fromkeys(names, ""), **record} for record in every)


def _flat(record: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        elif not isinstance(value, list):
            yield f"{before}{key}", _text(value)


def _lines(data: bytes, path: str) -> Cells:
    """Read lines ``name: value``."""
    pairs = (line.partition(":") for line in data.decode("utf-8-sig").splitlines() if ":" in line)
    found = {name.strip(): value.strip() for name, _, value in pairs}
    if not found:
        raise Refused(f"{path} has no line 'name: value'")
    return found


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _summary(column: Column, lines: Sequence[Cells]) -> dict[str, Any]:
    """Return coverage, and the range of numbers or how often each of a few values occurs."""
    told = [cell for line in lines if (cell := line.get(column.name, ""))]
    found: dict[str, Any] = {
        "kind": column.kind,
        "unit": "days" if column.kind == "date" else column.unit,
        "cases": len(told),
        "of": len(lines),
    }
    if column.kind in ("number", "date"):
        ordered = sorted(float(cell) for cell in told)
        middle = {"median": ordered[len(ordered) // 2]} if ordered else {}
        return found | ({"min": ordered[0], **middle, "max": ordered[-1]} if ordered else {})
    counts = {value: told.count(value) for value in sorted({*told}, key=natural)}
    return found | ({"values": counts} if len(counts) <= FEW else {"different": len(counts)})
