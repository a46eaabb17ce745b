"""The card of a collection: what its index says, and which of our plugins reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medreg import terms
from medreg.catalog.idc import words
from medreg.catalog.idc.agree import compared, readers
from medreg.catalog.idc.collections import ORIGINAL, PREFIX, Group, claims
from medreg.catalog.idc.series import known
from medreg.errors import NotFound
from medreg.sources import idc_index

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from medreg.model import Claim
    from medreg.plugins import Plugins
    from medreg.terms import License

Content = dict[str, Any]

_GROUPS = """
SELECT coalesce(analysis_result_id, ''), Modality, license_short_name, source_DOI, count(*),
       sum(instanceCount)::BIGINT, coalesce(sum(series_size_MB), 0)
FROM idc WHERE collection_id = $1 GROUP BY ALL ORDER BY ALL
"""
_PATIENTS = """
SELECT coalesce(analysis_result_id, ''), Modality, count(DISTINCT PatientID)
FROM idc WHERE collection_id = $1 GROUP BY GROUPING SETS ((1, 2), (1))
"""
_FIRST = f"""
SELECT Modality, arg_min(PatientID, SeriesInstanceUID),
       arg_min(StudyInstanceUID, SeriesInstanceUID),
       arg_min(series_aws_url, SeriesInstanceUID)
FROM idc WHERE collection_id = $1 AND {ORIGINAL} GROUP BY Modality ORDER BY Modality
"""  # noqa: S608  # of the words above
_WORDS = (
    "SELECT description, species, updated, sources FROM collections_index WHERE collection_id = $1"
)
_VERSION = (
    "SELECT idc_version, version_timestamp FROM version_metadata_index ORDER BY 1 DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the index holds of one collection."""

    name: str
    originals: Sequence[Group]
    analyses: Mapping[str, Sequence[Group]]  # by analysis result
    patients: Mapping[tuple[str, str | None], int]  # by analysis, empty of originals; by modality
    first: Sequence[tuple[str, str, str, str]]  # modality, patient, study, address: of a series
    about: str
    species: str | None
    sources: Mapping[str, Mapping[str, Any]]  # by DOI
    version: str


def collection_card(collection: str, plugins: Plugins, licenses: Mapping[str, License]) -> Content:
    """Return what the index says of *collection*, originals and analysis results kept apart.

    Raises `NotFound` with the nearest name, and `CannotHere` without the index.
    """
    told = _told(collection)
    name, originals, sources = told.name, told.originals, told.sources
    shown = [one for one in originals if one.modality not in words.ABOUT] or originals
    read = _read(name, plugins)
    return {
        "name": f"{PREFIX}{name}",
        "kind": "collection",
        "title": next((sources[g.doi]["source_title"] for g in shown if g.doi in sources), name),
        "about": told.about,
        "species": told.species,
        "homepage": f"https://doi.org/{shown[0].doi}" if shown else "",
        "index": told.version,
        "patients": told.patients.get(("", None), 0),
        "series": sum(group.series for group in originals),
        "size_gb": _gb(originals),
        "originals": _by_modality(originals, told.patients, ""),
        "analyses": [
            _analysis(analysis, found, told.patients, sources)
            for analysis, found in told.analyses.items()
        ],
        "licenses": _licenses(originals),
        "terms": terms.answers(claims(originals), licenses),
        "doi": _dois(originals, sources),
        "first": [
            {
                "modality": modality,
                "patient": patient,
                "s3": words.folder(address),
                "viewer": words.viewer(study, modality),
            }
            for modality, patient, study, address in told.first
        ],
        "plugins": read,
        "next": f"medreg show {read[0]['name']}"
        if read
        else f"medreg show {PREFIX}{name} --series --csv",
    }


