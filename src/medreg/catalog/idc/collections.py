"""Each collection of the index as an entry of the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.catalog.entries import Entry
from medreg.catalog.idc import words
from medreg.model import Claim
from medreg.sources import idc_index

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from duckdb import DuckDBPyConnection

PREFIX = "idc:"
ORIGINAL = "analysis_result_id IS NULL"

_GROUPS = f"""
SELECT collection_id, Modality, license_short_name, source_DOI, count(*),
       sum(instanceCount)::BIGINT, coalesce(sum(series_size_MB), 0)
FROM idc WHERE {ORIGINAL} GROUP BY ALL ORDER BY ALL
"""  # noqa: S608  # of the words above
_TOTALS = f"""
SELECT collection_id, count(DISTINCT PatientID) FILTER ({ORIGINAL}),
       count(DISTINCT StudyInstanceUID) FILTER (Modality IN ('SEG', 'RTSTRUCT')),
       list(DISTINCT BodyPartExamined) FILTER ({ORIGINAL} AND BodyPartExamined IS NOT NULL)
FROM idc GROUP BY ALL
"""  # noqa: S608  # of the words above
_TOLD = """
SELECT collection_id, list_extract(list_filter(sources,
       lambda x: x.source_type = 'original_data'), 1).source_title,
       description, cancer_types, tumor_locations
FROM collections_index
"""


@dataclass(frozen=True, slots=True)
class Group:
    """The series that share a modality, a license and a DOI."""

    modality: str
    license: str
    doi: str
    series: int
    instances: int
    megabytes: float


@dataclass(frozen=True, slots=True)
class Told:
    """What the archive says of a collection in words."""

    title: str = ""
    description: str = ""
    cancers: str = ""
    places: str = ""


def collections() -> list[Entry]:
    """Return an entry for each collection, by id; raises `CannotHere` without the index."""
    from medreg.sources.idc_ask import BESIDE, asking

    with asking(idc_index.index_file(), BESIDE) as connection:
        groups: dict[str, list[Group]] = {}
        for name, *cells in connection.execute(_GROUPS).fetchall():
            groups.setdefault(name, []).append(Group(*cells))
        counted = {row[0]: row[1:] for row in connection.execute(_TOTALS).fetchall()}
        told = _told(connection)
    return [
        _entry(name, groups.get(name, ()), counted[name], told.get(name, Told()))
        for name in sorted(counted)
    ]


def without(found: Iterable[Entry], read: Collection[str]) -> list[Entry]:
    """Return the entries of collections that are not among the ids *read*."""
    return [entry for entry in found if entry.name.removeprefix(PREFIX) not in read]


def claims(groups: Sequence[Group]) -> tuple[Claim, ...]:
    """Return what the archive records of licenses: of images and of masks, apart if they differ.

    >>> [(c.value, c.covers) for c in claims([Group("CT", "CC BY 4.0", "10.1/x", 1, 1, 1.0)])]
    [('CC-BY-4.0', 'all')]
    """
    by: dict[str, dict[str, str]] = {"images": {}, "masks": {}}
    for group in groups:
        part = "masks" if group.modality in words.ABOUT else "images"
        by[part].setdefault(words.spdx(group.license), group.doi)
    if not by["masks"] or by["masks"].keys() == by["images"].keys() or not by["images"]:
        every = by["images"] or by["masks"]
        return tuple(_claim(value, doi, "all") for value, doi in sorted(every.items()))
    return tuple(
        _claim(value, doi, part)
        for part, found in by.items()
        for value, doi in sorted(found.items())
    )


def _claim(value: str, doi: str, covers: str) -> Claim:
    return Claim(value, f"IDC's index, of series with doi:{doi}", "", "archive", covers)  # type: ignore[arg-type]  # as above


def _told(connection: DuckDBPyConnection) -> dict[str, Told]:
    from duckdb import CatalogException

    try:
        rows = connection.execute(_TOLD).fetchall()
    except CatalogException:  # an index without its table of words
        return {}
    return {name: Told(*(words.plain(cell) for cell in cells)) for name, *cells in rows}


def _entry(
    name: str, groups: Sequence[Group], counted: tuple[int, int, list[str] | None], told: Told
) -> Entry:
    patients, drawn, parts = counted
    shown = [group for group in groups if group.modality not in words.ABOUT]
    flat = [group for group in shown if group.modality in words.FLAT]
    places = [place.strip() for place in told.places.split(",") if place.strip()]
    return Entry(
        name=f"{PREFIX}{name}",
        title=told.title or name,
        doc=told.description,
        also=(name,),
        modalities=tuple(dict.fromkeys(group.modality for group in shown)),
        region=words.regions([*places, *(parts or [])]),
        shows=tuple(dict.fromkeys(place.lower() for place in places)),
        annotation="segmentation" if drawn else "none",
        scans=sum(g.series for g in shown if g not in flat) or None,
        annotated=drawn,
        images=sum(g.series if g.modality == "SM" else g.instances for g in flat) or None,
        patients=patients,
        size_gb=round(sum(group.megabytes for group in groups) / 1000, 3),
        formats=("DICOM",),
        licenses=claims(groups),
        hosts=("idc",),
        origin=f"{PREFIX}{name}",
        homepage=f"https://doi.org/{groups[0].doi}" if groups else "",
        cite=tuple(dict.fromkeys(f"doi:{group.doi}" for group in groups)),
        tags=("oncology",) if told.cancers and "non-cancer" not in told.cancers.lower() else (),
        patients_known=True,
        known="source",
    )
