"""Names, numbers and birthdays are found in ids and file names; ordinary ids are left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from medreg.checks.privacy import Privacy
from medreg.model import CT, Converted, Severity
from medreg.testing import listing
from tests.checks.test_checks import dataset

LISTINGS = Path(__file__).parents[1] / "listings"
PLAIN = Converted(
    dataset=dataset(CT), case="volume-28", images={}, mask=None, grid="ct", annotated=frozenset()
)


def found(**said: object) -> list[str]:
    findings = list(Privacy().ask(replace(PLAIN, **said)))  # type: ignore[arg-type]
    assert all(f.severity is Severity.FAIL for f in findings)
    return [finding.message for finding in findings]


@pytest.mark.parametrize(
    "name",
    [
        "SMITH_John", "Mustermann-Erika", "maria.garcia", "Doe_Xiu_19500101", "MUSTERMANN^ERIKA",
        "Anna_Schmidt_1962-04-01", "MRN0048151", "DOB_19620401", "a.person@clinic.example",
        "Schmidt_Anna_CT_thorax",
    ],
)  # fmt: skip
def test_what_names_a_person_fails(name: str) -> None:
    for said in ({"case": name}, {"patient": name}, {"members": (f"batch/{name}/1.dcm",)}):
        (message,) = found(**said)
        assert name not in message, "the tables may be shared"
    assert found(members=(f"batch/{name}.nii.gz",))


@pytest.mark.parametrize("patient", ["19500101", "1950-01-01", "01.12.1950", "12-31-1999"])
def test_a_patient_who_is_called_by_a_date_fails(patient: str) -> None:
    assert found(patient=patient) == ["the patient's id is a date"]
    assert not found(case=patient)


def test_the_sidecar_is_read(tmp_path: Path) -> None:
    assert found(notes=("set aside Mustermann^Erika.dcm: a localizer",))
    assert not found(notes=("slice gaps run from 3.190 to 3.290 mm (2.4% uneven)",))


@pytest.mark.parametrize(
    "name",
    [
        *("case_00003", "LIDC-IDRI-0001", "TCGA-09-0364", "PETCT_0011f3deaf", "LUNG1-001", "1"),
        *("PANCREAS_0001", "hippocampus_367", "patient_001", "liver_orig", "img0001", "s1425"),
        *("09-07-2000-NA-PETCT-Thorax-12345", "11-24-2015-PANCREAS0001-Pancreas-18957"),
        *("1.3.6.1.4.1.14519.5.2.1.4219.6651.389860614478618826979455610445", "ANON-3F62A9C01B"),
        *("sub-01_ses-20200101", "Training Batch 1", "brain_tumor", "john", "20589999", "scan_a"),
        *("manifest-1599750808610", "left_kidney_clear_cell", "STS_001", "BraTS20_Training_001"),
        *("amos_0001", "FLARE22_Tr_0001", "AbdomenAtlas_mini", "OAS1_0001_MR1", "IXI002-Guys-0828"),
        *("NSCLC-Radiomics", "HCC-TACE-Seg", "colorectal-liver-metastases", "St_Thomas"),
    ],
)
def test_ordinary_ids_pass(name: str) -> None:
    assert found(case=name, patient=name, members=(f"data/{name}/1.dcm", f"{name}.nii.gz")) == []


@pytest.mark.parametrize("file", sorted(LISTINGS.glob("*.txt")), ids=lambda path: path.stem)
def test_no_published_file_is_taken_for_a_person(file: Path) -> None:
    assert found(members=tuple(listing(file.read_text(encoding="utf-8")))) == []
