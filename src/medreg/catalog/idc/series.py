"""Series of the index that a condition holds for: one by one, or added up by collection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from medreg.catalog.idc.words import folder
from medreg.errors import NotFound
from medreg.sources import idc_index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

Row = dict[str, Any]

_SERIES = """
SELECT collection_id AS collection, coalesce(analysis_result_id, '') AS analysis,
       PatientID AS patient, Modality AS modality, instanceCount AS instances,
       CAST(round(coalesce(series_size_MB, 0) * 1e6) AS BIGINT) AS bytes,
       license_short_name AS license, source_DOI AS doi,
       StudyInstanceUID AS study, SeriesInstanceUID AS series, series_aws_url AS s3
"""
_BY_COLLECTION = """
SELECT collection_id AS collection,
       string_agg(DISTINCT Modality, '+' ORDER BY Modality) AS modality,
       count(DISTINCT PatientID) AS patients, count(*) AS series,
       round(sum(series_size_MB) / 1000, 3) AS size_gb,
       string_agg(DISTINCT license_short_name, ', ' ORDER BY license_short_name) AS license
"""


def series(collection: str, where: str = "") -> list[Row]:
    """Return the series of *collection* (of all when empty) that the condition *where* holds for.

    They come by collection, analysis, patient, study and series. Raises `NotFound` with the
    nearest collection, `Misuse` for what is no condition, `CannotHere` without the index.
    """
    rows = _asked(_SERIES, collection, where, "collection, analysis, patient, study, series")
    return [{**row, "s3": folder(row["s3"])} for row in rows]


def by_collection(collection: str, where: str = "") -> list[Row]:
    """Return how many patients, series and GB of each collection *where* holds for.

    Raises as `series` does.
    """
    return _asked(_BY_COLLECTION, collection, where, "collection", group="GROUP BY collection_id")


def known(connection: DuckDBPyConnection, collection: str) -> str:
    """Return *collection* as the index spells it; raises `NotFound` with the nearest name.

    LIDC-IDRI is lidc_idri.
    """
    wanted = collection.lower().replace("-", "_")
    rows = connection.execute("SELECT DISTINCT collection_id FROM idc ORDER BY 1").fetchall()
    names = [str(row[0]) for row in rows]
    if wanted not in names:
        raise NotFound.named("collection of IDC", collection, names, hint="medreg list --host idc")
    return wanted


def _asked(select: str, collection: str, where: str, order: str, *, group: str = "") -> list[Row]:
    from medreg.sources.idc_ask import asking, condition, rows_where

    with asking(idc_index.index_file()) as connection:
        told = {"collection": known(connection, collection)} if collection else {}
        tests = ["collection_id = $collection"] if collection else []
        tests += [condition(connection, where)] if where else []
        query = f"{select} FROM idc {'WHERE' if tests else ''} {' AND '.join(tests)} {group}"
        rows = rows_where(connection, f"{query} ORDER BY {order}", where, told)
        return [dict(zip(_names(select), row, strict=True)) for row in rows]


def _names(select: str) -> Sequence[str]:
    """Return the names that a query gives its columns."""
    return re.findall(r" AS ([a-z_0-9]+)(?=,|\n)", select)
