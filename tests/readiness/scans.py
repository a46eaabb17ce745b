"""Fabricated CT series with one defect each."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from medreg.imaging import phantoms
from medreg.model import CT
from medreg.testing.dicom import Series, slices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

COUNT = 60
PLAIN = Series(patient="p1", study="readiness/p1", series="readiness/p1/ct")


def code(value: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", "a method"
    return item


def clean(dataset: Dataset, _: int) -> None:
    """Say what a de-identified file says."""
    dataset.DeidentificationMethodCodeSequence = Items([code("113100"), code("113109")])
    dataset.BodyPartExamined = "CHEST"


def made(of: Series = PLAIN, seed: str = "readiness") -> list[Dataset]:
    """Return the slices of a CT that passes every check, as data sets."""
    datasets = [dcmread(io.BytesIO(file)) for file in _files(of, seed)]
    for number, dataset in enumerate(datasets):
        clean(dataset, number)
    return datasets


@cache
def _files(of: Series, seed: str) -> list[bytes]:
    image = phantoms.ct(seed, (40, 40, COUNT), (10, 10, 2.5)).image  # coarse: air on every side
    return slices(replace(image, affine=image.affine @ np.diag([0.15, 0.15, 1, 1])), CT, of)


def save(datasets: Sequence[Dataset], folder: Path, name: str = "IM{:04d}") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, dataset in enumerate(datasets):
        dataset.save_as(folder / name.format(number), enforce_file_format=True)


def every(**said: Any) -> Callable[[list[Dataset]], list[Dataset]]:
    """Return an edit of all slices; a value None deletes."""
    return some(range(COUNT), said)


def some(which: Sequence[int], said: Mapping[str, Any]) -> Callable[[list[Dataset]], list[Dataset]]:
    def edit(datasets: list[Dataset]) -> list[Dataset]:
        for number in which:
            for name, value in said.items():
                if value is None:
                    delattr(datasets[number], name)
                else:
                    setattr(datasets[number], name, value(number) if callable(value) else value)
        return datasets

    return edit


def without(*numbers: int) -> Callable[[list[Dataset]], list[Dataset]]:
    return lambda datasets: [d for n, d in enumerate(datasets) if n not in numbers]


def twice(datasets: list[Dataset]) -> list[Dataset]:
    """Store slice 10 a second time, as another instance."""
    copy = dcmread(io.BytesIO(raw(datasets[10])))
    copy.SOPInstanceUID = copy.file_meta.MediaStorageSOPInstanceUID = "2.25.77"
    copy.InstanceNumber = COUNT + 1
    return [*datasets, copy]


def raw(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def tilted(datasets: list[Dataset]) -> list[Dataset]:
    """Shift each slice by 1 mm to the back: a gantry tilted by 21.8 degrees."""
    for number, dataset in enumerate(datasets):
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y + number, z]
    return datasets


def moved(**by: float) -> Callable[[list[Dataset]], list[Dataset]]:
    """Move some slices along z by mm: ``_7=0.1``."""

    def edit(datasets: list[Dataset]) -> list[Dataset]:
        for name, mm in by.items():
            x, y, z = datasets[int(name[1:])].ImagePositionPatient
            datasets[int(name[1:])].ImagePositionPatient = [x, y, float(z) + mm]
        return datasets

    return edit


def eight_bits(datasets: list[Dataset]) -> list[Dataset]:
    for dataset in datasets:
        pixels = np.frombuffer(dataset.PixelData, "<u2") // 16
        dataset.PixelData = pixels.astype(np.uint8).tobytes()
        dataset.BitsAllocated = dataset.BitsStored = 8
        dataset.HighBit = 7
        dataset["PixelData"].VR = "OB"
    return datasets


def without_offset(datasets: list[Dataset]) -> list[Dataset]:
    return every(RescaleIntercept="0")(datasets)


def nested_name(datasets: list[Dataset]) -> list[Dataset]:
    item, inner = Dataset(), Dataset()
    inner.PatientName = "Doe^Jane"
    item.ReferencedPatientSequence = Items([inner])
    datasets[3].ReferencedStudySequence = Items([item])
    return datasets


def private_name(datasets: list[Dataset]) -> list[Dataset]:
    for dataset in datasets:
        block = dataset.private_block(0x0029, "SOME VENDOR", create=True)
        block.add_new(0x10, "LO", "DOE^JANE")
    return datasets


def private_number(datasets: list[Dataset]) -> list[Dataset]:
    for dataset in datasets:
        dataset.private_block(0x0029, "SOME VENDOR", create=True).add_new(0x10, "DS", "1.5")
    return datasets


def localizer(datasets: list[Dataset]) -> list[Dataset]:
    copy = dcmread(io.BytesIO(raw(datasets[0])))
    copy.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    copy.SOPInstanceUID = copy.file_meta.MediaStorageSOPInstanceUID = "2.25.78"
    copy.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    return [*datasets, copy]


def second_series(datasets: list[Dataset]) -> list[Dataset]:
    other = made(Series(patient="p2", study="readiness/p2", series="readiness/p2/ct"), "other")
    return [*datasets, *other]
