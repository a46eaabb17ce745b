"""Whatever lies in a folder: archives, litter, several patients, damage; and the command."""

from __future__ import annotations

import json
import random
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from medreg.cli import main
from medreg.errors import DeclarationError, NotFound
from medreg.readiness.profile import CT, named
from medreg.readiness.validate import validate
from medreg.testing.dicom import Series
from tests.readiness import scans

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


PLUGIN = """from medreg import CT, Dataset, Local, Pairs, hookimpl

@hookimpl
def medreg_datasets():
    yield Dataset(
        name="thin", title="Thin slices", homepage="https://example.org", licenses=(), cite=(),
        modality=CT, source=Local("scans"), layout=Pairs(image="{case}.nii", label=None),
        readiness={"slices": 100},
    )
"""


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scan") / "p1"
    scans.save(scans.made(), folder)
    return folder


def zipped(scan: Path, into: Path) -> Path:
    with zipfile.ZipFile(into / "export.zip", "w") as archive:
        for file in sorted(scan.iterdir()):
            archive.write(file, f"a/b/{file.name}")
    return into / "export.zip"


def tarred(scan: Path, into: Path) -> Path:
    with tarfile.open(into / "export.tar.gz", "w:gz") as archive:
        archive.add(scan, "p1")
    return into / "export.tar.gz"


def nested(scan: Path, into: Path) -> Path:
    inner = zipped(scan, into)
    with tarfile.open(into / "outer.tar", "w") as archive:
        archive.add(inner, "deep/export.zip")
    inner.unlink()
    return into / "outer.tar"


def beside_litter(scan: Path, into: Path) -> Path:
    for file in scan.iterdir():
        (into / "PAT" / "x").mkdir(parents=True, exist_ok=True)
        (into / "PAT" / "x" / file.name).write_bytes(file.read_bytes())
    (into / "PAT" / "notes.txt").write_text("seen by nobody")
    (into / "PAT" / "x" / "report.pdf").write_bytes(b"%PDF-1.4")
    (into / "PAT" / "x" / "empty.dcm").write_bytes(b"")
    (into / ".DS_Store").write_bytes(b"litter")
    (into / "link").symlink_to(scan)
    return into


@pytest.mark.parametrize("pack", [zipped, tarred, nested, beside_litter])
def test_a_series_is_found_wherever_it_lies(
    pack: Callable[[Path, Path], Path], scan: Path, tmp_path: Path
) -> None:
    report = validate([pack(scan, tmp_path)])
    (one,) = report.series
    assert (len(one.facts.slices), str(one.level)) == (scans.COUNT, "PASS")
    assert not any(aside.grave for aside in report.aside)
    plain = [v.value for v in validate([scan]).series[0].verdicts]
    assert [verdict.value for verdict in one.verdicts] == plain


def test_several_patients_in_folders_of_their_own_are_several_series(tmp_path: Path) -> None:
    for patient in ("p10", "p2"):
        of = Series(patient=patient, study=patient, series=f"{patient}/ct")
        scans.save(scans.made(of), tmp_path / patient)
    report = validate([tmp_path])
    assert [one.facts.slices[0].patient for one in report.series] == ["p2", "p10"]
    assert report.level == "PASS"


def test_neither_names_nor_the_order_of_files_count(scan: Path, tmp_path: Path) -> None:
    files = sorted(scan.iterdir())
    names = [f"{n:03d}" for n in range(len(files))]
    random.Random("order").shuffle(names)  # noqa: S311 - any order but theirs
    for file, name in zip(files, names, strict=True):
        (tmp_path / name).write_bytes(file.read_bytes())
    values = [v.value for v in validate([tmp_path]).series[0].verdicts]
    assert values == [v.value for v in validate([scan]).series[0].verdicts]


def test_a_file_cut_short_is_damage_of_its_folders_series(scan: Path, tmp_path: Path) -> None:
    for file in scan.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    whole = (tmp_path / "IM0030").read_bytes()
    (tmp_path / "IM0030").write_bytes(whole[:-1000])
    (tmp_path / "IM0031").write_bytes(whole[:140])
    integrity = validate([tmp_path]).series[0].verdicts[6]
    assert integrity.level == "FAIL"
    assert str(tmp_path / "IM0030") in integrity.files


