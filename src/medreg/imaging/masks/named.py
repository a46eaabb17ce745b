"""Which series an annotation says that it was drawn on, by UID."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.imaging.dicom import read_dataset
from medreg.imaging.guard import refusing

if TYPE_CHECKING:
    from medreg.model import Tree

_TAGS = ["Modality", "ReferencedSeriesSequence", "ReferencedFrameOfReferenceSequence"]


def series_named_by(tree: Tree, path: str) -> set[str]:
    """Return the SeriesInstanceUIDs that the SEG or RTSTRUCT *path* refers to.

    Raises `Refused` for a file that is not DICOM.
    """
    from medreg.imaging.masks import rtstruct, seg

    dataset = read_dataset(tree, path, only=_TAGS, pixels=False)
    with refusing(path, "DICOM"):
        if dataset.get("Modality") == "RTSTRUCT":
            return rtstruct.referenced(dataset)[0]
        return seg.referenced(dataset)
