"""A BIDS derivative: masks as ``desc-<set>_dseg.nii.gz`` below ``bids/``.

Source: BIDS 1.11.1, Derivatives, "Segmentations". It has no name for CT (BEP 24 is a draft), and
asks of MR what nobody measured (whether the skull was stripped), so images lie in ``sourcedata/``,
which BIDS leaves to its owner.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medreg import __version__
from medreg.export.tables import csv_bytes
from medreg.files.atomic import place, write_bytes
from medreg.files.hashing import sha256_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.model import SetCase, SetContent

FOLDER = "bids"
VERSION = "1.11.1"
COLUMNS = {
    "participants": {
        "group": "The smallest dataset/case of all that show this participant",
        "datasets": "The datasets that show this participant",
        "part": "test, train, or the fold that validates on this participant",
    },
    "dseg": {"snomed": "SNOMED CT code of the label"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bids:
    """Writes ``bids/``; its volumes are links to those of the set, or *files* says copies."""

    name = "bids"
    files: Literal["links", "copies"] = "links"

    def write(self, content: SetContent, into: Path) -> None:
        """Write the derivative below *into* (the set's ``data/``)."""
        root, desc = into / FOLDER, description(content.name)
        people = _people(content.cases)
        texts = {
            "dataset_description.json": _json(_description(content)),
            "README.md": f"# {content.title}\n\nMasks of the set {content.name}.\n".encode(),
            "participants.tsv": _participants(content, people),
            "participants.json": _json(_described("participants")),
            f"desc-{desc}_dseg.tsv": _labels(content),
            f"desc-{desc}_dseg.json": _json({"Description": content.title, **_described("dseg")}),
        }
        for name, text in texts.items():
            write_bytes(root / name, text)
        for subject, cases in people.items():
            for case in cases:
                for source, target in _volumes(content, case, subject, lone=len(cases) == 1):
                    self._put(source, root / target)

    def _put(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        if self.files == "copies":
            place(source, target)
        else:
            target.symlink_to(os.path.relpath(source, target.parent))


def description(name: str) -> str:
    """Return the name of a set as BIDS spells labels: letters and digits.

    >>> description("abdomen_ct")
    'abdomenCt'
    """
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _people(cases: Sequence[SetCase]) -> Mapping[str, list[SetCase]]:
    """Return the cases of each participant, who is a group, by BIDS label."""
    groups: dict[str, list[SetCase]] = defaultdict(list)
    for case in cases:
        groups[case.group or f"{case.dataset}/{case.case}"].append(case)
    plain: dict[str, list[str]] = defaultdict(list)
    for group in groups:
        plain[_label(group)].append(group)
    return {
        label if len(names) == 1 else f"{label}x{sha256_bytes(name.encode())[:8]}": groups[name]
        for label, names in sorted(plain.items())
        for name in sorted(names)
    }


def _label(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text)


def _volumes(
    content: SetContent, case: SetCase, subject: str, *, lone: bool
) -> Iterator[tuple[Path, str]]:
    """Yield each file of *case* and its path below the derivative."""
    session = "" if lone else _label(f"{case.dataset}{case.case}")
    folder = f"sub-{subject}/ses-{session}" if session else f"sub-{subject}"
    stem = folder.replace("/", "_")
    yield case.mask, f"{folder}/anat/{stem}_desc-{description(content.name)}_dseg.nii.gz"
    for channel, image in case.images.items():
        yield image, f"sourcedata/{folder}/{stem}_{_label(channel)}.nii.gz"


def _description(content: SetContent) -> dict[str, object]:
    sources = [{"URL": one.homepage} for _, one in sorted(content.datasets.items())]
    return {
        "Name": content.title,
        "BIDSVersion": VERSION,
        "DatasetType": "derivative",
        "License": content.license,
        "ReferencesAndLinks": list(content.references),
        "GeneratedBy": [{"Name": "medreg", "Version": __version__}],
        **({"SourceDatasets": sources} if sources else {}),
    }


def _participants(content: SetContent, people: Mapping[str, Sequence[SetCase]]) -> bytes:
    rows = [
        [
            f"sub-{label}",
            cases[0].group or f"{cases[0].dataset}/{cases[0].case}",
            ",".join(sorted({case.dataset for case in cases})),
            content.part(cases[0]),
        ]
        for label, cases in people.items()
    ]
    return csv_bytes(["participant_id", *COLUMNS["participants"]], rows, "\t")


def _labels(content: SetContent) -> bytes:
    values = dict(content.labels) | ({"ignore": content.ignore} if content.ignore else {})
    rows = [
        [value, name, content.colors.get(name, "n/a"), content.codes.get(name) or "n/a"]
        for name, value in values.items()
    ]
    return csv_bytes(["index", "name", "color", "snomed"], rows, "\t")


def _described(table: str) -> dict[str, object]:
    return {name: {"Description": text} for name, text in COLUMNS[table].items()}


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
