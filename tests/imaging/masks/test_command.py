"""``medreg masks IMAGE ANNOTATION OUT``, as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np
import pytest

from medreg.cli import main
from medreg.imaging import nifti, phantoms
from medreg.imaging.canonical import canonical_image
from medreg.model import CT
from medreg.testing.attributes import Series, to_lps
from medreg.testing.dicom import segmentation, slices
from medreg.testing.rtstruct import structure_set
from medreg.volume import Volume
from tests.imaging.dicoms import seg
from tests.imaging.masks.test_lidc import AROUND, message, roi
from tests.imaging.masks.test_seg import named

if TYPE_CHECKING:
    from pathlib import Path

ORGANS = ("spleen", "liver", "aorta")
PHANTOM = phantoms.ct("command", shape=(40, 40, 24))
SERIES = {kind: Series(patient="p", study="s", series=f"s/{kind}") for kind in ("ct", "seg", "rt")}


def drawn() -> Volume:
    labels = np.zeros(PHANTOM.image.shape, np.uint8)
    for value, name in enumerate(ORGANS, start=1):
        labels[PHANTOM.organs[name]] = value
    return Volume(labels, PHANTOM.image.affine, "label")


MASK = drawn()
NAMES = dict(enumerate(("Milz", "Läsion/1", "Milz"), start=1))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    (folder / "ct").mkdir()
    for number, data in enumerate(slices(PHANTOM.image, CT, SERIES["ct"])):
        (folder / "ct" / f"{number:02}").write_bytes(data)
    ct = SERIES["ct"]
    (folder / "seg.dcm").write_bytes(
        segmentation(MASK, NAMES, SERIES["seg"], source=ct, modality=CT)
    )
    (folder / "rt.dcm").write_bytes(structure_set(MASK, NAMES, SERIES["rt"], source=ct))
    nifti.write(canonical_image(PHANTOM.image, CT), folder / "ct.nii.gz")
    nifti.write(MASK, folder / "labels.nii.gz")
    low = Volume(MASK.array[::2], MASK.affine @ np.diag([2.0, 1, 1, 1]), "label")
    nifti.write(low, folder / "coarse.nii.gz")
    return folder


def typed(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, Any]:
    code = main(["masks", *(str(word) for word in words), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("image", ["ct", "ct.nii.gz"])
@pytest.mark.parametrize("annotation", ["seg.dcm", "rt.dcm", "labels.nii.gz"])
def test_one_label_map_on_the_images_grid(
    study: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    image: str,
    annotation: str,
) -> None:
    code, said = typed(capsys, study / image, study / annotation, tmp_path / "m.nii.gz")
    assert code == 0
    assert [one["value"] for one in said["structures"]] == [1, 2, 3]
    assert json.loads((tmp_path / "m.json").read_bytes()) == said
    found, scan = (nifti.load(file) for file in (tmp_path / "m.nii.gz", study / "ct.nii.gz"))
    assert found.same_grid(scan, 1e-3)
    assert np.array_equal(found.array, MASK.to_ras().array)
    if annotation != "labels.nii.gz":
        assert [one["name"] for one in said["structures"]] == list(NAMES.values())
        assert [one["key"] for one in said["structures"]] == ["milz", "lasion_1", "milz_2"]


def test_one_file_per_structure_when_asked(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "out"
    code, said = typed(capsys, study / "ct", study / "rt.dcm", out, "--each")
    assert code == 0
    assert sorted(file.name for file in out.iterdir()) == [
        *("lasion_1.nii.gz", "milz.nii.gz", "milz_2.nii.gz", "structures.json")
    ]
    for value, one in enumerate(said["structures"], start=1):
        array = np.asarray(nibabel.load(out / one["file"]).dataobj)
        assert np.array_equal(array, MASK.to_ras().array == value)
        assert one["voxels"] == int(array.sum())
    again, _ = typed(capsys, study / "ct", study / "rt.dcm", out, "--only", "Milz")
    assert again == 0
    assert sorted(file.name for file in out.iterdir()) == ["labels.nii.gz", "structures.json"]


@pytest.fixture
def overlapping(study: Path) -> Path:
    """Write a SEG whose two segments share voxels."""
    pixels = to_lps(MASK).array
    lps = np.diag([-1.0, -1, 1, 1]) @ to_lps(MASK).affine
    frames = [
        (number, (pixels[:, :, k] == 1).T, (lps @ [0, 0, k, 1])[:3].tolist())
        for number in (1, 2)
        for k in range(pixels.shape[2])
    ]
    spacing = [lps[1, 1], lps[0, 0]]
    file = study / "overlap.dcm"
    file.write_bytes(named(seg(frames, spacing=spacing), "organ", "lesion"))
    return file


def test_overlaps_are_files_apart_or_decided(
    study: Path, overlapping: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (study / "ct", overlapping)
    voxels = int((MASK.array == 1).sum())
    code, said = typed(capsys, *words, tmp_path / "one.nii.gz")
    assert (code, list(tmp_path.iterdir())) == (1, [])
    assert f"'organ' and 'lesion' in {voxels:,} voxels" in said["error"]
    code, said = typed(capsys, *words, tmp_path / "each")
    assert [one["file"] for one in said["structures"]] == ["organ.nii.gz", "lesion.nii.gz"]
    assert said["overlaps"] == [{"structures": ["organ", "lesion"], "voxels": voxels}]
    code, said = typed(capsys, *words, tmp_path / "one.nii.gz", "--priority", "lesion")
    assert code == 0
    assert set(np.unique(nifti.load(tmp_path / "one.nii.gz").array)) == {0, 2}


def test_labels_of_another_geometry_are_resampled_only_when_asked(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (study / "ct", study / "coarse.nii.gz", tmp_path / "m.nii.gz")
    code, said = typed(capsys, *words)
    assert code == 1
    assert "--resample" in said["hint"]
    code, said = typed(capsys, *words, "--resample")
    assert code == 0
    assert "resampled to the image's grid by nearest neighbor" in said["notes"]
    assert nifti.load(tmp_path / "m.nii.gz").same_grid(nifti.load(study / "ct.nii.gz"), 1e-3)


def test_an_lidc_file_is_read(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    z = float(PHANTOM.image.affine[2, 3] + 5 * PHANTOM.image.affine[2, 2])
    (study / "lidc.xml").write_bytes(message([roi(AROUND, z)]))
    code, said = typed(capsys, study / "ct.nii.gz", study / "lidc.xml", tmp_path / "m.nii.gz")
    assert (code, said["kind"]) == (0, "LIDC XML")
    assert said["structures"][0]["voxels"] == 16
    code, said = typed(capsys, study / "ct", study / "lidc.xml", tmp_path / "n.nii.gz")
    assert (code, "was drawn on series 1.2.3" in said["error"]) == (1, True)


WRONG: dict[str, tuple[tuple[str, ...], int, str]] = {
    "no image": (("nothing", "seg.dcm", "o"), 3, "there is no image"),
    "no annotation": (("ct", "nothing.dcm", "o"), 3, "there is no file"),
    "an image": (("ct", "ct/00", "o"), 1, "is no annotation that is read"),
    "no dicom": (("ct", "ct.json", "o"), 1, "ct.json"),
    "no structure": (("ct", "seg.dcm", "o", "--only", "Niere"), 3, "no structure named 'Niere'"),
    "no priority": (("ct", "seg.dcm", "o", "--priority", "x"), 3, "no structure named 'x'"),
    "other files": (("ct", "seg.dcm", "ct"), 2, "holds other files"),
    "plain": (("ct", "seg.dcm", "o.nii"), 2, "written compressed"),
    "both": (("ct", "seg.dcm", "o.nii.gz", "--each"), 2, "is one file"),
    "no scan": (("seg.dcm", "rt.dcm", "o"), 1, "holds no DICOM image"),
}


@pytest.mark.parametrize(("words", "code", "says"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_said_and_nothing_is_written(
    study: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, says: str
) -> None:
    (study / "ct.json").write_text("{}")
    before = sorted(study.rglob("*"))
    paths = [study / word for word in words[:3]]
    found, said = typed(capsys, *paths, *words[3:])
    assert (found, says in said["error"]) == (code, True)
    assert sorted(study.rglob("*")) == before


def test_people_see_a_table(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["masks", str(study / "ct"), str(study / "seg.dcm"), str(tmp_path / "o")]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[0].split() == ["name", "value", "voxels", "file"]
    assert "Läsion/1" in shown.out


def test_an_image_whose_values_are_not_understood_still_has_a_grid(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dcmqi = shared_data / "dcmqi" / "24x38x3"
    code, said = typed(capsys, dcmqi / "image", dcmqi / "seg" / "label.seg", tmp_path / "m.nii.gz")
    assert (code, said["structures"][0]["voxels"]) == (0, 315)
    assert any("only the image's geometry was read" in note for note in said["notes"])