def test_a_damaged_archive_fails_and_the_rest_is_judged(scan: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 nothing")
    report = validate([scan, tmp_path])
    assert [one.level for one in report.series] == ["PASS"]
    assert report.level == "FAIL"
    assert "bad.zip" in report.aside[0].reason


def test_a_damaged_file_of_an_archive_is_named(scan: Path, tmp_path: Path) -> None:
    whole = zipped(scan, tmp_path).read_bytes()
    second = whole.index(b"PK\x03\x04", 4)
    (tmp_path / "export.zip").write_bytes(whole[:second] + b"??" + whole[second + 2 :])
    report = validate([tmp_path])
    assert report.level == "FAIL"
    assert [one.grave for one in report.aside] == [True]


def test_other_formats_are_told_apart_from_litter(tmp_path: Path) -> None:
    for name in ("a.nii.gz", "b.MHA", "c.nrrd", "d.txt"):
        (tmp_path / name).write_bytes(b"whatever")
    assert [one.reason for one in validate([tmp_path]).aside] == [
        "a NIfTI volume, which needs no conversion",
        "a MetaImage volume, which needs no conversion",
        "an NRRD volume, which needs no conversion",
        "not DICOM",
    ]


def test_nothing_to_judge_fails(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    assert validate([tmp_path]).level == "FAIL"


def test_a_directory_of_patients_is_a_warning(scan: Path, tmp_path: Path) -> None:
    report = validate([beside_litter(scan, tmp_path)])
    assert report.series[0].verdicts[7].level == "PASS"
    directory = scans.made()[0]
    directory.SOPClassUID = directory.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    directory.save_as(tmp_path / "DICOMDIR", enforce_file_format=True)
    assert "DICOMDIR lists patients" in validate([tmp_path]).series[0].verdicts[7].value


# --- profiles ----------------------------------------------------------------------------------


def test_a_profile_from_a_file_says_only_what_differs(scan: Path, tmp_path: Path) -> None:
    file = tmp_path / "thick.toml"
    file.write_text("slices = 100\nuneven = 0.05\n")
    profile = named(str(file))
    assert (profile.name, profile.slices, profile.uneven, profile.tilt) == (
        "thick",
        100,
        0.05,
        CT.tilt,
    )
    assert validate([scan], profile).series[0].verdicts[4].level == "FAIL"


@pytest.mark.parametrize("text", ["slizes = 3", 'slices = "3"', 'base = "us"', "slices ="])
def test_a_wrong_profile_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(DeclarationError, match=r"p\.toml"):
        named(str(tmp_path / "p.toml"))


@pytest.mark.usefixtures("known_to_git")
def test_a_plugin_says_what_is_ready_of_its_scans(
    scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["init", str(tmp_path / "lab")])
    (tmp_path / "lab/plugins/thin.py").write_text(PLUGIN)
    capsys.readouterr()
    monkeypatch.chdir(tmp_path / "lab")
    code, report = said(capsys, "validate", scan, "--profile", "thin")
    assert (code, report["profile"]["name"], report["profile"]["slices"]) == (1, "thin", 100)


def test_an_unknown_profile_or_path_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no profile"):
        named("mri")
    with pytest.raises(NotFound, match="no file or folder"):
        validate([tmp_path / "nowhere"])


# --- the command -------------------------------------------------------------------------------


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, Any]:
    code = main([*(str(word) for word in words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_command_ends_with_1_on_a_failure(
    scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, report = said(capsys, "validate", scan)
    assert (code, report["level"], report["format"]) == (0, "PASS", 1)
    other = scans.made(Series(patient="p2", study="p2", series="p2/ct"))
    scans.save(scans.every(PatientName="Doe^Jane")(other), tmp_path)
    code, report = said(capsys, "validate", scan, tmp_path)
    assert (code, report["level"]) == (1, "FAIL")
    assert sorted(one["level"] for one in report["series"]) == ["FAIL", "PASS"]


def test_the_json_names_checks_and_geometry_as_documented(
    scan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, report = said(capsys, "validate", scan)
    (one,) = report["series"]
    assert [check["check"] for check in one["checks"]] == [
        *("modality", "hounsfield", "bit_depth", "spacing", "slices", "order", "integrity"),
        *("privacy", "geometry"),
    ]
    assert set(one["checks"][0]) == {"check", "level", "value", "rule", "files", "hint"}
    assert list(one["geometry"]) == [
        *("single_orientation", "orthogonal_orientation", "unique_slice_positions"),
        *("consistent_in_plane_row", "consistent_in_plane_col", "consistent_pixel_spacing"),
        *("consistent_image_dimensions", "uniform_slice_spacing", "regularly_spaced_3d_volume"),
        *("obliquity_degrees", "tilt_degrees", "slice_spacing_mm"),
    ]


def test_the_text_says_level_value_and_rule(
    scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scans.save(scans.without(*range(20, 60))(scans.made()), tmp_path)
    assert main(["validate", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "FAIL  slices      20 unique positions, 50 needed" in out
    assert "rule: 50 unique positions or more" in out
    assert "PASS  modality    CT Image Storage in all 20 files" in out
