"""What pages tell machines: Croissant in JSON-LD, as far as it is known; no date, no host.

A dataset has no record set here: its files are the publisher's, and their layout is the plugin's.
"""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Any

from medreg.catalog.site.words import summary
from medreg.export.croissant import CONFORMS, CONTEXT, SPDX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.catalog.site.facts import DatasetFacts, SetPage
    from medreg.model import FileRecord

MOST = 100  # files that are named one by one
OWN = "LicenseRef-"  # of SPDX: a license that has no entry in its list
NOBODY = "No license is known."


def of_dataset(facts: DatasetFacts) -> Mapping[str, object]:
    """Return the JSON-LD of a dataset's page."""
    card, entry = facts.card, facts.entry
    about = " ".join(card["about"].split()) or entry.title
    said: dict[str, Any] = {
        **_head(entry.name, entry.title, about),
        "license": _licenses(claim.value for claim in entry.licenses),
        "url": entry.homepage or f"urn:medreg:{entry.name}",
        "keywords": list(dict.fromkeys([*entry.modalities, *entry.region, *entry.shows])),
        "isAccessibleForFree": entry.access != "portal",
        "rai:dataCollection": summary(entry.doc) or entry.title,
    }
    if facts.bibtex:
        said["citeAs"] = facts.bibtex
    if entry.annotation != "none":
        by = f" by {entry.annotated_by}" if entry.annotated_by else ""
        said["rai:dataAnnotationProtocol"] = f"{entry.annotation}{by}"
    if card["quality"]:
        said["rai:dataLimitations"] = card["quality"]
    if facts.files and not facts.private:
        said["distribution"] = _files(facts.files)
    return said


def of_set(page: SetPage) -> Mapping[str, object]:
    """Return the JSON-LD of a set's page."""
    line, facts = page.line, page.facts
    chosen = f"Chosen from published datasets by a recipe: {', '.join(line.kept)}."
    held = ", ".join(f"{name} {count}" for name, count in line.kept.items())
    labels = ", ".join(line.labels)
    about = f"{line.title}: {line.cases} cases with masks of {labels}. Cases by dataset: {held}."
    used = [facts.datasets[name] for name in facts.used] if facts else []
    homepages = [one.homepage for one in used if one.homepage]
    said: dict[str, Any] = {
        **_head(line.name, line.title, about if line.kept else f"{line.title}: not decided yet."),
        "license": _licenses(claim.value for one in used for claim in one.licenses),
        "url": f"urn:medreg:{line.name}",
        "keywords": list(line.labels),
        "rai:dataCollection": chosen,
        "rai:dataCollectionType": "Secondary Data analysis",
    }
    if line.releases:
        said["version"] = line.releases[-1].partition("@v")[2]
    if homepages:
        said["isBasedOn"] = homepages
    if page.bibtex:
        said["citeAs"] = page.bibtex
    return said


def _head(name: str, title: str, about: str) -> dict[str, object]:
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "@id": name,
        "name": name,
        "alternateName": title,
        "description": about,
        "conformsTo": list(CONFORMS),
    }


def _licenses(claims: Iterable[str]) -> Sequence[str]:
    """Return the address of each claimed SPDX identifier, or the claim as it stands."""
    known = sorted({claim for claim in claims if claim})
    return [
        claim if " " in claim or claim.startswith(OWN) else f"{SPDX}{claim}" for claim in known
    ] or [NOBODY]


def _files(files: Sequence[FileRecord]) -> list[dict[str, object]]:
    """Describe what was fetched from an address, with the sums that were measured."""
    return [
        {
            "@type": "cr:FileObject",
            "@id": one.path,
            "name": one.path,
            "contentUrl": one.source,
            "contentSize": f"{one.size} B",
            "encodingFormat": mimetypes.guess_type(one.path)[0] or "application/octet-stream",
            "sha256": one.sha256,
        }
        for one in files[:MOST]
        if one.source.startswith(("https://", "http://"))
    ]
