"""Label files: one per structure, or one in another geometry than its image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest
import SimpleITK

from medreg.errors import Refused
from medreg.imaging import nifti
from medreg.imaging.masks.labels import nearest, read_each, read_labels
from medreg.imaging.masks.merge import by_number, label_map
from medreg.volume import Volume
from tests.imaging.dicoms import MemoryTree

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RNG = np.random.default_rng(8)
LABELS = RNG.integers(0, 4, (8, 9, 5)).astype(np.uint8)
AFFINE = np.diag([-1.0, -1.5, 2.0, 1.0])
ONTO = Volume(np.zeros(LABELS.shape, np.int16), AFFINE)


def file(array: NDArray[np.generic], affine: NDArray[np.float64] = AFFINE) -> bytes:
    image = nibabel.Nifti1Image(array, affine)
    image.set_qform(affine, code=1)
    data: bytes = image.to_bytes()
    return data


def test_labels_on_the_same_grid_keep_their_values_whatever_the_axes() -> None:
    turned = Volume(LABELS, AFFINE).to_ras()
    data = file(np.ascontiguousarray(turned.array), turned.affine)
    drawing = read_labels(MemoryTree({"l.nii": data}), "l.nii", ONTO)
    assert [(one.name, one.number) for one in drawing.structures] == [("1", 1), ("2", 2), ("3", 3)]
    assert np.array_equal(label_map(drawing, by_number(drawing)).array, LABELS)


def test_another_geometry_is_refused_and_resampled_when_asked() -> None:
    fine = np.repeat(np.repeat(LABELS, 2, axis=0), 3, axis=2)
    affine = AFFINE.copy()
    affine[:3, 0] /= 2
    affine[:3, 2] /= 3
    affine[:3, 3] = affine[:3, :3] @ [-0.5, 0, -1]
    tree = MemoryTree({"l.nii": file(fine, affine)})
    with pytest.raises(Refused, match=r"l\.nii has 16 x 9 x 15 voxels, its image 8 x 9 x 5"):
        read_labels(tree, "l.nii", ONTO)
    drawing = read_labels(tree, "l.nii", ONTO, resample=True)
    assert np.array_equal(label_map(drawing, by_number(drawing)).array, LABELS)
    assert "resampled to the image's grid by nearest neighbor" in drawing.notes


def test_a_grid_beside_its_image_is_refused() -> None:
    beside = AFFINE.copy()
    beside[0, 3] += 0.4
    tree = MemoryTree({"l.nii": file(LABELS, beside)})
    with pytest.raises(Refused, match=r"l\.nii lies 0\.400 mm beside its image"):
        read_labels(tree, "l.nii", ONTO)


@pytest.mark.parametrize("seed", range(8))
def test_nearest_is_what_simpleitk_takes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    angle = rng.uniform(-0.5, 0.5)
    affine = np.eye(4)
    affine[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    affine[:3, :3] = affine[:3, :3] * rng.uniform(0.7, 2.5, 3)
    affine[:3, 3] = rng.uniform(-4, 4, 3)
    onto = Volume(np.zeros((11, 7, 6), np.int16), affine)
    made = nearest(Volume(LABELS, AFFINE), onto)
    theirs = SimpleITK.Resample(
        itk(LABELS, AFFINE),
        itk(onto.array, affine),
        SimpleITK.Transform(),
        SimpleITK.sitkNearestNeighbor,
        0,
        SimpleITK.sitkUInt8,
    )
    assert np.array_equal(made.array, SimpleITK.GetArrayFromImage(theirs).transpose(2, 1, 0))


def itk(array: NDArray[np.generic], affine: NDArray[np.float64]) -> SimpleITK.Image:
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0)))
    spacing = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    image.SetOrigin(affine[:3, 3].tolist())
    image.SetSpacing(spacing.tolist())
    image.SetDirection((affine[:3, :3] / spacing).ravel().tolist())
    return image


def test_each_file_is_a_structure() -> None:
    files = {"liver": "a.nii", "spleen": "b.nii"}
    one, other = ((value == LABELS).astype(np.uint8) for value in (1, 2))
    tree = MemoryTree({"a.nii": file(one), "b.nii": file(other * 255)})
    drawing = read_each(tree, files, ONTO)
    assert [one.name for one in drawing.structures] == ["liver", "spleen"]
    found = label_map(drawing, by_number(drawing)).array
    assert np.array_equal(found, np.where(LABELS < 3, LABELS, 0))


def test_values_that_are_no_labels_are_refused_by_name() -> None:
    tree = MemoryTree({"l.nii": file(LABELS * np.float32(0.9999))})
    with pytest.raises(Refused, match=r"l\.nii: the mask holds values that are no labels"):
        read_labels(tree, "l.nii", ONTO)


def test_a_real_label_map_is_kept(shared_data: Path) -> None:
    folder = shared_data / "totalsegmentator"
    found = sorted(folder.rglob("*seg*.nii.gz"))
    image = next(iter(sorted(folder.rglob("example_ct_sm.nii.gz"))))
    onto = nifti.load(image)
    path = next(path for path in found if nifti.load(path).same_grid(onto, 0.01))
    drawing = read_labels(MemoryTree({"l.nii.gz": path.read_bytes()}), "l.nii.gz", onto)
    expected = nifti.load(path)
    assert np.array_equal(label_map(drawing, by_number(drawing)).array, expected.array)
