"""`medreg dicom2nifti`: any folder or archive, byte for byte the same however it is run."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from medreg.api.conversion import dicom2nifti
from medreg.cli import main
from medreg.errors import Misuse, NotFound, Refused
from medreg.imaging import nifti
from medreg.report import Outcome
from tests.imaging.dicoms import enhanced, one, series

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RNG = np.random.default_rng(3)
STORED = RNG.integers(0, 3000, (50, 40, 12)).astype(np.int16)


def put(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def study() -> dict[str, bytes]:
    """Return a CT, an MR of two echoes, a PET, a multi-frame MR, and what is none of these."""
    ct = series(STORED, SeriesInstanceUID="1.2.1", SeriesNumber=3)
    mr = series(
        STORED,
        Modality="MR",
        SeriesInstanceUID="1.2.2",
        SeriesNumber=4,
        EchoTime=lambda k: 1 + k % 2,
        ImagePositionPatient=lambda k: [0, 0, k // 2],
    )
    pet = series(STORED, Modality="PT", SeriesInstanceUID="1.2.3", RescaleSlope=lambda k: 0.5 + k)
    scout = one(STORED[..., 0].T, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], SeriesNumber=3)
    return {
        **{f"a/{name}": data for name, data in ct.items()},
        **{f"a/{name}-mr.dcm": data for name, data in mr.items()},
        **{f"b/{name}": data for name, data in pet.items()},
        "b/frames.dcm": enhanced(STORED, SeriesInstanceUID="1.2.4", SeriesNumber=9),
        "scout.dcm": scout,
        "report.txt": b"no DICOM",
        "shot.dcm": one(STORED[..., 0].T, SOPClassUID="1.2.840.10008.5.1.4.1.1.7"),
    }


NAMES = ["ct_3", "mr_4", "mr_9", "pt"]
FILES = [
    *("ct_3.json", "ct_3.nii.gz", "mr_4.json", "mr_4_echo1.nii.gz", "mr_4_echo2.nii.gz"),
    *("mr_9.json", "mr_9.nii.gz", "pt.json", "pt.nii.gz"),
]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_every_series_becomes_its_files(tmp_path: Path) -> None:
    made = dicom2nifti(put(tmp_path / "in", study()), tmp_path / "out")
    assert [answer.item for answer in made.answers] == NAMES
    assert {answer.outcome for answer in made.answers} == {Outcome.CONVERTED}
    assert sorted(content(tmp_path / "out")) == FILES
    assert made.exit_code == 0
    assert made.aside == {
        "report.txt": "report.txt is not DICOM",
        "scout.dcm": "a localizer",
        "shot.dcm": "Secondary Capture Image Storage, no image of CT, MR or PET",
    }
    found = nifti.load(tmp_path / "out" / "ct_3.nii.gz")
    assert np.array_equal(found.array, STORED[::-1, ::-1] - 1024)
    said = made.sidecars["pt"]
    assert (said["series"], said["slices"], said["modality"]) == ("1.2.3", 12, "PT")
    assert said["files"][0]["unit"] == "Bq/ml"
    echo = nifti.load(tmp_path / "out" / "mr_4_echo2.nii.gz")
    assert np.array_equal(echo.array, STORED[::-1, ::-1, 1::2] - 1024)


def test_path_order_workers_and_archives_do_not_change_a_byte(tmp_path: Path) -> None:
    files = study()
    source = put(tmp_path / "in", files)
    dicom2nifti(source, tmp_path / "one", workers=1)
    expected = content(tmp_path / "one")
    other = put(tmp_path / "elsewhere" / "x", dict(reversed(files.items())))
    dicom2nifti(other, tmp_path / "two", workers=2)
    assert content(tmp_path / "two") == expected
    with zipfile.ZipFile(tmp_path / "scans.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files, reverse=True):
            archive.writestr(name, files[name])
    dicom2nifti(tmp_path / "scans.zip", tmp_path / "three")
    assert content(tmp_path / "three") == expected
    dicom2nifti(source, tmp_path / "one")
    assert content(tmp_path / "one") == expected


def test_renamed_and_nested_files_give_the_same_image(tmp_path: Path) -> None:
    files = series(STORED)
    dicom2nifti(put(tmp_path / "in", files), tmp_path / "a.nii.gz")
    order = RNG.permutation(len(files))
    moved = {f"{k % 3}/{k}": data for k, data in zip(order, files.values(), strict=True)}
    dicom2nifti(put(tmp_path / "moved", moved), tmp_path / "b.nii.gz")
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()
    assert (tmp_path / "a.json").exists()


def test_a_lone_multi_frame_file_is_converted(tmp_path: Path) -> None:
    source = put(tmp_path, {"f.dcm": enhanced(STORED)}) / "f.dcm"
    assert [*dicom2nifti(source, tmp_path / "out").sidecars] == ["mr"]


def test_one_bad_series_does_not_stop_the_others(tmp_path: Path) -> None:
    files = study()
    del files["a/IM5"]
    files["torn.dcm"] = files["a/IM1"][:300]
    made = dicom2nifti(put(tmp_path / "in", files), tmp_path / "out")
    refused = {a.item: a.reason for a in made.answers if a.outcome is Outcome.REFUSED}
    assert set(refused) == {"ct_3", "torn.dcm"}
    assert "slices are missing along the normal: 1 between" in refused["ct_3"]
    assert "torn.dcm" in refused["torn.dcm"]
    assert made.exit_code == 1
    assert sorted(content(tmp_path / "out")) == [n for n in FILES if not n.startswith("ct_3")]


def test_nothing_of_a_4d_series_is_left_when_one_volume_is_wrong(tmp_path: Path) -> None:
    files = series(
        STORED.astype(np.int32),
        Modality="CT",
        EchoTime=lambda k: 1 + k % 2,
        ImagePositionPatient=lambda k: [0, 0, k // 2],
        RescaleIntercept=lambda k: 40_000 * (k % 2),
    )
    made = dicom2nifti(put(tmp_path / "in", files), tmp_path / "out")
    assert made.exit_code == 1
    assert content(tmp_path / "out") == {}


def test_what_makes_no_sense_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file or folder"):
        dicom2nifti(tmp_path / "none", tmp_path / "out")
    with pytest.raises(Refused, match=r"no CT, MR or PET image in .*: a.txt is not DICOM"):
        dicom2nifti(put(tmp_path / "text", {"a.txt": b"a"}), tmp_path / "out")
    with pytest.raises(Misuse, match="names one file, but there are 4 series"):
        dicom2nifti(put(tmp_path / "in", study()), tmp_path / "out.nii.gz")
    assert not (tmp_path / "out").exists()


def run(capsys: pytest.CaptureFixture[str], *words: Any) -> tuple[int, str, str]:
    code = main(["dicom2nifti", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_prints_files_and_says_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """F080: a folder of DICOM becomes NIfTI; what cannot be right is refused with its reason."""
    files = series(STORED, ImagePositionPatient=lambda k: [0, 0.5 * k, 2 * k])
    source = put(tmp_path / "in", files)
    code, out, err = run(capsys, source, tmp_path / "out")
    assert (code, out.strip()) == (1, "")
    assert "refused  ct  slices are not stacked along their normal but at 14.04 degrees" in err
    code, out, err = run(capsys, source, tmp_path / "out", "--allow-tilt")
    assert (code, out) == (0, "ct.nii.gz  50 x 48 x 12  0.5 x 0.75 x 2 mm  HU\n")
    assert "note     ct  corrected: slices are not stacked" in err
    shutil.rmtree(tmp_path / "out")
    code, out, err = run(capsys, source, tmp_path / "out", "--json")
    said = json.loads(out)
    assert (code, said["series"][0]["outcome"], err) == (1, "refused", "")
    code, _, err = run(capsys, tmp_path / "none", tmp_path / "out")
    assert (code, err.split(":")[0]) == (3, "error")
