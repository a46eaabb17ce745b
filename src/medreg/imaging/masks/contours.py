"""What an RT Structure Set says: its ROIs and their contours (PS3.3 C.8.8.5, C.8.8.6, C.8.8.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medreg.errors import Refused
from medreg.imaging.geometry import FARTHEST
from medreg.imaging.masks.codes import code_sequences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray
    from pydicom import Dataset

    from medreg.imaging.masks.structures import Code

CODED = {"type": "RTROIIdentificationCodeSequence"}


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """One contour: its *kind* (ContourGeometricType) and *points*, shape ``(n, 3)``, in LPS mm.

    *instances* are the images that it was drawn on.
    """

    kind: str
    points: NDArray[np.float64]
    instances: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Roi:
    """One region of interest with all its contours, in the file's order."""

    number: int
    name: str
    contours: tuple[Contour, ...]
    codes: Mapping[str, tuple[Code, ...]]
    facts: Mapping[str, Any]


def rois(dataset: Dataset, path: str) -> list[Roi]:
    """Return every ROI that *dataset* names, also those without a contour.

    Raises `Refused` naming *path* for contours of an ROI that is not named, a number that two
    share, and points that are no triplets of numbers.
    """
    named = {int(one.ROINumber): one for one in dataset.StructureSetROISequence}
    if len(named) != len(dataset.StructureSetROISequence):
        raise Refused(f"{path} gives two ROIs one number")
    if "ROIContourSequence" not in dataset:  # type 1, and what a cut file lacks first
        raise Refused(f"{path} is truncated or no structure set: it has no ROIContourSequence")
    drawn: dict[int, tuple[Contour, ...]] = {}
    for item in dataset.ROIContourSequence or ():
        number = int(item.ReferencedROINumber)
        if number not in named:
            raise Refused(f"{path} has contours of ROI {number}, which it does not name")
        contours = item.get("ContourSequence") or ()
        drawn[number] = drawn.get(number, ()) + tuple(
            _contour(one, f"{path}, ROI {number}, contour {at}")
            for at, one in enumerate(contours, start=1)
        )
    seen = {
        int(one.ReferencedROINumber): one
        for one in dataset.get("RTROIObservationsSequence") or ()
        if one.get("ReferencedROINumber") is not None
    }
    return [
        Roi(
            number,
            str(one.get("ROIName") or ""),
            drawn.get(number, ()),
            code_sequences(seen[number], CODED) if number in seen else {},
            dict(_facts(one, seen.get(number))),
        )
        for number, one in named.items()
    ]


def _facts(roi: Dataset, observed: Dataset | None) -> Iterable[tuple[str, str]]:
    for name, said in (
        ("description", roi.get("ROIDescription")),
        ("algorithm", roi.get("ROIGenerationAlgorithm")),
        ("interpreted", observed.get("RTROIInterpretedType") if observed else None),
    ):
        if said:
            yield name, str(said)


def _contour(item: Dataset, where: str) -> Contour:
    kind = str(item.get("ContourGeometricType") or "")
    if not kind:
        raise Refused(f"{where} has no ContourGeometricType")
    numbers = _numbers(item, where)
    count = int(item.get("NumberOfContourPoints") or numbers.size // 3)
    if numbers.size != 3 * count:
        raise Refused(f"{where} has {numbers.size} coordinates for {count} points")
    if not (np.abs(numbers) < FARTHEST).all():  # false for NaN, too
        raise Refused(f"{where} has points that lie nowhere")
    images = item.get("ContourImageSequence") or ()
    uids = tuple(str(one.get("ReferencedSOPInstanceUID") or "") for one in images)
    return Contour(kind, numbers.reshape(-1, 3), tuple(uid for uid in uids if uid))


def _numbers(item: Dataset, where: str) -> NDArray[np.float64]:
    """Return ContourData; its text is parsed here, for pydicom makes an object of each number."""
    if "ContourData" not in item:
        raise Refused(f"{where} has no points")
    raw: Any = item.get_item("ContourData").value
    words = raw.split(b"\\") if isinstance(raw, bytes) else raw if raw is not None else ()
    try:
        return np.array([float(word) for word in words if word not in (b"", "")], np.float64)
    except (TypeError, ValueError):
        raise Refused(f"{where} has points that are no numbers") from None
