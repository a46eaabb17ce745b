"""nnU-Net v2's raw format: where a set's images and masks lie, and what describes them.

Source: MIC-DKFZ/nnUNet, documentation/dataset_format.md, ignore_label.md and
region_based_training.md (v2.8.1). Labels are
consecutive from background 0, ``ignore`` is the highest, and ``splits_final.json`` may lie beside
``dataset.json``: nnU-Net's planner copies it and its trainer takes it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from medreg.files.atomic import write_bytes
from medreg.model import Modality

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.model import SetContent

ENDING = ".nii.gz"
FIRST, NUMBERS = 500, 400  # nnU-Net asks for own datasets above its published ones


def folder(name: str) -> str:
    """Return the folder of the set *name*, ``Dataset<NNN>_<name>``.

    NNN is 500 + the first four bytes of sha256(*name*) modulo 400, so that it never changes and
    needs no list. Two sets may share it (1 in 400): keep them under different ``nnUNet_raw``.

    >>> folder("demo_abdomen")
    'Dataset644_demo_abdomen'
    """
    digest = hashlib.sha256(name.encode()).digest()
    return f"Dataset{FIRST + int.from_bytes(digest[:4]) % NUMBERS}_{name}"


def image_path(name: str, case_id: str, channel: int, *, test: bool) -> str:
    """Return where an image of the set *name* lies below its ``data/``.

    *channel* is the place of the channel in the recipe, from 0; *test* says held out.
    """
    return f"{folder(name)}/{'imagesTs' if test else 'imagesTr'}/{case_id}_{channel:04d}{ENDING}"


def mask_path(name: str, case_id: str, *, test: bool) -> str:
    """Return where the mask of a case of the set *name* lies below its ``data/``."""
    return f"{folder(name)}/{'labelsTs' if test else 'labelsTr'}/{case_id}{ENDING}"


def channel_name(channel: str, modality: Modality) -> str:
    """Return what nnU-Net should call a channel: ``CT`` chooses its CT normalization.

    Any other name means z-score, so a channel that is no CT must not be called so.
    """
    if modality is Modality.CT:
        return "CT"
    return f"{modality}_{channel}" if channel.casefold() == "ct" else channel


class Nnunet:
    """Writes ``dataset.json`` and ``splits_final.json`` beside the images."""

    name = "nnunet"

    def write(self, content: SetContent, into: Path) -> None:
        """Write both files below *into* (the set's ``data/``)."""
        target = into / folder(content.name)
        write_bytes(target / "dataset.json", _json(dataset_json(content)))
        write_bytes(target / "splits_final.json", _json(content.folds()))


def dataset_json(content: SetContent) -> dict[str, object]:
    """Return what ``dataset.json`` says, in nnU-Net's spelling (``licence``)."""
    return {
        "name": content.name,
        "description": content.title,
        "reference": "; ".join(content.references),
        "licence": content.license,
        "channel_names": {
            str(index): channel_name(channel, modality)
            for index, (channel, modality) in enumerate(content.modalities.items())
        },
        **_labels(content),
        "numTraining": sum(case.fold is not None for case in content.cases),
        "file_ending": ENDING,
    }


def _labels(content: SetContent) -> dict[str, object]:
    """Return ``labels``, and ``regions_class_order`` where a label has several values.

    nnU-Net paints regions in their order, so wholes come first; each paints its own value.
    """
    ignore = {} if content.ignore is None else {"ignore": content.ignore}
    if not content.regions:
        return {"labels": {**content.labels, **ignore}}
    own = {name: value for name, value in content.labels.items() if value}
    every = {name: list(content.regions.get(name, (value,))) for name, value in own.items()}
    order = sorted(every, key=lambda name: (-len(every[name]), own[name]))
    spelled = {name: every[name] if len(every[name]) > 1 else own[name] for name in order}
    return {
        "labels": {"background": 0, **spelled, **ignore},
        "regions_class_order": [own[name] for name in order],
    }


def _json(value: object) -> bytes:
    """Write *value* in its own order: nnU-Net reads channels and labels by position."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
