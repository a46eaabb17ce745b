"""Raw files are compared with their record before anything is made of them (F038).

A power cut soon after a fetch leaves files that have their size and other bytes.
"""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.sources.test_part import Registry, medreg, nifti

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["medreg"]
pytestmark = pytest.mark.usefixtures("known_to_git")

TORN = "labelsTr/ct_1.nii"


@pytest.fixture
def fetched(medreg: Registry, tmp_path: Path) -> Registry:
    """Three pairs, one image of them in an archive, fetched."""
    disk = tmp_path / "disk"
    for number in range(3):
        for folder in ("imagesTr", "labelsTr"):
            (disk / folder).mkdir(parents=True, exist_ok=True)
            if (folder, number) != ("imagesTr", 0):
                (disk / folder / f"ct_{number}.nii").write_bytes(nifti(1))
    with zipfile.ZipFile(disk / "more.zip", "w") as archive:
        archive.writestr("imagesTr/ct_0.nii", nifti(1))
    medreg.declare(
        f"Local({str(disk)!r})",
        'Pairs(image="**/imagesTr/{case}.nii", label="labelsTr/{case}.nii")',
    )
    code, _, err = medreg("fetch", "some")
    assert code == 0, err
    return medreg


def restart(monkeypatch: pytest.MonkeyPatch, folder: Path, times: int = 1) -> None:
    """Let this machine have been started once more."""
    file = folder / f"start-{times}"
    file.write_text(f"{times}\n")
    monkeypatch.setattr("medreg.stages.compared.START", file)


def unread(*_: object) -> NoReturn:
    pytest.fail("a file that looks as when it was hashed was read again")


@pytest.mark.parametrize(
    ("path", "tear"), [(TORN, "zeros"), (TORN, "short"), ("more.zip", "zeros")]
)
def test_a_torn_file_is_named_and_mended(fetched: Registry, path: str, tear: str) -> None:
    file = fetched.folder / "raw" / path
    whole = file.read_bytes()
    file.write_bytes(bytes(len(whole)) if tear == "zeros" else whole[:-1])
    code, _, err = fetched("convert", "some")
    assert code == 5
    assert path in err
    assert "hint: medreg fetch some" in err
    assert not list((fetched.folder / "converted").rglob("*.nii.gz"))
    assert [a["outcome"] for a in fetched.data("fetch", "some")[0]["answers"]].count("repaired")
    assert file.read_bytes() == whole
    assert fetched("convert", "some")[0] == 0


def test_after_a_restart_all_is_read_once(
    fetched: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file system may tell of a torn file what it told of the whole one."""
    file = fetched.folder / "raw" / TORN
    whole = file.read_bytes()
    note = fetched.root / ".medreg" / "compared" / "some.json"

    def looks_as_before() -> None:
        told, stat = json.loads(note.read_bytes()), file.stat()
        told[TORN][:4] = [stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns]
        note.write_text(json.dumps(told))

    file.write_bytes(bytes(len(whole)))
    looks_as_before()
    restart(monkeypatch, tmp_path, 1)
    code, _, err = fetched("convert", "some")
    assert code == 5
    assert TORN in err
    assert fetched("fetch", "some")[0] == 0
    restart(monkeypatch, tmp_path, 2)
    assert fetched("convert", "some")[0] == 0
    restart(monkeypatch, tmp_path, 3)
    monkeypatch.setattr("medreg.stages.compared.sha256_file", unread)
    assert fetched("convert", "some")[0] == 0


def test_what_was_just_fetched_is_not_read_again(
    fetched: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medreg.stages.compared.sha256_file", unread)
    assert fetched("convert", "some")[0] == 0


@pytest.mark.parametrize("note", ["{", '{"more.zip": [1, 2]}'])
def test_without_the_note_all_is_read(fetched: Registry, note: str) -> None:
    file = fetched.root / ".medreg" / "compared" / "some.json"
    file.write_text(note)
    assert fetched("convert", "some")[0] == 0
    assert len(json.loads(file.read_bytes())) == 6
