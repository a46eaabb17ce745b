"""Structure sets and images to break, and what they should come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from medreg.imaging.masks.identity import UNKNOWN, Identity
from medreg.imaging.masks.rtstruct import read_rtstruct
from medreg.volume import Volume
from tests.imaging.dicoms import MemoryTree, fill, item, to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medreg.imaging.masks.structures import Drawing

SHAPE = (12, 10, 6)
AFFINE = np.diag([-1.0, -1.0, 2.0, 1.0])  # pixel (x, y) of slice k lies at LPS (x, y, 2k) mm
NUMBERS = "ContourData"


def image(affine: NDArray[np.float64] = AFFINE) -> Volume:
    return Volume(np.zeros(SHAPE, np.int16), affine)


def contour(
    points: Sequence[Sequence[float]] | NDArray[np.float64],
    z: float = 0.0,
    kind: str = "CLOSED_PLANAR",
    image_uid: str = "",
    **said: Any,
) -> dict[str, Any]:
    """Return a contour through *points* (x, y) at *z*, or through points (x, y, z)."""
    flat = [[*point, z] if len(point) == 2 else list(point) for point in points]
    content: dict[str, Any] = {
        "ContourGeometricType": kind,
        "NumberOfContourPoints": len(flat),
        NUMBERS: [f"{value:.6f}".rstrip("0") for point in flat for value in point],
    }
    if image_uid:
        content["ContourImageSequence"] = item(ReferencedSOPInstanceUID=image_uid)
    return content | said


def box(x: float, y: float, right: float, below: float) -> list[tuple[float, float]]:
    return [(x, y), (right, y), (right, below), (x, below)]


def rtss(rois: Sequence[tuple[str, Sequence[dict[str, Any]]]], **said: Any) -> bytes:
    """Return a structure set of *rois*: name and contours."""
    series = item(SeriesInstanceUID=said.pop("series", "1.2.3"))
    study = item(RTReferencedSeriesSequence=series)
    frame = said.pop("frame", "1.2.4")
    content: dict[str, Any] = {
        "SpecificCharacterSet": "ISO_IR 192",
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.481.3",
        "SOPInstanceUID": "1.2.9",
        "Modality": "RTSTRUCT",
        "ReferencedFrameOfReferenceSequence": item(
            FrameOfReferenceUID=frame, RTReferencedStudySequence=study
        ),
        "StructureSetROISequence": Items(
            fill(Dataset(), {"ROINumber": number, "ROIName": name})
            for number, (name, _) in enumerate(rois, start=1)
        ),
        "ROIContourSequence": Items(
            fill(
                Dataset(),
                {
                    "ReferencedROINumber": number,
                    "ContourSequence": Items(fill(Dataset(), one) for one in contours),
                },
            )
            for number, (_, contours) in enumerate(rois, start=1)
        ),
    }
    return to_bytes(fill(Dataset(), content | said))


def read(
    data: bytes, onto: Volume | None = None, of: Identity = UNKNOWN, **options: Any
) -> Drawing:
    return read_rtstruct(MemoryTree({"rt.dcm": data}), "rt.dcm", onto or image(), of, **options)


def voxels(drawing: Drawing, at: int = 0) -> NDArray[np.bool_]:
    return drawing.structures[at].region.full(drawing.shape)
