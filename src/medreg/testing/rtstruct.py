"""Write RT Structure Sets as planning systems do: closed planar contours along pixel borders.

A contour runs between pixel centers, so that no rule for borders decides what is inside. Holes are
contours within contours. The bytes depend on the arguments alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.uid import RTStructureSetStorage

from medreg.model import CT, Modality
from medreg.testing.attributes import (
    Series,
    common,
    decimals,
    items,
    orientation,
    position,
    said,
    say,
    to_bytes,
    to_lps,
    uid,
)
from medreg.testing.dicom import STORAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from medreg.volume import Volume

NOT_OF_CONTOURS = (
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation"),
    *("BurnedInAnnotation", "PositionReferenceIndicator"),
)

Point = tuple[int, int]


def structure_set(
    mask: Volume,
    names: Mapping[int, str],
    of: Series,
    *,
    source: Series,
    modality: Modality = CT,
) -> bytes:
    """Write *mask* as an RT Structure Set (PS3.3 section A.19): an ROI for each of *names*.

    *source* is the series of *modality* that it was drawn on, as `testing.dicom.slices` wrote it.
    """
    pixels = to_lps(mask)
    dataset = common(pixels, RTStructureSetStorage, of, "RTSTRUCT")
    for name in NOT_OF_CONTOURS:
        del dataset[name]
    frame = dataset.FrameOfReferenceUID
    say(
        dataset,
        InstanceNumber=1,
        StructureSetLabel="STRUCTURES",
        StructureSetDate=dataset.StudyDate,
        StructureSetTime=dataset.StudyTime,
        ReferencedFrameOfReferenceSequence=items([_frame(pixels, frame, source, modality)]),
        StructureSetROISequence=items(
            said(
                ROINumber=number,
                ReferencedFrameOfReferenceUID=frame,
                ROIName=name,
                ROIGenerationAlgorithm="MANUAL",
            )
            for number, name in sorted(names.items())
        ),
        ROIContourSequence=items(
            said(
                ReferencedROINumber=number,
                ContourSequence=items(_contours(pixels, number, source, modality)),
            )
            for number in sorted(names)
        ),
        RTROIObservationsSequence=items(
            said(
                ObservationNumber=number,
                ReferencedROINumber=number,
                RTROIInterpretedType="",
                ROIInterpreter="",
            )
            for number in sorted(names)
        ),
    )
    return to_bytes(dataset, of.instance(1))


def _frame(pixels: Volume, frame: str, source: Series, modality: Modality) -> Dataset:
    series = said(
        SeriesInstanceUID=uid(source.series),
        ContourImageSequence=items(
            _instance(pixels, k, source, modality) for k in range(pixels.shape[2])
        ),
    )
    study = said(
        ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1",  # retired, and written by all (C.8.8.5)
        ReferencedSOPInstanceUID=uid(source.study),
        RTReferencedSeriesSequence=items([series]),
    )
    return said(FrameOfReferenceUID=frame, RTReferencedStudySequence=items([study]))


def _instance(pixels: Volume, k: int, source: Series, modality: Modality) -> Dataset:
    return said(
        ReferencedSOPClassUID=STORAGE[modality],
        ReferencedSOPInstanceUID=source.instance(pixels.shape[2] - k),
    )


def _contours(pixels: Volume, number: int, source: Series, modality: Modality) -> Iterator[Dataset]:
    along = np.array(orientation(pixels), dtype=np.float64).reshape(2, 3)
    steps = along * np.array(pixels.spacing[:2])[:, None]
    for k in range(pixels.shape[2]):
        origin = np.array(position(pixels, k), dtype=np.float64)
        for loop in outlines(pixels.array[:, :, k] == number):
            yield said(
                ContourImageSequence=items([_instance(pixels, k, source, modality)]),
                ContourGeometricType="CLOSED_PLANAR",
                NumberOfContourPoints=len(loop),
                ContourData=decimals((origin + loop @ steps).round(6).ravel()),
            )


def outlines(plane: NDArray[np.bool_]) -> Iterator[NDArray[np.float64]]:
    """Yield the closed borders of *plane* (x, y), as corners in pixels, shape ``(n, 2)``."""
    after: dict[Point, list[Point]] = {}
    for one, other in _edges(np.pad(plane, 1)):
        after.setdefault(one, []).append(other)
    for start in sorted(after):
        while after[start]:
            loop = [start]
            while (following := after[loop[-1]].pop()) != start:
                loop.append(following)
            points = np.array(loop)
            turns = np.roll(points, -1, axis=0) - points != points - np.roll(points, 1, axis=0)
            yield points[turns.any(axis=1)] - 1.5  # the margin, and half a pixel


def _edges(padded: NDArray[np.bool_]) -> Iterator[tuple[Point, Point]]:
    """Yield the borders between true and false pixels, with the true one on the same hand."""
    inside = padded.astype(np.int8)
    for x, y in np.argwhere(np.diff(inside, axis=0) != 0).tolist():
        ends = (x + 1, y), (x + 1, y + 1)
        yield ends if inside[x + 1, y] else ends[::-1]
    for x, y in np.argwhere(np.diff(inside, axis=1) != 0).tolist():
        ends = (x, y + 1), (x + 1, y + 1)
        yield ends[::-1] if inside[x, y + 1] else ends
