"""Ask the index of the Imaging Data Commons, a table that comes as a Python package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg.errors import CannotHere, DeclarationError, Misuse, NotFound
from medreg.sources.series import Series

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    (rows,) = _of(source, (COLUMNS, "ORDER BY 1, 2, 4"))
    found = [Series(*row) for row in rows]
    _refuse_absent(source, found)
    return found


@dataclass(frozen=True, slots=True)
class Counted:
    """How many series, instances and patients a source has, by modality; and in all."""

    by_modality: Mapping[str, tuple[int, int, int]]
    patients: int
    studies: int | None


def counted(source: Idc, *, studies: bool = True) -> Counted:
    """Count what *source* declares; raises as `chosen_series` does.

    To count *studies* takes as long as all else.
    """
    counts = "count(*), coalesce(sum(instanceCount), 0)::BIGINT, count(DISTINCT PatientID)"
    of_studies = "count(DISTINCT StudyInstanceUID)" if studies else "NULL"
    by, (together,) = _of(
        source,
        (f"Modality, {counts}", "GROUP BY Modality ORDER BY Modality"),
        (f"count(DISTINCT PatientID), {of_studies}", ""),
    )
    return Counted({modality: (s, i, p) for modality, s, i, p in by}, *together)


def _of(source: Idc, *asked: tuple[str, str]) -> list[list[tuple[Any, ...]]]:
    """Return the rows of what *source* declares, for each (columns, grouping and order)."""
    index = index_file()
    from medreg.sources.idc_ask import asking, condition, rows_where

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
    try:
        with asking(index) as connection:
            if source.where:
                where += f" AND {condition(connection, source.where)}"
            queries = (f"SELECT {columns} FROM idc WHERE {where} {more}" for columns, more in asked)  # noqa: S608  # it was read
            return [rows_where(connection, query, source.where, told) for query in queries]
    except Misuse as error:
        raise DeclarationError(
            f"Idc: where={source.where!r} failed: {error.message}", hint=error.hint
        ) from None


def _refuse_absent(source: Idc, found: list[Series]) -> None:
    """Raise `NotFound` when nothing was found of something declared."""
    from medreg.sources.idc_ask import ask

    absent = sorted(set(source.modalities) - {series.modality for series in found})
    if found and not absent:
        return
    by_analysis = "SELECT DISTINCT coalesce(analysis_result_id, ''), Modality FROM idc "
    known = ask(
        index_file(),
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
