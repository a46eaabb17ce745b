"""Real scans against volumes that other software made of them (../shared/data/INDEX.md)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK

from medreg.errors import Refused
from medreg.files.archive import RawTree
from medreg.imaging import codecs, nifti
from medreg.imaging.canonical import canonical_image, canonical_mask
from medreg.imaging.masks.seg import read_seg
from medreg.imaging.series import read_series
from medreg.model import CT, MR, PT
from medreg.volume import Volume
from tests.imaging.dicoms import damaged

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
CODECS = (
    *("anatomical/001", "anatomical/001_implicit", "anatomical/002_non_isotropic"),
    *("compressed/001", "compressed_j2k/001", "compressed_jpeg/001", "compressed_jpegls/001"),
    "compressed_rle/001",
)


def read(folder: Path, *, only: str = "") -> Volume:
    with RawTree(folder) as tree:
        return read_series(tree, [path for path in tree.paths() if only in path])


def assert_same(found: Volume, expected: Volume, *, relative: float = 0.0) -> None:
    ours, theirs = found.to_ras(), expected.to_ras()
    assert ours.shape == theirs.shape
    assert ours.affine == pytest.approx(theirs.affine, abs=1e-3)
    difference = np.abs(ours.array.astype(float) - theirs.array.astype(float))
    assert (
        difference <= relative * np.abs(theirs.array.astype(float)) + 5e-6 * (relative > 0)
    ).all()


@pytest.mark.parametrize("patient", ["STS_001", "STS_002", "STS_003"])
@pytest.mark.parametrize("kind", ["CT", "PET", "MR_T1"])
def test_ibsi_series_equal_their_published_nifti(
    shared_data: Path, tmp_path: Path, patient: str, kind: str
) -> None:
    modality, unit = {"CT": (CT, "HU"), "PET": (PT, "SUV"), "MR_T1": (MR, "")}[kind]
    ibsi = shared_data / "ibsi_validation"
    found = read(ibsi / "dicom" / patient / kind / "image")
    expected = nifti.load(ibsi / "nifti" / patient / f"{kind}_image.nii.gz")
    assert found.unit == unit
    relative = 1e-4 if kind == "PET" else 0.0
    assert_same(found, expected, relative=relative)
    canonical = canonical_image(found, modality)
    nifti.write(canonical, tmp_path / "image.nii.gz")
    assert_same(nifti.load(tmp_path / "image.nii.gz"), expected, relative=relative)
    assert nifti.load(tmp_path / "image.nii.gz").digest() == canonical.digest()
    mask = nifti.load(ibsi / "nifti" / patient / f"{kind}_mask.nii.gz")
    assert canonical_mask(mask, canonical).same_grid(canonical, 0)


@pytest.mark.parametrize("series", CODECS)
def test_every_codec_gives_the_ground_truth(shared_data: Path, series: str) -> None:
    folder = shared_data / "dicom2nifti" / "generic"
    expected = nifti.load(folder / f"{series}_ground_truth.nii.gz")
    assert_same(read(folder / series), expected, relative=1e-6 if "isotropic" in series else 0.0)


@pytest.mark.parametrize("seed", range(3))
def test_a_shuffled_series_is_the_same(shared_data: Path, seed: int) -> None:
    folder = shared_data / "ibsi_validation" / "dicom" / "STS_002" / "PET" / "image"
    with RawTree(folder) as tree:
        paths = list(tree.paths())
        expected = read_series(tree, paths).digest()
        random.Random(seed).shuffle(paths)  # noqa: S311 - an order, not a secret
        assert read_series(tree, paths).digest() == expected


def test_a_raw_pet_with_267_slopes_and_uneven_gaps_is_accepted(shared_data: Path) -> None:
    found = read(shared_data / "sts_001_raw_pet" / "FDG_PET" / "image")
    assert (found.shape, found.unit) == ((128, 128, 267), "Bq/ml")
    assert found.notes == ("slice gaps run from 3.190 to 3.290 mm (2.4% uneven)",)
    published = read(shared_data / "ibsi_validation" / "dicom" / "STS_001" / "PET" / "image")
    crop = found.array[59 : 59 + 41, 45 : 45 + 43, 0:59] * 2.429029766148455e-4  # REFERENCES.json
    assert np.abs(crop - published.array).max() < 1e-3


def test_enhanced_multi_frame_mr_equals_its_ground_truth(shared_data: Path) -> None:
    folder = shared_data / "dicom2nifti" / "siemens_multiframe" / "anatomical"
    assert_same(read(folder / "001"), nifti.load(folder / "001_ground_truth.nii.gz"))


def test_a_philips_study_is_told_apart(shared_data: Path) -> None:
    study = shared_data / "dcm_qa_ct_philips" / "S21570"
    head = read(study / "S2010")
    assert (head.shape, head.unit) == ((512, 512, 28), "HU")
    assert head.notes == ("set aside DIRFILE: a DICOM directory",)
    with pytest.raises(Refused, match="set aside I10: a localizer"):
        read(study / "S1000")
    with pytest.raises(Refused, match="Secondary Capture"):
        read(study / "S4010")
    with RawTree(study) as tree:
        both = [path for path in tree.paths() if path.startswith(("S1000", "S2010"))]
        assert "set aside S1000/I10: a localizer" in read_series(tree, both).notes


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("dcmqi/24x38x3/multiframe", "mf.dcm frame 1: RescaleType is US"),
        ("dicom2nifti/generic/rgb/001", "Secondary Capture"),
        ("dicompyler_rtss", "not DICOM|RT Structure Set"),
        ("rt_utils/oriented_data", "not DICOM|RescaleType is US"),
        ("phi_samples/ultrasounds", "Ultrasound"),
        ("lidc_xml/157", "is not DICOM"),
    ],
)
def test_what_is_no_series_is_refused_by_name(shared_data: Path, path: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        read(shared_data / path)


# --- segmentations -----------------------------------------------------------------------------


def itk(path: Path) -> tuple[NDArray[np.generic], NDArray[np.float64]]:
    image = SimpleITK.ReadImage(str(path))
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0), LPS_TO_RAS @ affine


def test_a_liver_seg_equals_its_nrrd(shared_data: Path) -> None:
    dcmqi = shared_data / "dcmqi"
    scan = read(dcmqi / "ct-3slice")
    expected, affine = itk(dcmqi / "liver_seg.nrrd")
    with RawTree(dcmqi) as tree:
        found = read_seg(tree, "liver.dcm", scan)
        turned = read_seg(tree, "liver.dcm", scan.to_ras())
    assert np.array_equal(found.array, expected)
    assert int((found.array == 1).sum()) == 107_098
    assert found.affine == pytest.approx(affine, abs=1e-3)
    assert turned.digest() == found.digest()
    assert scan.array.min() == -3024  # the padding, as it was stored


def test_frames_that_are_not_byte_aligned_are_unpacked(shared_data: Path) -> None:
    folder = shared_data / "dcmqi" / "24x38x3"
    expected, affine = itk(folder / "nrrd" / "label.nrrd")
    with RawTree(folder / "seg") as tree:
        found = read_seg(tree, "label.seg", Volume(np.zeros(expected.shape), affine))
    assert np.array_equal(found.array, expected)
    assert int(found.array.sum()) == 315


def test_a_labelmap_equals_its_nrrd(shared_data: Path) -> None:
    expected, affine = itk(shared_data / "dcmqi" / "sparse_labelmap_noppv_seg.nrrd")
    with RawTree(shared_data / "dcmqi") as tree:
        onto = Volume(np.zeros(expected.shape), affine)
        found = read_seg(tree, "sparse-labelmap-noppv.dcm", onto)
    assert np.array_equal(found.array, expected)


# --- NIfTI -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["example_ct", "example_ct_sm"])
def test_a_real_ct_nifti_opens_alike_in_simpleitk(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    source = shared_data / "totalsegmentator" / f"{name}.nii.gz"
    canonical = canonical_image(nifti.load(source), CT)
    nifti.write(canonical, tmp_path / "image.nii.gz")
    array, affine = itk(tmp_path / "image.nii.gz")
    before, _ = itk(source)
    assert sorted(array.shape) == sorted(before.shape)
    assert np.array_equal(array, canonical.array)
    assert affine == pytest.approx(canonical.affine, abs=1e-4)


def test_a_real_segmentation_lies_on_its_ct(shared_data: Path) -> None:
    folder = shared_data / "totalsegmentator"
    scan = canonical_image(nifti.load(folder / "example_ct_sm.nii.gz"), CT)
    mask = canonical_mask(nifti.load(folder / "example_seg_fast.nii.gz"), scan)
    assert mask.array.dtype == np.uint8
    assert mask.same_grid(scan, 0)


# --- damage ------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["j2k", "jpeg", "jpegls", "rle"])
@pytest.mark.parametrize("seed", range(6))
def test_damaged_codec_streams_are_refused_or_read(
    shared_data: Path, tmp_path: Path, codec: str, seed: int
) -> None:
    folder = shared_data / "dicom2nifti" / "generic" / f"compressed_{codec}" / "001"
    for number, file in enumerate(sorted(folder.iterdir())):
        data = file.read_bytes()
        (tmp_path / file.name).write_bytes(damaged(data, seed) if number == 1 else data)
    try:
        found = read(tmp_path)
    except Refused:
        return
    assert found.shape == (256, 256, 4)


def test_a_decoder_that_dies_is_a_refusal(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codecs.sys, "executable", "/bin/false")
    with pytest.raises(Refused, match=r"IM-0001-0004-0001\.dcm: .* crashed the decoder"):
        read(shared_data / "dicom2nifti" / "generic" / "compressed_jpeg" / "001")
