"""What a colleague should know of a dataset or a family, in reading order."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from medreg import terms
from medreg.catalog import advice, units
from medreg.catalog.entries import NOTHING_KNOWN, download_gb
from medreg.catalog.hosts import CLOUD
from medreg.catalog.kinds import dimensions, level, phase, size_class, storage_gb
from medreg.catalog.quality import stars
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.catalog.entries import Entry
    from medreg.catalog.find import Facts
    from medreg.catalog.shared import Shared
    from medreg.curate.overlaps import Overlap
    from medreg.plugins import Declared

Content = dict[str, Any]  # as JSON: text, numbers, None, lists and mappings of these


def card(
    declared: Declared,
    entry: Entry,
    facts: Facts,
    overlaps: Iterable[Overlap] = (),
    per_second: float = units.BANDWIDTH,
) -> Content:
    """Return what is declared of a dataset, and what follows from it."""
    dataset, about = declared.dataset, declared.dataset.about or NOTHING_KNOWN
    return {
        "name": dataset.name,
        "title": dataset.title,
        "also": list(entry.also),
        "family": entry.family,
        "about": entry.doc,
        "homepage": dataset.homepage,
        "modality": {channel: str(modality) for channel, modality in dataset.modalities.items()},
        "region": list(entry.region),
        "dimensions": dimensions(entry),
        "scans": entry.scans,
        "cases": dataset.cases,
        "images": entry.images,
        "patients": about.patients,
        "size class": size_class(entry),
        "counts": [_claim(claim, "count") for claim in about.counts],
        "compliance": list(advice.compliance(entry)),
        "advice": list(advice.going_on(entry)),
        "read": max((claim.date for claim in dataset.licenses), default=""),
        "labels": [{"value": value, "label": label} for value, label in dataset.labels.items()],
        "shows": [shown for shown in entry.shows if shown not in entry.labels],
        "classes": [{"value": value, "class": name} for value, name in about.classes.items()],
        "annotation": {
            "kind": dataset.annotation,
            "by": about.annotated_by,
            "accuracy": about.accuracy,
            "segmented": dataset.annotation == "segmentation",
        },
        "stars": [{"earned": star.earned, "reason": star.reason} for star in stars(entry)],
        "facts": KNOWN[entry.known],
        "licenses": [
            {**_claim(claim, "license"), "covers": claim.covers} for claim in dataset.licenses
        ],
        "terms": terms.answers(dataset.licenses, facts.licenses),
        "restricted": dataset.restricted,
        "access": dataset.access,
        "get": _get(declared, entry, per_second),
        "files": list(dataset.source.wanted()),
        "contents": _contents(declared),
        "formats": list(about.formats),
        "typical": about.typical,
        "splits": about.splits,
        "patient of a case": dataset.patients,
        "quality": about.quality,
        "fixes": [_value(fix) for fix in dataset.fixes],
        "notes": dataset.notes,
        "overlaps": sorted(
            (_overlap(overlap, dataset.name) for overlap in overlaps),
            key=lambda one: natural(one["with"]),
        ),
        "tags": list(about.tags),
        "level": level(entry),
        "phase": phase(entry),
        "best for": about.best_for,
        "cite": list(dataset.cite),
        "contact": about.contact,
        "plugin": {"file": str(declared.file), "home": declared.home},
    }


KNOWN = {
    "source": "read at the publisher, or in a loader of its files",
    "secondary": "read in somebody's list",
    "recall": "from memory: unverified",
}


def family_card(name: str, members: Sequence[tuple[Declared, Entry]], together: Shared) -> Content:
    """Return the card of a family: its docstring, its members, and what they add up to."""
    found = [entry for _, entry in members]
    return {
        "name": name,
        "kind": "family",
        "about": found[0].doc,
        "homepage": found[0].homepage,
        "members": [
            {
                "name": entry.name,
                "title": entry.title,
                "modality": "+".join(entry.modalities),
                "scans": entry.scans,
                "labels": list(entry.labels or entry.shows),
                "size_gb": entry.size_gb,
                "access": entry.access,
            }
            for entry in found
        ],
        "totals": {
            "datasets": len(found),
            "scans": sum(entry.scans or 0 for entry in found),
            "distinct scans": together.distinct(entry.name for entry in found),
            "images": sum(entry.images or 0 for entry in found),
            "size_gb": download_gb(found),
            "size not stated": sum(entry.size_gb is None for entry in found),
        },
        "cite": list(dict.fromkeys(ref for entry in found for ref in entry.cite)),
        "plugin": {"file": str(members[0][0].file), "home": members[0][0].home},
        "next": f"medreg show {found[0].name}",
    }


def steps_of(source: object) -> list[str]:
    """Return what a person must do first, as the source or its parts say."""
    from medreg.sources.manual import steps

    found = list(steps(text)) if isinstance(text := getattr(source, "steps", ""), str) else []
    if not found and is_dataclass(source) and not isinstance(source, type):
        for field in fields(source):
            part = getattr(source, field.name)
            if hasattr(part, "fetch"):
                found += steps_of(part)
    return found


def _get(declared: Declared, entry: Entry, per_second: float) -> Content:
    dataset, gate = declared.dataset, declared.dataset.gate
    size = entry.size_gb
    return {
        "source": type(dataset.source).__name__,
        "hosts": list(entry.hosts),
        "gate": {"kind": gate.kind, "days": gate.days, "terms": gate.terms} if gate else None,
        "steps": steps_of(dataset.source),
        "size_gb": size,
        "storage_gb": storage_gb(entry),
        "download": units.duration(units.seconds(size, per_second)) if size else None,
        "cloud": [CLOUD[host] for host in entry.hosts if host in CLOUD and not gate],
    }


def _contents(declared: Declared) -> Content:
    """Say what lies where: the layout's patterns, or what was read of files nobody arranged."""
    dataset, about = declared.dataset, declared.dataset.about or NOTHING_KNOWN
    if dataset.layout is None:
        return {"layout": "unverified", "tree": about.contents}
    return {"layout": _value(dataset.layout), "tree": about.contents}


def _value(value: object) -> Any:
    """Write a declared value as JSON: its kind, and what differs from nothing."""
    if is_dataclass(value) and not isinstance(value, type):
        given = {field.name: getattr(value, field.name) for field in fields(value)}
        told = {name: _value(one) for name, one in given.items() if one not in (None, "", (), {})}
        return {"kind": type(value).__name__, **told}
    if isinstance(value, dict):
        return {str(key): _value(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_value(one) for one in value]
    return value if isinstance(value, bool | int | float) else str(value)


def _claim(claim: Any, what: str) -> Mapping[str, str]:
    return {what: claim.value, "rank": claim.rank, "source": claim.source, "date": claim.date}


UNMAPPED = "no map published"


def _overlap(overlap: Overlap, name: str) -> Content:
    inside = overlap.relation == "contains" and overlap.b == name
    return {
        "with": overlap.a if overlap.b == name else overlap.b,
        "relation": "contained in" if inside else overlap.relation,
        "confidence": overlap.confidence,
        "cases": "mapped" if overlap.mapped else "some mapped" if overlap.cases else UNMAPPED,
        **({"count": overlap.count} if overlap.count else {}),
        "evidence": overlap.where,
    }
