"""Ask the index of the Imaging Data Commons, a table that comes as a Python package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg.errors import CannotHere, DeclarationError, NotFound
from medreg.sources.series import Series

if TYPE_CHECKING:
    from medreg.sources.idc import Idc

COLUMNS = (
    "PatientID, StudyInstanceUID, Modality, SeriesInstanceUID, instanceCount, "
    "rtrim(series_aws_url, '*'), CAST(coalesce(series_size_MB, 0) * 1e6 AS BIGINT), "
    "'idc v' || series_revised_idc_version"
)


def chosen_series(source: Idc) -> list[Series]:
    """Return the series that *source* declares, by patient, study and series.

    Raises `NotFound` for a collection, modality or analysis that has none, naming those that
    have, `DeclarationError` for a condition that is no SQL, and `CannotHere` without the index.
    """
    index_file()
    from duckdb import Error

    told: dict[str, Any] = {
        "collection": source.collection,
        "analyses": list(source.analyses),
        "modalities": list(source.modalities),
    }
    where = (
        "collection_id = $collection "
        "AND (analysis_result_id IS NULL OR list_contains($analyses, analysis_result_id)) "
        "AND (len($modalities) = 0 OR list_contains($modalities, Modality))"
    )
    if source.where:
        where += f" AND ({source.where})"
    query = f"SELECT {COLUMNS} FROM idc WHERE {where} ORDER BY 1, 2, 4"  # noqa: S608  # a plugin's own words
    try:
        rows = _ask(query, told)
    except Error as error:
        if not source.where:
            raise
        raise DeclarationError(f"Idc: where={source.where!r} failed: {error}") from None
    found = [Series(*row) for row in rows]
    _refuse_absent(source, found)
    return found


def _refuse_absent(source: Idc, found: list[Series]) -> None:
    """Raise `NotFound` when nothing was found of something declared."""
    absent = sorted(set(source.modalities) - {series.modality for series in found})
    if found and not absent:
        return
    by_analysis = "SELECT DISTINCT coalesce(analysis_result_id, ''), Modality FROM idc "
    known = _ask(
        f"{by_analysis} WHERE collection_id = $collection ORDER BY ALL",
        {"collection": source.collection},
    )
    if not known:
        raise NotFound(
            f"IDC has no collection {source.collection!r}",
            hint="its ids are in lower case with underscores, as in lidc_idri",
        )
    told = "; ".join(
        f"{name or 'as submitted'}: {', '.join(m for n, m in known if n == name)}"
        for name in sorted({name for name, _ in known})
    )
    raise NotFound(
        f"IDC's {source.collection} has no series of {', '.join(absent) or 'this choice'}",
        hint=f"it has {told}; name an analysis with analyses=",
    )


def _ask(query: str, told: dict[str, Any]) -> list[tuple[Any, ...]]:
    import duckdb

    file = str(index_file()).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW idc AS FROM '{file}'")
        return connection.execute(query, told).fetchall()


def index_file() -> Path:
    """Return the installed index; raises `CannotHere` when it is not installed."""
    try:
        import duckdb  # noqa: F401  # it reads the index
        from idc_index_data import IDC_INDEX_PARQUET_FILEPATH
    except ImportError as error:
        raise CannotHere(
            f"IDC's index cannot be read: {error}", hint="pip install 'medreg[idc]'"
        ) from None
    return Path(str(IDC_INDEX_PARQUET_FILEPATH))
