"""What masks hold: values or names found in a few of them, and the vocabulary's word for each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from medreg.errors import MedregError
from medreg.layouts.masks import PerLabelRef, RtStructRef, SegRef
from medreg.plugins.blanks import BLANK
from medreg.plugins.draft.write import LABEL, snake
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.model import Case, ImageRef, Tree
    from medreg.vocabulary import Vocabulary

FEW = 5  # masks that are read
MOST = 256  # values: more are no labels


def labels_of(
    tree: Tree, cases: Sequence[Case], index: Mapping[str, Any], vocabulary: Vocabulary
) -> tuple[dict[int | str, str], list[str]]:
    """Return raw value or name -> label, and what a person should know.

    *index* is a ``dataset.json`` with names of values, or empty. Every value and name that *index*
    or one of a few masks has is listed; what the vocabulary does not know says `BLANK`.
    """
    masks = [case.mask for case in cases if case.mask is not None]
    if not masks:
        return {}, []
    told = _told(index.get("labels"))
    notes: list[str] = []
    names = sorted({name for mask in masks for name in _names(tree, mask)}, key=natural)
    if names:
        return {name: _label(name, vocabulary) for name in names}, notes
    values: set[int] = set()
    for mask in _spread(masks):
        try:
            values |= _values(mask)
        except MedregError as error:
            notes.append(f"a mask could not be read: {error.message}")
    if len(values) > MOST:
        notes.append(f"the masks hold {len(values)} values: are they masks?")
        return {}, notes
    if told and (strange := sorted(values - told.keys() - {0})):
        notes.append(f"dataset.json does not name {', '.join(map(str, strange))}")
    every = sorted((values | told.keys()) - {0})
    return {v: _label(told[v], vocabulary) if v in told else LABEL for v in every}, notes


def in_vocabulary(word: str, vocabulary: Vocabulary) -> str:
    """Return the label that *word* speaks of; empty when the vocabulary knows none.

    Case, order of sides, plural and British spelling do not matter.
    """
    name = snake(word).replace("tumour", "tumor")
    name = name.replace("haem", "hem").replace("oesoph", "esoph")
    side = re.sub(r"^(left|right)_(.+)$", r"\2_\1", name)
    back = re.sub(r"^(.+)_(left|right)$", r"\2_\1", name)
    for form in (name, side, back):
        for tried in (form, form.removesuffix("s"), f"{form}s"):
            if tried in vocabulary:
                return tried
    return ""


def _label(word: str, vocabulary: Vocabulary) -> str:
    return in_vocabulary(word, vocabulary) or f"{BLANK}: {word!r}, as in registry/vocabulary.csv"


def _told(labels: Any) -> dict[int, str]:
    """Read ``labels`` of a ``dataset.json``: the Decathlon's value -> name, or nnU-Net's way."""
    if not isinstance(labels, dict):
        return {}
    found: dict[int, str] = {}
    for key, item in labels.items():
        if isinstance(item, str) and str(key).isdecimal():
            found[int(key)] = item
        elif isinstance(item, int) and not isinstance(item, bool):
            found[item] = str(key)
    return {value: name for value, name in found.items() if value}


def _spread(masks: Sequence[ImageRef]) -> Iterable[ImageRef]:
    """Return a few of *masks*, from first to last."""
    step = max(1, (len(masks) - 1) // (FEW - 1)) if len(masks) > 1 else 1
    return masks[::step][:FEW]


def _values(mask: ImageRef) -> set[int]:
    import numpy as np

    found = np.unique(mask.read().array)
    return {int(value) for value in found if value == int(value)}


def _names(tree: Tree, mask: ImageRef) -> list[str]:
    """Return the names of structures that *mask* has, where its file names any."""
    if isinstance(mask, PerLabelRef):
        return list(mask.files)
    if not isinstance(mask, SegRef | RtStructRef):
        return []
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        with tree.open(mask.members[0]) as stream:
            header = dcmread(stream, stop_before_pixels=True)
    except (InvalidDicomError, OSError):
        return []
    segments = (str(item.get("SegmentLabel", "")) for item in header.get("SegmentSequence", ()))
    drawn = (str(item.get("ROIName", "")) for item in header.get("StructureSetROISequence", ()))
    return [name for name in (*segments, *drawn) if name]
