"""The levels that real series get."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medreg.readiness.profile import CT, MR, PET, Profile
from medreg.readiness.validate import validate

if TYPE_CHECKING:
    from pathlib import Path

LETTERS = {"PASS": ".", "WARN": "w", "FAIL": "F"}
SARCOMA = "ibsi_validation/dicom"
GENERIC = "dicom2nifti/generic"

# a letter per check: modality hounsfield bit_depth spacing slices order integrity privacy geometry
LEVELS: dict[str, tuple[Profile, str]] = {
    "dcm_qa_ct_philips/S21570/S2010": (CT, ".w..F..F."),  # a head phantom: little soft tissue
    "dcm_qa_ct_philips/S21570/S4010": (CT, "FFFFFFFFF"),  # dose sheets as secondary captures
    "dcmqi/24x38x3/image": (CT, ".F..F..F."),  # RescaleType US
    "dcmqi/24x38x3/multiframe": (CT, ".F..F..F."),  # the same as legacy converted enhanced CT
    "dcmqi/ct-3slice": (CT, "....F..F."),
    f"{GENERIC}/anatomical/001": (MR, "...FF..F."),  # no SliceThickness
    f"{GENERIC}/anatomical/001_implicit": (MR, "...FF..F."),
    f"{GENERIC}/anatomical/002_non_isotropic": (MR, "F..FF..w."),  # ImageType MPR
    f"{GENERIC}/compressed/001": (MR, "...FF..F."),
    f"{GENERIC}/compressed_j2k/001": (MR, "...FF..F."),
    f"{GENERIC}/compressed_jpeg/001": (MR, "...FF..F."),
    f"{GENERIC}/compressed_jpegls/001": (MR, "...FF..F."),
    f"{GENERIC}/compressed_rle/001": (MR, "...FF..F."),
    f"{GENERIC}/rgb/001": (MR, "F.FFF..F."),
    "dicom2nifti/siemens_multiframe/anatomical/001": (MR, "....F..w."),
    f"{SARCOMA}/STS_001/CT/image": (
        CT,
        ".......w.",
    ),  # an accession number, de-identified by PS3.15
    f"{SARCOMA}/STS_002/CT/image": (CT, ".w..F..w."),  # 48 slices; cropped, little real air
    f"{SARCOMA}/STS_003/CT/image": (CT, ".w.....w."),  # air on foam, at -945
    **{f"{SARCOMA}/STS_00{n}/MR_T1/image": (MR, "w......w.") for n in (1, 2, 3)},  # DERIVED
    **{f"{SARCOMA}/STS_00{n}/PET/image": (PET, "w......w.") for n in (1, 2, 3)},
    "phi_samples/ultrasounds": (CT, "FFFFFFFFF"),
    "rt_utils/mock_data": (CT, "....F..F."),
    "rt_utils/oriented_data": (CT, "wF.FF.Fw."),  # three studies in one series
    "sts_001_raw_pet/FDG_PET/image": (PET, "....w...."),  # gaps of 3.19 to 3.29 mm
    **{f"suv_dro/DRO_{n}/PT": (PET, ".......F.") for n in ("0_0", "1_0", "2_0", "3_0", "5_0")},
}


@pytest.mark.parametrize("folder", LEVELS)
def test_levels_of_real_series(folder: str, shared_data: Path) -> None:
    profile, expected = LEVELS[folder]
    report = validate([shared_data / folder], profile)
    verdicts = report.series[0].verdicts
    got = "".join(LETTERS[verdict.level] for verdict in verdicts)
    assert got == expected, [v.value for v in verdicts]


def test_a_dose_sheet_and_a_localizer_are_no_series(shared_data: Path) -> None:
    report = validate([shared_data / "dcm_qa_ct_philips"])
    assert [len(one.facts.slices) for one in report.series] == [28, 2]
    reasons = {one.reason for one in report.aside}
    assert reasons == {"a DICOM directory", "a localizer", "not DICOM"}


def test_burned_in_text_and_names_are_refused(shared_data: Path) -> None:
    report = validate([shared_data / "phi_samples"])
    text = str(report.json())
    assert {one.level for one in report.series} == {"FAIL"}
    assert "BurnedInAnnotation" in text
    assert "PATIENTFIVE" not in text
    assert "DOWNTIME" not in text
