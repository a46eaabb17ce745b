"""`Manual` and `Local`: what a person or a disk hands over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medreg.errors import ActionNeeded, BytesDiffer, DeclarationError, NotFound, Refused
from medreg.files.archive import RawTree
from medreg.files.hashing import sha256_file
from medreg.sources import Local, Manual
from medreg.sources.items import items_below
from medreg.sources.manual import steps
from tests.sources.lab import write_dicom

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medreg.model import Source
    from tests.sources.lab import Lab

STEPS = "Register at https://example.org. Download both batches (about 20 GB)."


def pack(file: Path, **members: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


def same_bytes(lab: Lab, downloads: Path, *names: str) -> bool:
    return all((lab.raw / n).read_bytes() == (downloads / n).read_bytes() for n in names)


BATCHES = Manual(files=("Batch1.zip", "Batch2.zip"), steps=STEPS)


def test_what_is_missing_is_listed_with_the_steps(lab: Lab, downloads: Path) -> None:
    with pytest.raises(ActionNeeded, match=r"Batch1\.zip, Batch2\.zip") as caught:
        lab.fetch(BATCHES)
    assert caught.value.exit_code == 4
    assert caught.value.steps == (
        "Register at https://example.org.",
        "Download both batches (about 20 GB).",
    )
    assert lab.files() == {}


def test_what_is_there_is_taken_even_when_the_rest_is_missing(lab: Lab, downloads: Path) -> None:
    pack(downloads / "Batch1.zip", a=b"1")
    lab.given = downloads
    with pytest.raises(ActionNeeded, match=r"by hand: Batch2\.zip\n.*\n +found +Batch1\.zip"):
        lab.fetch(BATCHES)
    (downloads / "Batch1.zip").unlink()
    pack(downloads / "sub" / "Batch2.zip", b=b"2")
    assert lab.outcomes(BATCHES) == {"Batch1.zip": "kept", "Batch2.zip": "fetched"}
    assert lab.records["Batch2.zip"].source == "by hand"
    assert lab.records["Batch2.zip"].date == "2026-11-20"
    lab.given = None
    assert lab.outcomes(BATCHES) == {"Batch1.zip": "kept", "Batch2.zip": "kept"}


@pytest.mark.parametrize(
    ("names", "laid", "expected"),
    [
        (("a.zip",), ["a.zip", "b.zip"], ["a.zip"]),
        (("a.zip",), ["deep/a.zip"], ["a.zip"]),
        (("a.zip",), ["deep/er/a.zip"], []),
        (("set",), ["set/x/1.nii", "set/2.nii", "other/3.nii"], ["set/2.nii", "set/x/1.nii"]),
        (("set/*.nii",), ["set/1.nii", "set/2.txt"], ["set/1.nii"]),
        (("**/*.nii",), ["a/b/1.nii", "2.nii", "a/2.txt"], ["2.nii", "a/b/1.nii"]),
        (("p_*",), ["p_1/a.nii", "p_10/a.nii", "q/a.nii"], ["p_1/a.nii", "p_10/a.nii"]),
        (("p_?.nii",), ["p_1.nii", "p_10.nii"], ["p_1.nii"]),
        (("Downloads",), ["1.nii", "a/2.nii"], ["Downloads/1.nii", "Downloads/a/2.nii"]),
        (("a (1).nii", "b+.nii"), ["a (1).nii", "b+.nii"], ["a (1).nii", "b+.nii"]),
    ],
)
def test_names_folders_and_patterns(
    lab: Lab, downloads: Path, names: tuple[str, ...], laid: list[str], expected: list[str]
) -> None:
    for path in laid:
        (downloads / path).parent.mkdir(parents=True, exist_ok=True)
        (pack(downloads / path) if path.endswith(".zip") else downloads / path).touch()
    lab.given, source = downloads, Manual(files=names, steps=STEPS)
    if not expected:
        with pytest.raises(ActionNeeded):
            lab.fetch(source)
        return
    assert lab.outcomes(source) == dict.fromkeys(expected, "fetched")
    assert list(lab.files()) == sorted(expected)
    assert lab.outcomes(source) == dict.fromkeys(expected, "kept")
    lab.given = None
    assert lab.outcomes(source) == dict.fromkeys(expected, "kept")


def test_a_single_file_may_be_given(lab: Lab, downloads: Path) -> None:
    lab.given = pack(downloads / "Batch1.zip", a=b"1")
    with pytest.raises(ActionNeeded, match=r"Batch2\.zip"):
        lab.fetch(BATCHES)
    assert list(lab.files()) == ["Batch1.zip"]


def test_a_folder_that_is_not_there(lab: Lab, downloads: Path) -> None:
    lab.given = downloads / "absent"
    with pytest.raises(NotFound, match="absent"):
        lab.fetch(BATCHES)


@pytest.mark.parametrize(
    ("laid", "word"),
    [
        ("Batch1.zip.part", "has not finished"),
        ("Batch1.zip.crdownload", "has not finished"),
        ("Batch1/a.nii", "as a folder"),
        ("other.zip", "not in"),
    ],
)
def test_near_misses_are_told(lab: Lab, downloads: Path, laid: str, word: str) -> None:
    (downloads / laid).parent.mkdir(exist_ok=True)
    (downloads / laid).touch()
    lab.given = downloads
    with pytest.raises(ActionNeeded) as caught:
        lab.fetch(BATCHES)
    assert word in caught.value.hint


def test_other_bytes_than_on_record(lab: Lab, downloads: Path) -> None:
    lab.given = downloads
    for name in BATCHES.files:
        pack(downloads / name, a=name.encode())
    lab.fetch(BATCHES)
    old = lab.files()
    pack(downloads / "Batch2.zip", a=b"another upload")
    with pytest.raises(BytesDiffer, match=r"Batch2\.zip is not the file on record") as caught:
        lab.fetch(BATCHES)
    assert lab.records["Batch2.zip"].sha256 in caught.value.message
    assert sha256_file(downloads / "Batch2.zip") in caught.value.message
    assert lab.files() == old


def test_damage_is_found_and_repaired(lab: Lab, downloads: Path) -> None:
    lab.given = downloads
    for name in BATCHES.files:
        pack(downloads / name, a=name.encode())
    lab.fetch(BATCHES)
    data = (lab.raw / "Batch1.zip").read_bytes()
    (lab.raw / "Batch1.zip").write_bytes(data[:-1] + b"?")
    lab.given = None
    with pytest.raises(BytesDiffer, match=r"Batch1\.zip"):
        lab.fetch(BATCHES)
    lab.given = downloads
    assert lab.outcomes(BATCHES) == {"Batch1.zip": "repaired", "Batch2.zip": "kept"}
    assert same_bytes(lab, downloads, *BATCHES.files)


def test_a_file_on_record_that_went_missing(lab: Lab, downloads: Path) -> None:
    source = Manual(files=("*.nii",), steps=STEPS)
    lab.given = downloads
    for name in ("1.nii", "2.nii"):
        (downloads / name).write_bytes(name.encode())
    lab.fetch(source)
    (lab.raw / "1.nii").unlink()
    lab.given = None
    with pytest.raises(ActionNeeded, match=r"by hand: 1\.nii"):
        lab.fetch(source)
    (downloads / "3.nii").write_bytes(b"3")
    lab.given = downloads
    assert lab.outcomes(source) == {"1.nii": "fetched", "2.nii": "kept", "3.nii": "fetched"}


@pytest.mark.parametrize("cut", [0, 10, 100])
def test_half_a_download_is_refused(lab: Lab, downloads: Path, cut: int) -> None:
    file = pack(downloads / "Batch1.zip", a=b"1" * 500)
    os.truncate(file, cut)
    lab.given = downloads
    with pytest.raises(Refused, match=r"Batch1\.zip is damaged or incomplete"):
        lab.fetch(BATCHES)
    assert lab.files() == {}


@pytest.mark.parametrize(
    "names", [("",), ("/etc/passwd",), ("../x.zip",), ("a/../../x",), ("[a]",)]
)
def test_impossible_names_are_declaration_errors(names: tuple[str, ...]) -> None:
    with pytest.raises(DeclarationError):
        Manual(files=names, steps=STEPS)


def test_steps_are_lines_or_sentences() -> None:
    assert steps("1. Register, e.g. at x.org. Then wait.\n2. Download") == (
        "1. Register, e.g. at x.org. Then wait.",
        "2. Download",
    )
    assert steps("One. Two! Three") == ("One.", "Two!", "Three")


# --- DICOM -------------------------------------------------------------------------------------


def by_hand(lab: Lab, folder: Path) -> Source:
    lab.given = folder.parent
    return Manual(files=(folder.name,), steps=STEPS)


def on_disk(_lab: Lab, folder: Path) -> Source:
    return Local(str(folder.parent))


@pytest.mark.parametrize("source_of", [by_hand, on_disk])
def test_loose_dicom_is_packed_by_series(
    lab: Lab, downloads: Path, source_of: Callable[[Lab, Path], Source]
) -> None:
    scans = downloads / "scans"
    for n in (1, 2, 10):
        write_dicom(scans / "1" / "DICOM_anon" / f"i{n}.dcm", 1, n)
        write_dicom(scans / "mixed" / f"IM{n}", 2, n)  # no ending: told by content
    write_dicom(scans / "mixed" / "x.dcm", 3, 1, preamble=False)
    (scans / "1" / "DICOM_anon" / "notes.txt").write_text("kept")
    (scans / "1" / "Ground").mkdir()
    (scans / "1" / "Ground" / "liver.png").write_bytes(b"png")
    (scans / "1" / "fake.dcm").write_text("no DICOM at all")
    (scans / "1" / ".DS_Store").write_text("litter")
    (scans / "Thumbs.db").write_text("litter")
    source = source_of(lab, scans)
    answers = lab.fetch(source)
    assert list(answers) == [
        "scans/1/DICOM_anon.zip",
        "scans/1/DICOM_anon/notes.txt",
        "scans/1/Ground/liver.png",
        "scans/1/fake.dcm",
        "scans/mixed/1.2.3.2.zip",
        "scans/mixed/1.2.3.3.zip",
    ]
    first = answers["scans/1/DICOM_anon.zip"].reason
    assert first == "packed 3 DICOM files; left out scans/1/.DS_Store, scans/Thumbs.db"
    with RawTree(lab.raw) as tree:
        assert tree.paths()[:3] == tuple(f"scans/1/DICOM_anon/i{n}.dcm" for n in (1, 2, 10))
        data = (scans / "mixed" / "IM10").read_bytes()
        assert tree.read("scans/mixed/1.2.3.2/IM10") == data
    before = lab.files()
    assert {str(a.outcome) for a in lab.fetch(source).values()} == {"kept"}
    assert lab.files() == before
    write_dicom(scans / "1" / "DICOM_anon" / "i2.dcm", 1, 20)
    with pytest.raises(BytesDiffer, match=r"DICOM_anon\.zip"):
        lab.fetch(source)
    assert lab.files() == before


@settings(max_examples=150, deadline=None)
@given(
    keep=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
)
def test_broken_dicom_is_packed_or_left_loose_but_never_lost(
    tmp_path_factory: pytest.TempPathFactory, keep: float, changes: list[tuple[float, int]]
) -> None:
    folder = tmp_path_factory.mktemp("scans")
    file = write_dicom(folder / "s" / "1.dcm", 1, 1)
    data = bytearray(file.read_bytes())
    data = data[: int(keep * len(data))]
    for place, value in changes:
        if data:
            data[int(place * len(data))] = value
    file.write_bytes(data)
    ((path, _),) = items_below(folder / "s", "s", folder, [])
    assert path in ("s.zip", "s/1.dcm")


def test_packing_does_not_depend_on_place_time_or_order(lab: Lab, tmp_path: Path) -> None:
    digests = set()
    for place in ("one", "two"):
        for n in (1, 2) if place == "one" else (2, 1):
            write_dicom(tmp_path / place / "s" / f"{n}.dcm", 1, n)
        lab.fetch(Local(str(tmp_path / place)))
        digests.add(lab.records.pop("s.zip").sha256)
        (lab.raw / "s.zip").unlink()
    assert len(digests) == 1


def test_series_at_the_top_and_beside_a_zip_are_named_by_uid(lab: Lab, downloads: Path) -> None:
    write_dicom(downloads / "1.dcm", 7, 1)
    write_dicom(downloads / "s" / "1.dcm", 8, 1)
    pack(downloads / "s.zip", a=b"1")
    lab.fetch(Local(str(downloads)))
    assert list(lab.files()) == ["1.2.3.7.zip", "s/1.2.3.8.zip", "s.zip"]


# --- Local -------------------------------------------------------------------------------------


def test_local_takes_archives_and_files_as_they_are(lab: Lab, downloads: Path) -> None:
    pack(downloads / "a.zip", a=b"1")
    with tarfile.open(downloads / "b.tar", "w") as tar:
        tar.add(downloads / "a.zip", "a.zip")
    (downloads / "c.nii.gz").write_bytes(b"c")
    for name in ("a.zip", "b.tar", "c.nii.gz"):
        source = Local(str(downloads / name))
        assert lab.outcomes(source)[name] == "fetched"
        assert same_bytes(lab, downloads, name)
    assert source.access == "open"
    assert source.wanted() == (str(downloads / "c.nii.gz"),)


def test_local_paths_are_relative_to_the_registry_or_home(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (lab.root / "inbox", tmp_path / "home" / "scans"):
        place.mkdir(parents=True)
        (place / f"{place.name}.nii").write_bytes(b"1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert lab.outcomes(Local("inbox")) == {"inbox.nii": "fetched"}
    assert lab.outcomes(Local("~/scans"))["scans.nii"] == "fetched"
    assert lab.records["scans.nii"].source == "local:~/scans"


def test_a_local_folder_that_is_gone(lab: Lab, downloads: Path) -> None:
    source = Local(str(downloads / "mounted"))
    with pytest.raises(ActionNeeded, match="mounted"):
        lab.fetch(source)
    (downloads / "mounted").mkdir()
    (downloads / "mounted" / "a.nii").write_bytes(b"1")
    lab.fetch(source)
    (downloads / "mounted" / "a.nii").unlink()
    (downloads / "mounted").rmdir()
    assert lab.outcomes(source) == {"a.nii": "kept"}
    (lab.raw / "a.nii").unlink()
    with pytest.raises(ActionNeeded, match=r"a\.nii"):
        lab.fetch(source)


def test_links_may_not_lead_out(lab: Lab, downloads: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (downloads / "real.nii").write_bytes(b"1")
    (downloads / "inside.nii").symlink_to("real.nii")
    assert lab.outcomes(Local(str(downloads)))["inside.nii"] == "fetched"
    assert not (lab.raw / "inside.nii").is_symlink()
    for target in (tmp_path / "secret", tmp_path, tmp_path / "absent"):
        (downloads / "out.nii").symlink_to(target)
        with pytest.raises(Refused, match=r"out\.nii"):
            lab.fetch(Local(str(downloads)))
        (downloads / "out.nii").unlink()
    os.mkfifo(downloads / "pipe")
    with pytest.raises(Refused, match="pipe"):
        lab.fetch(Local(str(downloads)))


CHILD = """
import sys, time
from pathlib import Path
from medreg.model import FetchJob
from medreg.report import Silent
from medreg.sources import Local

