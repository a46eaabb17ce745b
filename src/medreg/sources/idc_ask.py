"""Ask IDC's index in SQL, where nothing else can be reached: no other file, table or setting."""

from __future__ import annotations

import json
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from medreg.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

EXAMPLE = "\"Modality = 'CT' AND instanceCount > 100\""
BESIDE = ("collections_index", "analysis_results_index", "version_metadata_index")  # small tables
_ALLOWED = frozenset(  # of DuckDB's expressions: none reaches a table
    {"BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT"}
    | {"FUNCTION", "OPERATOR", "TYPE"}
)
_OUTSIDE = ("group_expressions", "where_clause", "having", "qualify", "sample")


@contextmanager
def asking(index: Path, beside: Sequence[str] = ()) -> Iterator[DuckDBPyConnection]:
    """Open *index* as the table ``idc``, with those of *beside* (`BESIDE`) that lie there.

    Every other file is out of reach, and no setting can be changed.
    """
    import duckdb

    files = {"idc": index, **{name: index.with_name(f"{name}.parquet") for name in beside}}
    there = {name: _quoted(str(file)) for name, file in files.items() if file.is_file()}
    with duckdb.connect() as connection:
        connection.execute(f"SET allowed_paths = [{', '.join(there.values())}]")
        for setting in (
            "enable_external_access = false",
            "python_enable_replacements = false",
            "lock_configuration = true",
        ):
            connection.execute(f"SET {setting}")
        for name, file in there.items():
            connection.execute(f"CREATE VIEW {name} AS FROM read_parquet({file})")
        yield connection


def ask(index: Path, query: str, told: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Return the rows that answer *query*, a program's own; *told* are its ``$parameters``."""
    with asking(index) as connection:
        return connection.execute(query, dict(told or {})).fetchall()


def condition(connection: DuckDBPyConnection, text: str) -> str:
    """Return *text* in parentheses when it is one expression over the columns of ``idc``.

    Raises `Misuse` for anything else: another table, a second statement, an unknown column.
    """
    columns = [str(row[0]) for row in connection.execute("DESCRIBE idc").fetchall()]
    for name in _columns_in(_expression(connection, text)):
        if name.lower() not in (column.lower() for column in columns):
            raise _unknown(name, columns)
    return f"(\n{text}\n)"


def rows_where(
    connection: DuckDBPyConnection, query: str, where: str, told: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Return the rows of *query*; raises `Misuse` when the condition *where* is what fails in it.

    Types are found wrong only now, as in ``Modality > 3``.
    """
    from duckdb import Error

    try:
        return connection.execute(query, dict(told)).fetchall()
    except Error as error:
        if not where:
            raise
        said = str(error).splitlines()[0]
        raise Misuse(f"the condition {where!r} failed: {said}", hint=f"as in {EXAMPLE}") from None


def _expression(connection: DuckDBPyConnection, text: str) -> Any:
    """Return the tree of *text*, read as one expression."""
    row = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [f"SELECT\n{text}\n"])
    found = json.loads((row.fetchone() or ("{}",))[0])
    if found.get("error", True):
        said = str(found.get("error_message", "it cannot be read")).splitlines()[0]
        raise Misuse(f"{text!r} is no condition: {said}", hint=f"as in {EXAMPLE}")
    statements = found["statements"]
    node = statements[0]["node"] if len(statements) == 1 else {}
    listed = node.get("select_list", [])
    alone = (
        len(listed) == 1
        and not listed[0].get("alias")
        and not node["modifiers"]
        and node["from_table"]["type"] == "EMPTY"
        and not any(node.get(key) for key in _OUTSIDE)
    )
    if not alone:
        raise Misuse(f"{text!r} is more than one condition", hint=f"as in {EXAMPLE}")
    return listed[0]


def _columns_in(tree: Any) -> Iterator[str]:
    """Yield every column that *tree* names; raises `Misuse` for what is no plain expression."""
    if isinstance(tree, list):
        for part in tree:
            yield from _columns_in(part)
    elif isinstance(tree, dict):
        kind = tree.get("class")
        if kind is not None and kind not in _ALLOWED:
            raise Misuse(
                f"a condition on the index has no {str(kind).lower()}",
                hint=f"compare its columns, as in {EXAMPLE}",
            )
        if kind == "COLUMN_REF":
            yield ".".join(tree["column_names"])
        for part in tree.values():
            yield from _columns_in(part)


def _unknown(name: str, columns: Sequence[str]) -> Misuse:
    lower = {column.lower(): column for column in columns}
    near = get_close_matches(name.lower(), lower, n=1, cutoff=0.5)
    known = f"did you mean {lower[near[0]]}?" if near else f"columns: {', '.join(columns)}"
    return Misuse(
        f"IDC's index has no column {name!r}", hint=f"{known} (texts stand in single quotes: 'CT')"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
