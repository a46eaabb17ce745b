"""Real CT in DICOM goes through every verb, is pulled elsewhere, and shows the same scans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nibabel
import numpy as np

from medreg import api
from medreg.versions import git

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = '''\
"""CT of three patients of TCIA's Soft-tissue-Sarcoma, with the masks that IBSI published."""

from medreg import CT, Claim, Dataset, DicomSeries, Local, hookimpl


@hookimpl
def medreg_datasets():
    yield Dataset(
        name="sts_ct",
        title="Soft-tissue-Sarcoma, CT",
        homepage="https://doi.org/10.7937/K9/TCIA.2015.7GO2GSKS",
        licenses=(Claim("CC-BY-3.0", source="theibsi/data_sets LICENSE.md", rank="publisher"),),
        cite=("doi:10.7937/K9/TCIA.2015.7GO2GSKS",),
        modality=CT,
        source=Local(SOURCE),
        layout=DicomSeries(
            image="dicom/{case}/CT/image/*.dcm", label="nifti/{case}/CT_mask.nii.gz"
        ),
        labels={1: "lesion"},
        patients="each case",
    )
'''
RECIPE = "title: Sarcoma in CT\ndatasets: [sts_ct]\nlabels: [lesion]\nfolds: 3\n"


def test_what_is_pulled_elsewhere_shows_what_others_converted(
    tmp_path: Path, shared_data: Path
) -> None:
    root, elsewhere = tmp_path / "lab", tmp_path / "elsewhere"
    api.init(root)
    source = repr(str(shared_data / "ibsi_validation"))
    (root / "plugins/sts_ct.py").write_text(PLUGIN.replace("SOURCE", source))
    (root / "registry/sets/sarcoma").mkdir()
    (root / "registry/sets/sarcoma/recipe.yaml").write_text(RECIPE)
    for verb in (api.fetch, api.convert, api.check):
        report = verb(api.open_lab(root), "sts_ct")
        assert not report.refused
        assert not report.failed
    lab = api.open_lab(root)
    api.curate(lab, "sarcoma")
    tag = api.release(lab, "sarcoma", "1.0.0").tag
    git.clone(str(root), elsewhere)
    api.pull(api.open_lab(elsewhere), tag)
    folder = elsewhere / "registry/sets/sarcoma"
    assert api.verify(folder, folder / "manifest.csv") > 0
    for case in ("STS_001", "STS_002", "STS_003"):
        reference = shared_data / "ibsi_validation/nifti" / case
        pairs = {
            f"imagesTr/sts_ct__{case}_0000.nii.gz": "CT_image.nii.gz",
            f"labelsTr/sts_ct__{case}.nii.gz": "CT_mask.nii.gz",
        }
        for pulled, expected in pairs.items():
            (file,) = folder.glob(f"data/*/{pulled}")
            image, truth = (
                nibabel.as_closest_canonical(nibabel.load(path))
                for path in (file, reference / expected)
            )
            np.testing.assert_array_equal(np.asarray(image.dataobj), np.asarray(truth.dataobj))
            np.testing.assert_allclose(image.affine, truth.affine, atol=1e-3)
