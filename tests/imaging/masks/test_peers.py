"""What other software makes of the same annotations: dcmqi and plastimatch, where installed."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK

from medreg.files.archive import RawTree
from medreg.imaging import phantoms
from medreg.imaging.masks.identity import UNKNOWN
from medreg.imaging.masks.rtstruct import read_rtstruct
from medreg.imaging.masks.seg import read_segments
from medreg.imaging.series import read_series
from medreg.model import CT
from medreg.testing.attributes import Series
from medreg.testing.dicom import segmentation, slices
from medreg.testing.rtstruct import structure_set
from medreg.volume import Volume
from tests.peers import program

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from medreg.imaging.masks.structures import Drawing

pytestmark = pytest.mark.peers

ORGANS = ("spleen", "stomach", "aorta", "gallbladder")  # none has a hole: plastimatch fills them
NAMES = dict(enumerate(ORGANS, start=1))


def on_grid(file: Path, onto: Volume) -> NDArray[np.generic]:
    """Read what a peer wrote, at the voxel centers of *onto*."""
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ onto.affine
    grid = SimpleITK.Image([int(n) for n in onto.shape], SimpleITK.sitkUInt8)
    spacing = np.sqrt((lps[:3, :3] ** 2).sum(axis=0))
    grid.SetOrigin(lps[:3, 3].tolist())
    grid.SetSpacing(spacing.tolist())
    grid.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    nearest = SimpleITK.sitkNearestNeighbor
    found = SimpleITK.Resample(SimpleITK.ReadImage(str(file)), grid, SimpleITK.Transform(), nearest)
    array: NDArray[np.generic] = SimpleITK.GetArrayFromImage(found).transpose(2, 1, 0)
    return array


def dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


def voxels(drawing: Drawing, at: int) -> NDArray[np.bool_]:
    return drawing.structures[at].region.full(drawing.shape)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a CT of a phantom, and its organs as SEG and as RTSTRUCT."""
    folder = tmp_path_factory.mktemp("study")
    phantom = phantoms.ct("peers", shape=(64, 64, 20))
    labels = np.zeros(phantom.image.shape, np.uint8)
    for value, name in NAMES.items():
        labels[phantom.organs[name]] = value
    mask = Volume(labels, phantom.image.affine, "label")
    ct, seg, rt = (Series(patient="p", study="s", series=f"s/{n}") for n in ("ct", "seg", "rt"))
    (folder / "ct").mkdir()
    for number, data in enumerate(slices(phantom.image, CT, ct)):
        (folder / "ct" / f"{number:02}.dcm").write_bytes(data)
    (folder / "seg.dcm").write_bytes(segmentation(mask, NAMES, seg, source=ct, modality=CT))
    (folder / "rt.dcm").write_bytes(structure_set(mask, NAMES, rt, source=ct, modality=CT))
    return folder


def scan(folder: Path) -> Volume:
    with RawTree(folder) as tree:
        return read_series(tree, tree.paths())


def segments_agree(seg: Path, image: Path, into: Path) -> None:
    command = program("segimage2itkimage", "dcmqi (PyPI)")
    options = ["--inputDICOM", str(seg), "--outputDirectory", str(into), "--outputType", "nii"]
    subprocess.run([command, *options], check=True, capture_output=True)
    onto = scan(image)
    with RawTree(seg.parent) as tree:
        drawing = read_segments(tree, seg.name, onto)
    files = sorted(into.glob("*.nii.gz"))
    theirs = np.max([on_grid(file, onto) for file in files], axis=0)
    for at, one in enumerate(drawing.structures):
        assert dice(voxels(drawing, at), theirs == one.number) == 1.0
    assert files


def test_a_generated_seg_is_what_dcmqi_reads(study: Path, tmp_path: Path) -> None:
    segments_agree(study / "seg.dcm", study / "ct", tmp_path)


def test_a_real_seg_is_what_dcmqi_reads(shared_data: Path, tmp_path: Path) -> None:
    dcmqi = shared_data / "dcmqi"
    segments_agree(dcmqi / "liver.dcm", dcmqi / "ct-3slice", tmp_path)


def contours_agree(rtss: Path, image: Path, into: Path) -> None:
    command = program("plastimatch", "plastimatch (Debian)")
    options = ["--referenced-ct", str(image), "--output-prefix", str(into / "made")]
    subprocess.run(
        [command, "convert", "--input", str(rtss), *options, "--prefix-format", "nii.gz"],
        check=True,
        capture_output=True,
    )
    onto = scan(image)
    with RawTree(rtss.parent) as tree:
        drawing = read_rtstruct(tree, rtss.name, onto, UNKNOWN)
    for at, one in enumerate(drawing.structures):
        theirs = on_grid(into / "made" / f"{one.name}.nii.gz", onto)
        assert dice(voxels(drawing, at), theirs > 0) >= 0.99


def test_generated_contours_are_what_plastimatch_fills(study: Path, tmp_path: Path) -> None:
    contours_agree(study / "rt.dcm", study / "ct", tmp_path)


@pytest.mark.parametrize("kind", ["CT", "PET", "MR_T1"])
def test_real_contours_are_what_plastimatch_fills(
    shared_data: Path, tmp_path: Path, kind: str
) -> None:
    folder = shared_data / "ibsi_validation" / "dicom" / "STS_002" / kind
    (tmp_path / "rt").mkdir()
    shutil.copyfile(folder / "mask" / "RS.dcm", tmp_path / "rt" / "RS.dcm")
    contours_agree(tmp_path / "rt" / "RS.dcm", folder / "image", tmp_path)
