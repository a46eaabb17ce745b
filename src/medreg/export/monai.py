"""MONAI's datalist: what ``load_decathlon_datalist`` and Auto3DSeg read.

Source: Project-MONAI/MONAI, monai/data/decathlon_datalist.py (1.6.1). Paths are relative to the
file, and ``image`` is a list where a case has several channels. Each training case names the
``fold`` that validates on it; the held-out test is under ``testing``, as Auto3DSeg calls it.
``valid_labels`` are those to learn from a case, where not all (``missing: valid_labels``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from medreg.files.atomic import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.model import SetCase, SetContent

FILE = "datalist.json"


class Monai:
    """Writes ``datalist.json``."""

    name = "monai"

    def write(self, content: SetContent, into: Path) -> None:
        """Write the list into *into* (the set's ``data/``)."""
        text = json.dumps(datalist(content, into), indent=2, ensure_ascii=False)
        write_bytes(into / FILE, f"{text}\n".encode())


def datalist(content: SetContent, base: Path) -> dict[str, object]:
    """Return what the list says, with paths relative to *base*."""
    values = dict(content.labels)
    if content.ignore is not None:
        values["ignore"] = content.ignore
    channels = enumerate(content.modalities.values())
    return {
        "name": content.name,
        "description": content.title,
        "licence": content.license,
        "modality": {str(index): str(modality) for index, modality in channels},
        "labels": {str(value): label for label, value in values.items()},
        "training": [
            {**_files(case, base), **_valid(case), "fold": case.fold}
            for case in content.cases
            if case.fold is not None
        ],
        "testing": [
            {**_files(case, base), **_valid(case)} for case in content.cases if case.fold is None
        ],
    }


def _files(case: SetCase, base: Path) -> dict[str, object]:
    images = [path.relative_to(base).as_posix() for path in case.images.values()]
    return {
        "image": images[0] if len(images) == 1 else images,
        "label": case.mask.relative_to(base).as_posix(),
    }


def _valid(case: SetCase) -> dict[str, object]:
    """Return which labels the case teaches, where not all of them."""
    return {} if case.valid is None else {"valid_labels": list(case.valid)}
