"""What a publisher's CSV says of images: their classes and patients."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError, Refused
from medreg.layouts.pattern import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from medreg.model import Tree

BETWEEN = "|"  # several classes in one cell
YES = ("1", "1.0", "true", "yes")


@dataclass(frozen=True, slots=True)
class Row:
    """What is said of one image; None where there is no such column."""

    classes: tuple[str, ...] | None
    patient: str | None


@dataclass(frozen=True, slots=True)
class Rows:
    """A table by the key of its rows."""

    rows: Mapping[str, Row]

    @classmethod
    def read(
        cls, tree: Tree, table: str, key: str, classes: str | tuple[str, ...], patient: str
    ) -> Self:
        """Read the only file of *tree* whose path ends with *table*.

        Several rows of one key say what either says. Raises `Refused` for a file that is missing,
        is no CSV or has other columns, `DeclarationError` where two files end so.
        """
        path = find_one(tree, table)
        try:
            text = tree.read(path).decode("utf-8-sig")
        except UnicodeDecodeError:
            text = tree.read(path).decode("latin-1")
        reader = csv.DictReader(io.StringIO(text, newline=""))
        wanted = [key, *((classes,) if isinstance(classes, str) else classes), patient]
        columns = [name.strip() for name in reader.fieldnames or ()]
        for name in filter(None, wanted):
            if name not in columns:
                raise Refused(
                    f"{path} has no column {name!r}; it has {', '.join(columns)[:200]}",
                    hint="correct the columns in the layout of the plugin",
                )
        reader.fieldnames = columns
        rows: dict[str, Row] = {}
        try:
            for line in reader:
                cells = {name: (line[name] or "").strip() for name in wanted if name}
                before = rows.get(cells[key], Row(None, None))
                own = _classes(cells, classes)
                rows[cells[key]] = Row(
                    tuple(dict.fromkeys((*(before.classes or ()), *own))) if classes else None,
                    (clean(cells[patient], path) if cells[patient] else before.patient)
                    if patient
                    else None,
                )
        except csv.Error as error:
            raise Refused(f"{path} is no CSV table: {error}") from None
        return cls(rows)

    def of(self, path: str) -> Row | None:
        """Return the row whose key is the end of *path*, with or without the file's ending."""
        while path:
            for key in (path, path.rpartition(".")[0]):
                if key in self.rows:
                    return self.rows[key]
            _, _, path = path.partition("/")
        return None


def find_one(tree: Tree, file: str) -> str:
    """Return the only path that is *file*, or ends with it; raises `Refused` for none."""
    found = [path for path in tree.paths() if path == file or path.endswith(f"/{file}")]
    if not found:
        raise Refused(
            f"there is no {file} among {len(tree.paths())} files", hint="fetch the dataset again"
        )
    if len(found) > 1:
        raise DeclarationError(
            f"two files are called {file}: {found[0]} and {found[1]}",
            hint="write more of its path in the layout",
        )
    return found[0]


def _classes(cells: Mapping[str, str], classes: str | tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(classes, str):
        return tuple(part.strip() for part in cells.get(classes, "").split(BETWEEN) if part.strip())
    return tuple(name for name in classes if cells[name].lower() in YES)
