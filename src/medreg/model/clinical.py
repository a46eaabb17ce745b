"""What a publisher's tables say of cases and patients: which columns are kept, and as what."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping

ColumnKind = Literal["number", "text", "sex", "date", "yes/no"]
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is kept: *name* here, *column* in the table (a path ``a.b`` in JSON).

    A column that is not named is called *name* as well. ``"sex"`` is kept as M or F.
    Of a ``"date"`` only the days since the earliest date of the same row's patient are kept.
    *values* says what a cell means (``{"1": "yes"}``); *unit* is that of a number.
    """

    name: str
    column: str = ""
    kind: ColumnKind = "text"
    unit: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "column", self.column or self.name)
        if not _NAME.fullmatch(self.name) or self.kind not in get_args(ColumnKind):
            raise DeclarationError(
                f"Column({self.name!r}, kind={self.kind!r}) is no column",
                hint=f"a name in snake_case; a kind of {', '.join(get_args(ColumnKind))}",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinical:
    """A table beside the images, CSV, XLSX or JSON by its ending, else lines ``name: value``.

    *file* is the end of its path. *key* is the column that names the *of*: the case, or its
    patient; what *pattern* (a regular expression) finds in the cell, its first group if it has
    one, is the id, put into *form*: ``"case_{}"``. A file without *key* is of one case or patient
    each: *file* is then a pattern of a path, as in layouts. *sheet* is that of an XLSX.
    """

    file: str
    columns: tuple[Column, ...]
    key: str = ""
    of: Literal["case", "patient"] = "case"
    pattern: str = ".+"
    form: str = "{}"
    sheet: str = ""

    def __post_init__(self) -> None:
        names = [one.name for one in self.columns]
        if not names or len({*names}) < len(names):
            raise DeclarationError(f"{self.file}: its columns need names, each its own: {names}")
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise DeclarationError(f"{self.file}: pattern={self.pattern!r}: {error}") from None