def _told(collection: str) -> Told:
    from medreg.sources.idc_ask import BESIDE, asking

    with asking(idc_index.index_file(), BESIDE) as connection:
        name = known(connection, collection)
        groups: dict[str, list[Group]] = {}
        for analysis, *cells in connection.execute(_GROUPS, [name]).fetchall():
            groups.setdefault(analysis, []).append(Group(*cells))
        patients = {(a, m): n for a, m, n in connection.execute(_PATIENTS, [name]).fetchall()}
        first = connection.execute(_FIRST, [name]).fetchall()
        about, species, _, sources = _one(connection, _WORDS, [name]) or ("", "", None, None)
        version = _one(connection, _VERSION, [])
    return Told(
        name=name,
        originals=groups.pop("", []),
        analyses=groups,
        patients=patients,
        first=first,
        about=words.plain(about),
        species=species,
        sources={_doi(one): one for one in sources or ()},
        version=f"IDC v{version[0]} ({version[1]})" if version else "",
    )


def _read(name: str, plugins: Plugins) -> list[Content]:
    """Return our datasets that read the collection, or bear its name and come from elsewhere."""
    by = readers(plugins).get(name, ())
    elsewhere = name in plugins.datasets and name not in by
    read = [_reader(one, plugins) for one in by]
    return [*read, {"name": name, "agrees": None, "differs": []}] if elsewhere else read


def claims_of(collection: str) -> tuple[Claim, ...]:
    """Return what the index records of the licenses of *collection*; raises `NotFound`."""
    from medreg.sources.idc_ask import asking

    with asking(idc_index.index_file()) as connection:
        rows = connection.execute(_GROUPS, [known(connection, collection)]).fetchall()
    return claims([Group(*cells) for analysis, *cells in rows if not analysis])


def _one(connection: DuckDBPyConnection, query: str, told: Sequence[str]) -> tuple[Any, ...] | None:
    from duckdb import CatalogException

    try:
        return connection.execute(query, list(told)).fetchone()
    except CatalogException:  # an index without its tables of words
        return None


def _doi(source: Mapping[str, Any]) -> str:
    return str(source["source_doi"] or "").lower()


def _gb(groups: Sequence[Group]) -> float:
    return round(sum(group.megabytes for group in groups) / 1000, 3)


def _by_modality(
    groups: Sequence[Group], patients: Mapping[tuple[str, str | None], int], analysis: str
) -> list[Content]:
    by: dict[str, list[Group]] = {}
    for group in groups:
        by.setdefault(group.modality, []).append(group)
    return [
        {
            "modality": modality,
            "series": sum(group.series for group in found),
            "instances": sum(group.instances for group in found),
            "patients": patients[analysis, modality],
            "size_gb": _gb(found),
        }
        for modality, found in sorted(by.items())
    ]


def _licenses(groups: Sequence[Group]) -> list[Content]:
    by: dict[str, int] = {}
    for group in groups:
        by[group.license] = by.get(group.license, 0) + group.series
    return [
        {"license": words.spdx(name), "stated": name, "series": number}
        for name, number in sorted(by.items(), key=lambda one: (-one[1], one[0]))
    ]


def _dois(groups: Sequence[Group], sources: Mapping[str, Mapping[str, Any]]) -> list[Content]:
    by: dict[str, int] = {}
    for group in groups:
        by[group.doi] = by.get(group.doi, 0) + group.series
    return [
        {"doi": doi, "series": n, "cite": words.plain(sources.get(doi, {}).get("citation", ""))}
        for doi, n in sorted(by.items(), key=lambda one: (-one[1], one[0]))
    ]


def _analysis(
    name: str,
    groups: Sequence[Group],
    patients: Mapping[tuple[str, str | None], int],
    sources: Mapping[str, Mapping[str, Any]],
) -> Content:
    told = next((sources[group.doi] for group in groups if group.doi in sources), {})
    return {
        "name": name,
        "title": told.get("source_title", name),
        "patients": patients[name, None],
        "series": _by_modality(groups, patients, name),
        "size_gb": _gb(groups),
        "licenses": _licenses(groups),
        "doi": _dois(groups, sources),
    }


def _reader(name: str, plugins: Plugins) -> Content:
    """Say whether what a plugin states agrees with the index."""
    try:
        found = compared(plugins.get(name).dataset)
    except NotFound as error:  # it asks for a modality or an analysis that is not there
        return {"name": name, "agrees": False, "differs": [error.message]}
    differs = [str(one) for one in found if not one.agrees]
    return {"name": name, "agrees": not differs, "differs": differs}
