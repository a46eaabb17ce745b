"""Damaged DICOM: every file ends as a verdict or is named; nothing crashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from medreg.readiness.validate import validate
from tests.imaging.dicoms import damaged
from tests.readiness import scans

if TYPE_CHECKING:
    from pathlib import Path

HEADER = 1600  # bytes of a fabricated file before its pixels
REAL = (
    "dcm_qa_ct_philips/S21570/S2010",
    "dicom2nifti/siemens_multiframe/anatomical/001",
    "dicom2nifti/generic/compressed_j2k/001",
    "dcmqi/24x38x3/multiframe",
    "phi_samples/ultrasounds",
)


def mutants(data: bytes, count: int, into: Path) -> None:
    """Write *count* copies with bytes changed in the header; every third is cut short, too."""
    for seed in range(count):
        broken = damaged(data[:HEADER], seed) + data[HEADER:]
        if seed % 3 == 0:
            broken = broken[: int(np.random.default_rng(seed).integers(1, len(broken)))]
        (into / f"{seed}").write_bytes(broken)


def test_damaged_slices_are_judged_or_named(tmp_path: Path) -> None:
    mutants(scans.raw(scans.made()[0]), 300, tmp_path)
    report = validate([tmp_path])
    judged = sum(len(one.facts.slices) for one in report.series)
    aside = sum(len(one.facts.aside) for one in report.series)
    assert judged + aside + len(report.aside) >= 300
    assert report.level == "FAIL"
    assert report.json()


@pytest.mark.parametrize("folder", REAL)
def test_damaged_real_files_are_judged_or_named(
    folder: str, tmp_path: Path, shared_data: Path
) -> None:
    file = min(f for f in (shared_data / folder).iterdir() if f.name != "DICOMDIR")
    mutants(file.read_bytes(), 30, tmp_path)
    assert validate([tmp_path]).json()["level"] == "FAIL"
