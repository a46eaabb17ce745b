"""Layouts over real scans: DICOM series and the NIfTI that others made of them show the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from medreg import DicomSeries, Pairs
from medreg.files.archive import RawTree
from medreg.model import LONE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("series", ["CT", "MR_T1"])
def test_a_series_with_a_nifti_mask_is_one_case(shared_data: Path, series: str) -> None:
    dicom = DicomSeries(
        image=f"dicom/{{case}}/{series}/image/*.dcm", label=f"nifti/{{case}}/{series}_mask.nii.gz"
    )
    nifti = Pairs(
        image=f"nifti/{{case}}/{series}_image.nii.gz", label=f"nifti/{{case}}/{series}_mask.nii.gz"
    )
    with RawTree(shared_data / "ibsi_validation") as tree:
        ours, theirs = list(dicom.cases(tree)), list(nifti.cases(tree))
        assert [case.id for case in ours] == [case.id for case in theirs]
        assert [case.id for case in ours] == ["STS_001", "STS_002", "STS_003"]
        for one, other in zip(ours, theirs, strict=True):
            image, reference = (case.images[LONE].read().to_ras() for case in (one, other))
            assert image.same_grid(reference, tolerance=1e-2)
            assert np.array_equal(image.array, reference.array)
            assert one.mask is not None
            assert one.mask.read().to_ras().same_grid(image, tolerance=1e-2)
