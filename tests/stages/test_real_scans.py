"""Real CT, PET and MR in DICOM through every stage, against NIfTI that other software made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest

from medreg.engine import Inline
from medreg.tables import CaseRow
from tests.stages.toy import make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stages.toy import Lab

PLUGIN = '''\
"""Three patients of Soft-tissue-Sarcoma, each in three modalities."""

from medreg import CT, MR, PT, Dataset, hookimpl
from medreg.layouts import DicomSeries
from medreg.sources import Local


@hookimpl
def medreg_datasets():
    for modality, folder in ((CT, "CT"), (PT, "PET"), (MR, "MR_T1")):
        yield Dataset(
            name=f"sts_{folder.lower()}",
            title="Soft-tissue-Sarcoma",
            homepage="https://example.org",
            licenses=(),
            cite=(),
            modality=modality,
            source=Local(SOURCE),
            layout=DicomSeries(
                image=f"dicom/{{case}}/{folder}/image/*.dcm",
                label=f"nifti/{{case}}/{folder}_mask.nii.gz",
            ),
            labels={1: "liver_tumor"},
            patients="each case",
        )
'''


@pytest.fixture
def sarcoma(tmp_path: Path, shared_data: Path) -> Lab:
    made = make(tmp_path)
    text = PLUGIN.replace("SOURCE", repr(str(shared_data / "ibsi_validation")))
    (made.registry.plugins / "sts.py").write_text(text)
    return made


def ras(file: Path) -> tuple[np.ndarray, np.ndarray]:
    image = nibabel.as_closest_canonical(nibabel.load(file))
    return np.asarray(image.dataobj), image.affine


@pytest.mark.parametrize(("folder", "channel"), [("CT", "ct"), ("PET", "pet"), ("MR_T1", "mr")])
def test_voxels_and_affines_are_the_references(
    sarcoma: Lab, shared_data: Path, folder: str, channel: str
) -> None:
    name = f"sts_{folder.lower()}"
    reports = sarcoma.prepare(name, Inline())
    assert [r.failed for r in reports] == [()] * 4
    assert not reports[2].refused
    rows = {row.case: row for row in sarcoma.dataset(name).rows("cases.csv", CaseRow)}
    assert list(rows) == ["STS_001", "STS_002", "STS_003"]
    for case, row in rows.items():
        reference = shared_data / "ibsi_validation" / "nifti" / case
        converted = sarcoma.dataset(name).converted / case
        image, affine = ras(converted / f"{channel}.nii.gz")
        expected, expected_affine = ras(reference / f"{folder}_image.nii.gz")
        np.testing.assert_allclose(image, expected, rtol=0 if channel == "ct" else 2e-6)
        np.testing.assert_allclose(affine, expected_affine, atol=1e-4)
        mask, mask_affine = ras(converted / "mask.nii.gz")
        np.testing.assert_array_equal(mask, ras(reference / f"{folder}_mask.nii.gz")[0])
        np.testing.assert_array_equal(mask_affine, affine)
        assert row.verdict != "fail", row.findings
    before = sarcoma.bytes()
    assert not any(report.changed for report in sarcoma.prepare(name))
    assert sarcoma.bytes() == before
