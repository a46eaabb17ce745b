"""Write DICOM as scanners and archives do: single-frame series, and binary SEG.

The bytes depend on the arguments alone: UIDs are made from names, dates are fixed, and nobody is
named. Transfer syntax is Explicit VR Little Endian, uncompressed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.uid import (
    UID,
    CTImageStorage,
    MRImageStorage,
    PositronEmissionTomographyImageStorage,
    SegmentationStorage,
)

from medreg.model import CT, MR, PT, Modality
from medreg.testing.attributes import (
    WEIGHT,
    Series,
    code,
    common,
    decimal,
    items,
    orientation,
    position,
    said,
    say,
    spacing,
    to_bytes,
    to_lps,
    uid,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from medreg.volume import Volume

__all__ = ["BQML_PER_SUV", "Series", "segmentation", "slices"]

STORAGE: Mapping[Modality, UID] = {
    CT: CTImageStorage,
    MR: MRImageStorage,
    PT: PositronEmissionTomographyImageStorage,
}

_HALF_LIFE = 6586.2  # seconds, of fluorine-18
_UPTAKE = 3600  # seconds between injection (09:00) and scan (10:00)
_DOSE = 350e6  # Bq
BQML_PER_SUV = _DOSE * 2 ** (-_UPTAKE / _HALF_LIFE) / (WEIGHT * 1000)
"""What one SUV (by body weight) is in Bq/ml in the PET series that are written here."""

_LOWEST_HU = -1024  # what 12 unsigned bits begin with
_PET_STEPS = 32767  # per slice


def slices(volume: Volume, modality: Modality, of: Series) -> list[bytes]:
    """Write *volume* as one file per axial slice, from the head down.

    CT takes whole HU and MR whole numbers; PET takes Bq/ml from 0 and rounds them to 1/32767
    of each slice's maximum, as scanners do. Raises `ValueError` for what cannot be stored.
    """
    pixels = to_lps(volume)
    count = pixels.shape[2]
    encode = _encoding(pixels.array, modality)
    in_plane, between = spacing(pixels)
    dataset = common(pixels, STORAGE[modality], of, modality)
    say(
        dataset,
        ImageOrientationPatient=orientation(pixels),
        PixelSpacing=in_plane,
        SliceThickness=between,
        **_MODULES[modality](count),
    )
    files = []
    for number, k in enumerate(reversed(range(count)), start=1):
        place = position(pixels, k)
        say(dataset, InstanceNumber=number, ImagePositionPatient=place, SliceLocation=place[2])
        say(dataset, **encode(pixels.array[:, :, k].T))
        dataset["PixelData"].VR = "OW"
        files.append(to_bytes(dataset, of.instance(number)))
    return files


def segmentation(  # noqa: PLR0913  # what a SEG needs to say
    mask: Volume,
    names: Mapping[int, str],
    of: Series,
    *,
    source: Series,
    modality: Modality = PT,
    every_frame: bool = False,
) -> bytes:
    """Write *mask* as a binary DICOM SEG (PS3.3 section A.51) on the grid of a series.

    *mask* holds segment numbers; *names* says what each is called. Frames without a voxel are
    left out unless *every_frame*; bits run on from frame to frame (PS3.5 section 8.1.1).
    *source* is the series of *modality* that was segmented.
    """
    pixels = to_lps(mask)
    shown = [
        (number, k)
        for number in sorted(names)
        for k in reversed(range(pixels.shape[2]))
        if every_frame or (pixels.array[:, :, k] == number).any()
    ]
    if not shown:
        raise ValueError("a SEG has at least one frame; pass every_frame=True for an empty mask")
    bits = np.stack([np.equal(pixels.array[:, :, k].T, number) for number, k in shown])
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    dataset = common(pixels, SegmentationStorage, of, "SEG")
    say(
        dataset,
        ImageType=["DERIVED", "PRIMARY"],
        InstanceNumber=1,
        ContentLabel="SEGMENTATION",
        ContentDescription="",
        ContentCreatorName="",
        SegmentationType="BINARY",
        NumberOfFrames=len(shown),
        BitsAllocated=1,
        BitsStored=1,
        HighBit=0,
        PixelRepresentation=0,
        LossyImageCompression="00",
        SegmentSequence=items(_segment(number, names[number]) for number in sorted(names)),
        ReferencedSeriesSequence=items([_reference(pixels, source, modality)]),
        DimensionOrganizationSequence=items([said(DimensionOrganizationUID=uid(of.series))]),
        DimensionIndexSequence=items(_dimensions(of)),
        SharedFunctionalGroupsSequence=items([_shared(pixels)]),
        PerFrameFunctionalGroupsSequence=items(_frame(pixels, n, k) for n, k in shown),
        PixelData=packed + b"\0" * (len(packed) % 2),
    )
    dataset["PixelData"].VR = "OB"
    return to_bytes(dataset, of.instance(1))


# --- pixels ------------------------------------------------------------------------------------


def _encoding(
    array: NDArray[np.generic], modality: Modality
) -> Callable[[NDArray[np.generic]], dict[str, object]]:
    """Return how each slice of *array* is stored: all alike, but for a PET's slope."""
    if modality is PT:
        return _pet_pixels
    whole = np.rint(array).astype(np.int64)
    low, high = int(whole.min()), int(whole.max())
    intercept = _LOWEST_HU if modality is CT and low >= _LOWEST_HU else 0
    signed = low < intercept
    limits = np.iinfo(np.int16 if signed else np.uint16)
    stored = range(limits.min, limits.max + 1)
    fits = low - intercept in stored and high - intercept in stored
    if not (fits and np.array_equal(whole, array)):
        raise ValueError(f"{modality} series hold 16-bit whole numbers, not {low} to {high}")
    bits = 12 if not signed and high - intercept < 2**12 else 16

    def pixels(values: NDArray[np.generic]) -> dict[str, object]:
        stored = np.rint(values).astype(np.int64) - intercept
        said = _stored(stored.astype("<i2" if signed else "<u2"), bits)
        if modality is CT:
            said |= {"RescaleSlope": "1", "RescaleIntercept": str(intercept), "RescaleType": "HU"}
        return said

    return pixels


