"""Every check, asked of series with one defect each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydicom.uid import UID

from medreg.readiness.validate import CHECKS, validate
from tests.readiness import scans
from tests.readiness.scans import COUNT, every, some, without

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pydicom import Dataset

    from medreg.readiness.validate import Judged

    Defect = Callable[[list[Dataset]], list[Dataset]]

FAIL, WARN, PASS = "FAIL", "WARN", "PASS"
PRIVATE = {"privacy": FAIL}

# what is wrong: the defect, the checks that speak (all others pass), a part of what they say
DEFECTS: Mapping[str, tuple[Defect, Mapping[str, str], str]] = {
    "nothing": (list, {}, ""),
    "a localizer beside": (scans.localizer, {}, "1 set aside (a localizer)"),
    "modality": (every(Modality="MR"), {"modality": FAIL}, "Modality MR in all 60 files"),
    "a chest film": (every(ViewPosition="PA"), {"modality": FAIL}, "is a projection (PA)"),
    "a capture": (
        every(SOPClassUID=UID("1.2.840.10008.5.1.4.1.1.7")),
        {"modality": FAIL},
        "Secondary Capture",
    ),
    "a MIP": (every(ImageType=["DERIVED", "SECONDARY", "MIP"]), {"modality": FAIL}, "MIP"),
    "derived": (
        every(ImageType=["DERIVED", "SECONDARY", "AXIAL"]),
        {"modality": WARN},
        "DERIVED/SECONDARY",
    ),
    "no slope": (every(RescaleSlope=None), {"hounsfield": FAIL}, "no RescaleSlope in all"),
    "no intercept in one": (
        some([9], {"RescaleIntercept": None}),
        {"hounsfield": FAIL},
        "no RescaleIntercept in 1 file",
    ),
    "slope 0": (every(RescaleSlope="0"), {"hounsfield": FAIL}, "RescaleSlope 0 in all"),
    "not HU": (every(RescaleType="US"), {"hounsfield": FAIL}, "RescaleType US"),
    "offset forgotten": (scans.without_offset, {"hounsfield": FAIL}, "smallest value"),
    "offset wrong": (every(RescaleIntercept="-3024"), {"hounsfield": FAIL}, "below -1100 HU"),
    "slope varies": (some([5], {"RescaleSlope": "1.01"}), {"hounsfield": WARN}, "slope 1 (59)"),
    "8 bits": (scans.eight_bits, {"bit_depth": FAIL, "hounsfield": FAIL}, "8 bits stored"),
    "10 bits": (
        every(BitsStored=10, HighBit=9),
        {"bit_depth": FAIL},
        "10 bits stored",
    ),
    "sign varies": (
        some([4], {"PixelRepresentation": 1}),
        {"bit_depth": FAIL},
        "PixelRepresentation 0 (59), 1 (1)",
    ),
    "bits vary": (
        some([4], {"BitsStored": 13, "HighBit": 12}),
        {"bit_depth": WARN},
        "BitsStored 12 (59), 13 (1)",
    ),
    "lossy": (every(LossyImageCompression="01"), {"bit_depth": WARN}, "lossy"),
    "no pixel spacing": (
        every(PixelSpacing=None),
        {"spacing": FAIL, "geometry": FAIL},
        "no PixelSpacing",
    ),
    "pixel spacing varies": (
        some([8], {"PixelSpacing": [1.5, 1.6]}),
        {"spacing": FAIL, "geometry": FAIL},
        "PixelSpacing 1.5 x 1.5, 1.5 x 1.6 mm",
    ),
    "oblong pixels": (every(PixelSpacing=[1.5, 1.0]), {"spacing": WARN}, "1.5 x 1 mm"),
    "thickness varies": (
        some([8], {"SliceThickness": "5"}),
        {"spacing": FAIL},
        "SliceThickness 2.5, 5 mm",
    ),
    "thin slices": (every(SliceThickness="1"), {"spacing": WARN}, "lie 2.5 mm apart"),
    "few slices": (
        without(*range(40, COUNT)),
        {"slices": FAIL},
        "40 unique positions, 50 needed",
    ),
    "a missing slice": (
        without(30),
        {"slices": FAIL, "integrity": WARN, "geometry": FAIL},
        "1 missing between",
    ),
    "a slice twice": (
        scans.twice,
        {"slices": FAIL, "geometry": FAIL},
        "1 slices at a position that is taken",
    ),
    "uneven by 4 %": (scans.moved(_30=0.1), {"slices": WARN}, "gaps from 2.400 to 2.600 mm"),
    "uneven by 20 %": (
        scans.moved(_30=0.5),
        {"slices": FAIL, "geometry": FAIL},
        "mm where 2.500 mm is usual",
    ),
    "tilted": (scans.tilted, {"geometry": FAIL}, "gantry tilt 21.8"),
    "no position": (
        every(ImagePositionPatient=None),
        {"slices": FAIL, "order": WARN, "geometry": FAIL},
        "InstanceNumber runs without gap",
    ),
    "neither position nor number": (
        every(ImagePositionPatient=None, InstanceNumber=None),
        {"slices": FAIL, "order": FAIL, "geometry": FAIL},
        "InstanceNumber cannot order them",
    ),
    "one turned": (
        some([2], {"ImageOrientationPatient": [0.9998477, 0.0174524, 0, -0.0174524, 0.9998477, 0]}),
        {"order": FAIL, "geometry": FAIL},
        "ImageOrientationPatient differs in 1 of 60",
    ),
    "two frames of reference": (
        some(range(30), {"FrameOfReferenceUID": "2.25.5"}),
        {"order": FAIL},
        "2 FrameOfReferenceUIDs",
    ),
    "kernel changes": (
        some(range(30), {"ConvolutionKernel": "B31f"}),
        {"integrity": WARN},
        "kernel changes at slice 31 (B30f -> B31f)",
    ),
    "two image types": (
        some([0], {"ImageType": ["ORIGINAL", "PRIMARY", "OTHER"]}),
        {"integrity": FAIL},
        "ImageType ORIGINAL/PRIMARY/OTHER (1)",
    ),
    "two studies": (
        some([0], {"StudyInstanceUID": "2.25.6"}),
        {"integrity": FAIL},
        "StudyInstanceUID 2.25.6 (1)",
    ),
    "an instance twice": (
        some([1], {"SOPInstanceUID": scans.PLAIN.instance(1)}),
        {"integrity": FAIL},
        "1 files repeat a SOPInstanceUID",
    ),
    "pixels cut": (
        some([7], {"PixelData": b"\0\0"}),
        {"integrity": FAIL},
        "2 of 3,200 bytes of pixels",
    ),
    "two series, two patients": (
        scans.second_series,
        {"integrity": FAIL},
        "1 more series in the same folder, of 2 patients",
    ),
    "a name": (every(PatientName="Doe^Jane"), PRIVATE, 'PatientName "D…" in 60 files'),
    "a date of birth": (every(PatientBirthDate="19610203"), PRIVATE, "PatientBirthDate in 60"),
    "a physician in one": (some([5], {"OperatorsName": "Doe^J"}), PRIVATE, "OperatorsName"),
    "an institution": (every(InstitutionName="St. Elsewhere"), PRIVATE, "InstitutionName"),
    "burned in": (every(BurnedInAnnotation="YES"), PRIVATE, "BurnedInAnnotation YES"),
    "a name in a sequence": (
        scans.nested_name,
        PRIVATE,
        "ReferencedStudySequence/ReferencedPatientSequence/PatientName",
    ),
    "a name in a private block": (scans.private_name, PRIVATE, "(0029,1010) a name in 60 files"),
    "a private number": (scans.private_number, {"privacy": WARN}, "private elements in 60 files"),
    "a date in a text": (
        every(SeriesDescription="chest 2019-04-02"),
        {"privacy": WARN},
        "SeriesDescription a date",
    ),
    "an old patient": (every(PatientAge="093Y"), {"privacy": WARN}, "over 89 years"),
    "a head": (every(BodyPartExamined="HEAD"), {"privacy": WARN}, "a face may be recognizable"),
    "no evidence": (
        every(PatientIdentityRemoved=None, DeidentificationMethodCodeSequence=None),
        {"privacy": WARN},
        "PatientIdentityRemoved absent",
    ),
    "evidence without method": (
        every(DeidentificationMethodCodeSequence=None, DeidentificationMethod=None),
        {"privacy": WARN},
        "PatientIdentityRemoved YES, no method",
    ),
    "an accession number": (
        every(AccessionNumber="1764353264683505"),
        {"privacy": WARN},
        "AccessionNumber in 60 files",
    ),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_one_defect_is_named_by_its_checks_alone(name: str, tmp_path: Path) -> None:
    defect, expected, said = DEFECTS[name]
    scans.save(defect(scans.made()), tmp_path / "scan")
    report = validate([tmp_path])
    judged = report.series[0]
    assert levels(judged) == dict.fromkeys((check.__name__ for check in CHECKS), PASS) | expected
    assert said in " | ".join(verdict.value for verdict in judged.verdicts)
    assert report.level == max(expected.values(), key=[PASS, WARN, FAIL].index, default=PASS)


def test_the_files_that_offend_are_listed(tmp_path: Path) -> None:
    edit = some([5, 17], {"OperatorsName": "Doe^J"})
    scans.save(edit(scans.made()), tmp_path)
    privacy = next(v for v in validate([tmp_path]).series[0].verdicts if v.check == "privacy")
    assert privacy.files == (str(tmp_path / "IM0005"), str(tmp_path / "IM0017"))
    assert "Doe" not in str(validate([tmp_path]).json())


def levels(judged: Judged) -> dict[str, str]:
    return {verdict.check: str(verdict.level) for verdict in judged.verdicts}
