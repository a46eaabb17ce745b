"""What every fabricated DICOM file says: whose it is, where it lies, that nobody is shown."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, ExplicitVRLittleEndian
from pydicom.valuerep import DSfloat

from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

WEIGHT = 70.0  # kg
_DAY, _TIME = "20200101", "100000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Whose series it is: *patient* is an id without meaning; *study* and *series* make UIDs."""

    patient: str
    study: str
    series: str
    description: str = ""
    number: int = 1

    def instance(self, number: int) -> UID:
        """Return the UID of the instance *number*, counted from 1."""
        return uid(f"{self.series}/{number}")


def uid(name: str) -> UID:
    """Return a UID that depends on *name* alone: 2.25 and 128 bits (PS3.5 section B.2)."""
    return UID(f"2.25.{int.from_bytes(hashlib.sha256(name.encode()).digest()[:16])}")


def common(pixels: Volume, storage: UID, of: Series, modality: str) -> Dataset:
    """Return what all instances of a series say; *pixels* as `to_lps` returns them."""
    dataset = said(
        SpecificCharacterSet="ISO_IR 100",
        SOPClassUID=storage,
        **dict.fromkeys(("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"), _DAY),
        **dict.fromkeys(("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime"), _TIME),
        **dict.fromkeys(("AccessionNumber", "ReferringPhysicianName", "PatientName"), ""),
        PatientBirthDate="",
        Modality=modality,
        Manufacturer="medreg",
        ManufacturerModelName="miniature",
        DeviceSerialNumber="1",
        SoftwareVersions="1",
        SeriesDescription=of.description,
        PatientID=of.patient,
        PatientSex="O",
        PatientWeight=decimal(WEIGHT),
        PatientPosition="HFS",
        PatientIdentityRemoved="YES",
        DeidentificationMethod="Fabricated: there is no patient",
        BurnedInAnnotation="NO",
        StudyID="1",
        StudyInstanceUID=uid(of.study),
        SeriesInstanceUID=uid(of.series),
        SeriesNumber=of.number,
        FrameOfReferenceUID=uid(f"{of.study}/frame"),
        PositionReferenceIndicator="",
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        Rows=pixels.shape[1],
        Columns=pixels.shape[0],
    )
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = storage
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = uid("medreg")
    meta.ImplementationVersionName = "MEDREG"
    dataset.file_meta = meta
    return dataset


def to_lps(volume: Volume) -> Volume:
    """Return *volume* with its first two axes pointing left and posterior, as pixels do."""
    ras = volume.to_ras()
    flip = np.diag([-1.0, -1.0, 1.0, 1.0])
    flip[:2, 3] = ras.shape[0] - 1, ras.shape[1] - 1
    return Volume(ras.array[::-1, ::-1], ras.affine @ flip, ras.unit)


def position(pixels: Volume, k: int) -> list[DSfloat]:
    """Return ImagePositionPatient of slice *k*."""
    ras = pixels.affine @ [0.0, 0.0, float(k), 1.0]
    return decimals(ras[:3] * [-1.0, -1.0, 1.0])


def orientation(pixels: Volume) -> list[DSfloat]:
    """Return ImageOrientationPatient: where columns, then rows, increase."""
    cosines = pixels.affine[:3, :2] / np.array(pixels.spacing[:2])
    return decimals((cosines * [[-1.0], [-1.0], [1.0]]).T.ravel())


def spacing(pixels: Volume) -> tuple[list[DSfloat], DSfloat]:
    """Return PixelSpacing (between rows, between columns), and the distance between slices."""
    column, row, between = pixels.spacing
    return [decimal(row), decimal(column)], decimal(between)


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return an item of a code sequence."""
    return said(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def said(**attributes: object) -> Dataset:
    """Return a data set that says *attributes*."""
    dataset = Dataset()
    say(dataset, **attributes)
    return dataset


def say(dataset: Dataset, **attributes: object) -> None:
    """Set *attributes* by keyword."""
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)


def items(datasets: Iterable[Dataset]) -> Items:
    """Return a sequence (VR SQ) of *datasets*."""
    return Items(list(datasets))


def decimal(value: float) -> DSfloat:
    """Return a decimal string of at most 16 characters; never minus zero."""
    return DSfloat(value + 0.0, auto_format=True)


def decimals(values: NDArray[np.float64]) -> list[DSfloat]:
    """Return decimal strings."""
    return [decimal(value) for value in values.tolist()]


def to_bytes(dataset: Dataset, instance: UID) -> bytes:
    """Return *dataset* as the DICOM file of *instance*."""
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = instance
    stream = io.BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()
