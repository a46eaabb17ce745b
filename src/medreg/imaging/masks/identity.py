"""Which image an annotation was drawn on: UIDs of the image, compared with those referenced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.imaging.dicom import read_dataset
from medreg.imaging.guard import refusing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.model import Tree

UIDS = ["SeriesInstanceUID", "FrameOfReferenceUID", "SOPInstanceUID"]


@dataclass(frozen=True, slots=True)
class Identity:
    """The UIDs of an image's files."""

    series: frozenset[str]
    frames_of_reference: frozenset[str]
    instances: frozenset[str]


UNKNOWN = Identity(frozenset(), frozenset(), frozenset())
"""The identity of an image that has none, such as NIfTI: nothing can be compared with it."""


def identity(tree: Tree, members: Sequence[str]) -> Identity:
    """Return the UIDs of the DICOM files *members*; raises `Refused` for one that is not DICOM."""
    found: list[list[str]] = []
    for path in members:
        dataset = read_dataset(tree, path, only=UIDS, pixels=False)
        with refusing(path, "DICOM"):
            found.append([str(dataset.get(name) or "") for name in UIDS])
    series, frames, instances = (
        frozenset(uids) - {""} for uids in (zip(*found, strict=True) if found else ((), (), ()))
    )
    return Identity(series, frames, instances)