class Slow(Silent):
    def moved(self, size):
        print(size, flush=True)
        time.sleep(0.02)

raw, scratch, place = map(Path, sys.argv[1:])
job = FetchJob(into=raw, scratch=scratch, given=None, known={}, today="2026-11-20", progress=Slow())
for record, answer in Local(str(place)).fetch(job):
    pass
"""


def test_killed_in_the_middle_and_run_again(lab: Lab, downloads: Path) -> None:
    for n in range(3):
        (downloads / f"v{n}.nii").write_bytes(bytes([n]) * 4_000_000)
        write_dicom(downloads / "series" / f"{n}.dcm", 1, n)
    command = [sys.executable, "-c", CHILD, str(lab.raw), str(lab.scratch), str(downloads)]
    for lines in (1, 4, 9):
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert child.stdout
        with child, child.stdout:
            for _ in range(lines):
                child.stdout.readline()
            time.sleep(0.01)
            child.send_signal(signal.SIGKILL)
    answers = lab.outcomes(Local(str(downloads)))
    assert list(lab.files()) == ["series.zip", "v0.nii", "v1.nii", "v2.nii"]
    assert same_bytes(lab, downloads, "v0.nii", "v1.nii", "v2.nii")
    assert set(answers.values()) == {"kept", "fetched"}
