"""``medreg check`` asks one raw header per DICOM series who the patient is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset as Header
from pydicom.sequence import Sequence

from medreg.model import CT
from medreg.stages import sidecar
from medreg.testing.dicom import Series, slices
from medreg.volume import Volume
from tests.stages.toy import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.stages.toy import Lab

LAYOUTS = (
    'Pairs(image="**/volume-{case}.nii.gz", label="**/segmentation-{case}.nii.gz")',
    'DicomSeries(image="{case}/*.dcm")',
)


def prepared(tmp_path: Path, change: Callable[[Header], None]) -> Lab:
    """Check a dataset of one DICOM series, whose first header was changed."""
    lab = make(tmp_path)
    lab.declare({1: "liver"})
    file = lab.registry.plugins / "toy.py"
    text = file.read_text().replace("import Pairs", "import DicomSeries")
    text = text.replace(*LAYOUTS).replace("labels={1: 'liver'}", 'annotation="none"')
    file.write_text(text)
    place = lab.upstream / "toy"
    for old in place.rglob("*"):
        old.unlink()
    (place / "p1").mkdir()
    array = np.full((16, 16, 6), -1000, np.int16)
    array[4:12, 4:12] = 40
    volume = Volume(array, np.diag([2.0, 2.0, 3.0, 1.0]), unit="HU")
    of = Series(patient="p1", study="p1/study", series="p1/ct", number=1, description="CT")
    for k, data in enumerate(slices(volume, CT, of)):
        header = pydicom.dcmread(io.BytesIO(data))
        change(header)
        header.save_as(place / "p1" / f"{k}.dcm")
    lab.prepare()
    return lab


def nested(header: Header) -> None:
    request = Header()
    request.PatientTelephoneNumbers = "+49 30 1234567"
    header.RequestAttributesSequence = Sequence([request])


def say(**values: str) -> Callable[[Header], None]:
    def change(header: Header) -> None:
        del header.PatientIdentityRemoved, header.DeidentificationMethod
        for name, value in values.items():
            setattr(header, name, value)

    return change


IDENTIFYING = {
    "a person's name: PatientName": say(PatientName="Mustermann^Erika"),
    "a birth date: PatientBirthDate": say(PatientBirthDate="19620413"),
    "an address: PatientAddress": say(PatientAddress="Lindenweg 7, Berlin"),
    "a phone number: RequestAttributesSequence/PatientTelephoneNumbers": nested,
    "text burned into the pixels: BurnedInAnnotation": say(BurnedInAnnotation="YES"),
    "a person's name: PatientID": say(PatientID="Schmidt_Anna"),
    "a person's name: OperatorsName": say(OperatorsName="Fischer^Anna"),
}
VALUES = ("Mustermann", "Erika", "19620413", "Lindenweg", "1234567", "Schmidt", "Fischer")


@pytest.mark.parametrize("told", IDENTIFYING)
def test_a_name_in_a_raw_header_fails_and_is_not_repeated(
    told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = prepared(tmp_path, IDENTIFYING[told])
    (row,) = _rows(lab)
    assert row["verdict"] == "fail"
    assert f"privacy:fail:a raw header holds {told}" in row["findings"]
    report = lab.run("check")
    assert report.exit_code == 1, "what `medreg check` ends with"
    said = capsys.readouterr()
    written = [
        file.read_bytes().decode("utf-8", "replace")
        for file in lab.registry.root.rglob("*")
        if file.is_file() and "raw" not in file.relative_to(lab.registry.root).parts
    ]
    for text in (said.out, said.err, repr(report), *written):
        assert not any(value in text for value in VALUES)


def _rows(lab: Lab) -> list[dict[str, str]]:
    import csv

    with (lab.dataset().path / "cases.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_an_institution_is_a_warning_unless_identity_was_removed(tmp_path: Path) -> None:
    (row,) = _rows(prepared(tmp_path / "kept", say(InstitutionName="Charite")))
    assert "privacy:warn:a raw header holds an identifier: InstitutionName" in row["findings"]

    def removed(header: Header) -> None:
        header.InstitutionName, header.AccessionNumber = "Charite", "1764353264683505"

    (row,) = _rows(prepared(tmp_path / "removed", removed))
    assert "privacy" not in row["findings"]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"PatientName": "LUNG1-001", "PatientID": "LUNG1-001"},
        {"PatientName": "Anonymized", "ReferringPhysicianName": "Removed by CTP"},
        {"PatientName": "PETDRO PHANTOM", "PatientID": "DRO"},
        {"PatientBirthDate": "19000101", "InstitutionName": "REMOVED"},
    ],
)
def test_what_archives_leave_in_headers_is_no_finding(
    values: dict[str, str], tmp_path: Path
) -> None:
    lab = prepared(tmp_path, say(**values))
    (row,) = _rows(lab)
    assert "privacy" not in row["findings"]
    content = sidecar.read(lab.dataset().converted / "p1")
    assert content is not None
    assert sidecar.PRIVACY not in content, "a clean case's bytes are what they were"