def _pet_pixels(values: NDArray[np.generic]) -> dict[str, object]:
    activity = np.asarray(values, dtype=np.float64)
    # readers see 16 characters of the slope: store what they will multiply with
    slope = decimal(float(activity.max()) / _PET_STEPS or 1.0)
    stored = np.rint(activity / float(str(slope))).astype("<u2")
    return _stored(stored, 16) | {"RescaleSlope": slope, "RescaleIntercept": "0"}


def _stored(stored: NDArray[np.integer], bits: int) -> dict[str, object]:
    return {
        "BitsAllocated": 16,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(stored.dtype.kind == "i"),
        "PixelData": stored.tobytes(),
    }


# --- what each modality says -------------------------------------------------------------------


def _ct_module(_: int) -> dict[str, object]:
    return {
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "KVP": "120",
        "ConvolutionKernel": "B30f",
    }


def _mr_module(_: int) -> dict[str, object]:
    return {
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"],
        "ScanningSequence": "GR",
        "SequenceVariant": "SP",
        "ScanOptions": "",
        "MRAcquisitionType": "2D",
        "RepetitionTime": "110",
        "EchoTime": "4.6",
        "MagneticFieldStrength": "1.5",
    }


def _pet_module(count: int) -> dict[str, object]:
    tracer = said(
        Radiopharmaceutical="FDG",
        RadiopharmaceuticalStartTime="090000",
        RadiopharmaceuticalStartDateTime="20200101090000",
        RadionuclideTotalDose=decimal(_DOSE),
        RadionuclideHalfLife=decimal(_HALF_LIFE),
        RadionuclidePositronFraction="0.967",
        RadionuclideCodeSequence=items([code("C-111A1", "SRT", "^18^Fluorine")]),
    )
    return {
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "SeriesType": ["WHOLE BODY", "IMAGE"],
        "Units": "BQML",
        "CountsSource": "EMISSION",
        "CorrectedImage": ["NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN"],
        "DecayCorrection": "START",
        "DecayFactor": "1",
        "FrameReferenceTime": "0",
        "ActualFrameDuration": "120000",
        "NumberOfSlices": count,
        "RadiopharmaceuticalInformationSequence": items([tracer]),
    }


_MODULES = {CT: _ct_module, MR: _mr_module, PT: _pet_module}


# --- what a SEG says ---------------------------------------------------------------------------


def _segment(number: int, name: str) -> Dataset:
    structure = code("123037004", "SCT", "Anatomical Structure")
    return said(
        SegmentNumber=number,
        SegmentLabel=name,
        SegmentAlgorithmType="MANUAL",
        SegmentedPropertyCategoryCodeSequence=items([structure]),
        SegmentedPropertyTypeCodeSequence=items([structure]),
    )


def _reference(pixels: Volume, source: Series, modality: Modality) -> Dataset:
    instances = (
        said(
            ReferencedSOPClassUID=STORAGE[modality],
            ReferencedSOPInstanceUID=source.instance(number + 1),
        )
        for number in range(pixels.shape[2])
    )
    return said(SeriesInstanceUID=uid(source.series), ReferencedInstanceSequence=items(instances))


def _dimensions(of: Series) -> list[Dataset]:
    segment, plane = (0x0062000B, 0x0062000A), (0x00200032, 0x00209113)
    return [
        said(
            DimensionOrganizationUID=uid(of.series),
            DimensionIndexPointer=pointer,
            FunctionalGroupPointer=group,
        )
        for pointer, group in (segment, plane)
    ]


def _shared(pixels: Volume) -> Dataset:
    in_plane, between = spacing(pixels)
    measures = said(PixelSpacing=in_plane, SliceThickness=between, SpacingBetweenSlices=between)
    return said(
        PixelMeasuresSequence=items([measures]),
        PlaneOrientationSequence=items([said(ImageOrientationPatient=orientation(pixels))]),
    )


def _frame(pixels: Volume, number: int, k: int) -> Dataset:
    return said(
        FrameContentSequence=items([said(DimensionIndexValues=[number, k + 1])]),
        PlanePositionSequence=items([said(ImagePositionPatient=position(pixels, k))]),
        SegmentIdentificationSequence=items([said(ReferencedSegmentNumber=number)]),
    )
