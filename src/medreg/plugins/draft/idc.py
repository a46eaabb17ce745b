"""Draft a plugin from a collection of the Imaging Data Commons, by its installed index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.errors import NotFound
from medreg.layouts import DicomSeg, DicomSeries, RtStruct
from medreg.model import Modality
from medreg.plugins.blanks import BLANK
from medreg.plugins.draft import said
from medreg.plugins.draft.write import Draft, unknown
from medreg.sources import Idc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.model import Layout
    from medreg.terms import License

THREE = (
    "SELECT PatientID, StudyInstanceUID, Modality, SeriesInstanceUID, instanceCount FROM idc "
    "WHERE collection_id = $collection AND analysis_result_id IS NULL AND Modality = ANY($wanted) "
    "QUALIFY dense_rank() OVER (ORDER BY PatientID) <= 3 ORDER BY ALL"
)
SUMMED = (
    "SELECT Modality, count(*), count(DISTINCT PatientID), any_value(license_short_name), "
    "any_value(source_DOI), sum(series_size_MB) FROM idc WHERE collection_id = $collection "
    "AND analysis_result_id IS NULL GROUP BY Modality ORDER BY count(*) DESC, Modality"
)


def draft(collection: str, name: str, licenses: Mapping[str, License]) -> Draft:
    """Return the draft; raises `NotFound` for no collection, `CannotHere` without the index."""
    from medreg.sources.idc_ask import ask
    from medreg.sources.idc_index import index_file

    collection = collection.strip().lower().replace("-", "_")
    index = index_file()
    rows = ask(index, SUMMED, {"collection": collection})
    if not rows:
        known = [
            row[0] for row in ask(index, "SELECT DISTINCT collection_id FROM idc ORDER BY 1", {})
        ]
        raise NotFound.named("collection of IDC", collection, known, hint="medreg list --host idc")
    kinds = [row[0] for row in rows]
    page = f"https://portal.imaging.datacommons.cancer.gov/explore/?collection_id={collection}"
    doi = next((row[4] for row in rows if row[4]), "")
    images = [kind for kind in kinds if kind in list(Modality)]
    first = images[0] if images else "CT"
    drawn = next((kind for kind in ("SEG", "RTSTRUCT") if kind in kinds), "")
    wanted = tuple(sorted({first, *([drawn] if drawn else [])}))
    values = unknown(name or f"idc_{collection}", "")
    values |= {
        "title": collection.replace("_", " "),
        "homepage": f"https://doi.org/{doi}" if doi else page,
        "licenses": (said.claim(str(rows[0][3] or ""), page, licenses, "archive"),),
        "cite": (f"doi:{doi}",) if doi else (page,),
        "modality": Modality(first),
        "source": Idc(collection=collection, modalities=wanted),
        "layout": _layout(first, drawn),
    }
    if drawn:
        values["labels"] = {f"{BLANK}: a segment's name": f"{BLANK}: a name in vocabulary.csv"}
    else:
        values["annotation"] = "none"
    values["patients"] = "by layout"
    told = ", ".join(f"{row[1]:,} series of {row[0]}" for row in rows)
    people, size = max(row[2] for row in rows), sum(float(row[5] or 0) for row in rows) / 1000
    paths = [
        f"{p}/{study}/{kind}_{uid}/{{0001..{min(count, 24):04d}}}.dcm"
        for p, study, kind, uid, count in ask(
            index, THREE, {"collection": collection, "wanted": list(wanted)}
        )
    ]
    return Draft(
        name=str(values["name"]),
        doc=f"{collection} in the Imaging Data Commons: {told}, of {people:,} patients, "
        f"{size:,.1f} GB. Counted in IDC's index on {said.today()}; analysis results are left out.",
        values=values,
        listing=paths,
        listed_from=f"IDC's index (instances are called after their UIDs), {said.today()}",
        notes=[f"{row[0]}: {row[1]:,} series, {row[2]:,} patients" for row in rows],
    )


def _layout(image: str, drawn: str) -> Layout:
    """Return the layout of raw files as `Idc` packs them: one study is a case."""
    shown = f"{{patient}}/{{case}}/{image}_*/*.dcm"
    if drawn == "SEG":
        return DicomSeg(shown, "{patient}/{case}/SEG_*/*.dcm")
    if drawn == "RTSTRUCT":
        return RtStruct(shown, "{patient}/{case}/RTSTRUCT_*/*.dcm")
    return DicomSeries(shown)
