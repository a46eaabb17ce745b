"""The command ``medreg fingerprint`` on files, folders, JSON and datasets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from medreg.cli import main
from medreg.errors import BytesDiffer
from medreg.imaging import nifti, phantoms
from medreg.readiness.prints import from_json, matches, taken
from tests.imaging.copies import cropped, header_lost
from tests.readiness import scans

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scans, and a crop of one of them without its header."""
    into = tmp_path_factory.mktemp("scans")
    for name in ("a", "b"):
        nifti.write(phantoms.ct(name, (64, 64, 48)).image, into / f"{name}.nii.gz")
    scan = header_lost(cropped(phantoms.ct("a", (64, 64, 48)).image))
    nifti.write(replace(scan, array=np.asarray(scan.array)), into / "part.nii.gz")
    (into / "notes.txt").write_text("a = part?")
    return into


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, Any]:
    code = main([*(str(word) for word in words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_copies_in_a_folder_are_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = said(capsys, "fingerprint", folder)
    assert code == 1
    assert len(found["scans"]) == 3
    (pair,) = found["matches"]
    names = [pair["a"].rpartition("/")[2], pair["b"].rpartition("/")[2]]
    assert names == ["a.nii.gz", "part.nii.gz"]
    assert (pair["what"], pair["rung"], pair["sure"]) == ("same scan", "sketch", "yes")


def test_strangers_end_with_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = said(capsys, "fingerprint", folder / "a.nii.gz", "--against", folder / "b.nii.gz")
    assert (code, found["matches"]) == (0, [])


def test_hashes_alone_tell_somebody_elsewhere(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found = said(capsys, "fingerprint", folder / "a.nii.gz")
    (tmp_path / "theirs.json").write_text(json.dumps(found))
    code, found = said(
        capsys, "fingerprint", folder / "part.nii.gz", "--against", tmp_path / "theirs.json"
    )
    assert (code, len(found["matches"])) == (1, 1)


def test_a_file_that_holds_no_fingerprints_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.json").write_text("[]")
    code, found = said(capsys, "fingerprint", folder / "a.nii.gz", "--against", tmp_path / "x.json")
    assert code == BytesDiffer.exit_code
    assert "x.json holds no fingerprints" in found["error"]


def test_dicom_and_the_nifti_made_of_it_are_one_scan(tmp_path: Path, shared_data: Path) -> None:
    scans.save(scans.made(), tmp_path / "dicom")
    (series,) = taken([tmp_path / "dicom"]).scans
    assert len(series.found.uids) == scans.COUNT + 1
    sarcoma = shared_data / "ibsi_validation"
    both = taken([sarcoma / "dicom/STS_002/CT", sarcoma / "nifti/STS_002/CT_image.nii.gz"])
    (pair,) = matches(both.scans)
    assert pair.match.rung == "values"


def test_an_unreadable_scan_is_refused_and_the_others_are_taken(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cut.nii.gz").write_bytes((folder / "a.nii.gz").read_bytes()[:5000])
    code, found = said(capsys, "fingerprint", tmp_path, folder / "b.nii.gz")
    assert code == 1
    assert [one["name"].rpartition("/")[2] for one in found["refused"]] == ["cut.nii.gz"]
    assert len(found["scans"]) == 1


def test_json_comes_back(folder: Path) -> None:
    found = taken([folder])
    again = from_json(json.loads(json.dumps(found.json())), "here")
    assert [one.found.texts() for one in again.scans] == [one.found.texts() for one in found.scans]
