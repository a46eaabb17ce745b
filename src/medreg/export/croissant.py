"""Croissant 1.1: what dataset search engines and loaders read, with responsible-AI fields.

Sources: docs.mlcommons.org/croissant (1.1) and its responsible-AI vocabulary (RAI 1.0). Only what
is known is said: there is no date, since the same set gives the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.export.tables import SPLITS, splits_csv
from medreg.files.atomic import write_bytes
from medreg.files.hashing import sha256_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.model import SetContent

FILE = "croissant.json"
CONFORMS = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
_JSON = {"@type": "@json"}
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", **_JSON},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "name": {"@container": "@language"},
    "examples": {"@id": "cr:examples", **_JSON},
    **{
        word: f"cr:{word}"
        for word in (  # noqa: SIM905 - a list of thirty lines says no more
            "arrayShape citeAs column containedIn equivalentProperty extract field fileProperty "
            "fileObject fileSet format includes isArray isLiveDataset jsonPath key md5 parentField "
            "path recordSet references regex repeated replace samplingRate separator source "
            "subField transform"
        ).split()
    },
}
SPDX = "https://spdx.org/licenses/"


@dataclass(frozen=True, slots=True)
class Croissant:
    """Writes ``croissant.json``, and the ``splits.csv`` that its records are read from."""

    name = "croissant"

    def write(self, content: SetContent, into: Path) -> None:
        """Write both into *into* (the set's ``data/``)."""
        table = splits_csv(content, into)
        write_bytes(into / SPLITS, table)
        text = json.dumps(described(content, table), indent=2, ensure_ascii=False)
        write_bytes(into / FILE, f"{text}\n".encode())


def described(content: SetContent, table: bytes) -> dict[str, object]:
    """Return the JSON-LD of a set whose ``splits.csv`` is *table*."""
    homepages = [one.homepage for _, one in sorted(content.datasets.items()) if one.homepage]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "@id": content.name,
        "name": content.name,
        "alternateName": content.title,
        "description": _description(content),
        "conformsTo": list(CONFORMS),
        "license": _licenses(content),
        "citeAs": "; ".join(content.references),
        "url": homepages[0] if homepages else f"urn:medreg:{content.name}",
        **({"isBasedOn": homepages} if homepages else {}),
        "keywords": [*map(str, content.modalities.values()), *list(content.labels)[1:]],
        **_responsible(content),
        "distribution": _distribution(content, table),
        "recordSet": [_records(content)],
    }


def _description(content: SetContent) -> str:
    test = sum(case.fold is None for case in content.cases)
    return (
        f"{content.title}: {len(content.cases)} cases ({test} held out as test) with masks of "
        f"{', '.join(list(content.labels)[1:])}."
    )


def _licenses(content: SetContent) -> object:
    """Return an address for each SPDX identifier that is claimed, or the claims as they are."""
    claims = {claim.value for one in content.datasets.values() for claim in one.licenses}
    known = sorted(f"{SPDX}{claim}" for claim in claims if claim and " " not in claim)
    return known or content.license


def _responsible(content: SetContent) -> dict[str, object]:
    named = ", ".join(sorted({case.dataset for case in content.cases}))
    partial = any(case.valid is not None for case in content.cases) or content.ignore is not None
    counts = {
        name: sum(case.dataset == name for case in content.cases)
        for name in sorted({case.dataset for case in content.cases})
    }
    shares = ", ".join(f"{name} {count}" for name, count in counts.items())
    return {
        "rai:dataCollection": f"Chosen from published datasets by a recipe: {named}.",
        "rai:dataCollectionType": "Secondary Data analysis",
        "rai:dataCollectionRawData": "; ".join(
            f"{one.title}: {one.homepage}" for _, one in sorted(content.datasets.items())
        )
        or named,
        "rai:dataPreprocessingProtocol": [
            "Images were converted to NIfTI in RAS+ order; their values were not changed.",
            "Label values were mapped to one vocabulary; provenance.json holds the mapping.",
        ],
        "rai:dataAnnotationProtocol": "As each dataset published it: see its citation.",
        "rai:dataBiases": f"Cases by dataset: {shares}. Sites, scanners and patients are theirs.",
        "rai:dataLimitations": "Some labels were never annotated in some cases."
        if partial
        else "Every label was judged in every case, by different annotators.",
        "rai:dataUseCases": "Training and testing of segmentation. Not for clinical use.",
        "rai:personalSensitiveInformation": "Scans of people, de-identified by their publishers.",
    }


def _distribution(content: SetContent, table: bytes) -> list[dict[str, object]]:
    from medreg.export.nnunet import ENDING, folder

    home = folder(content.name)
    sets = {
        **{
            f"images_{channel}": f"{home}/images*/*_{index:04d}{ENDING}"
            for index, channel in enumerate(content.modalities)
        },
        "masks": f"{home}/labels*/*{ENDING}",
    }
    parts: list[dict[str, object]] = [
        {
            "@type": "cr:FileSet",
            "@id": name,
            "name": name,
            "encodingFormat": "application/gzip",
            "includes": pattern,
        }
        for name, pattern in sets.items()
    ]
    return [
        {
            "@type": "cr:FileObject",
            "@id": SPLITS,
            "name": SPLITS,
            "contentUrl": SPLITS,
            "contentSize": f"{len(table)} B",
            "encodingFormat": "text/csv",
            "sha256": sha256_bytes(table),
        },
        *parts,
    ]


def _records(content: SetContent) -> dict[str, object]:
    texts = ("id", "dataset", "case", "group", "part", "valid")
    columns = (*texts, *(f"image_{channel}" for channel in content.modalities), "mask")
    return {
        "@type": "cr:RecordSet",
        "@id": "cases",
        "name": "cases",
        "description": "A row per case; paths are relative to this file.",
        "key": {"@id": "cases/id"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"cases/{column}",
                "name": column,
                "dataType": "sc:Text",
                "source": {"fileObject": {"@id": SPLITS}, "extract": {"column": column}},
            }
            for column in columns
        ],
    }
