"""`medreg adopt`: what lies on a disk, recognized and registered where it lies (issue 6)."""

from __future__ import annotations

import csv
import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest

from medreg.plugins import load
from medreg.registry import Registry
from medreg.report import Silent
from medreg.stages import adopted
from medreg.testing.listing import listing
from medreg.testing.miniature import miniature

if TYPE_CHECKING:
    from tests.cli.conftest import Terminal

ROOT = Path(__file__).resolve().parents[2]
BUNDLED = load(ROOT / "plugins")
SHAPE = (24, 24, 16)


def lay(name: str, into: Path) -> Path:
    """Lay a miniature of dataset *name* out below *into*, as its publisher would."""
    text = (ROOT / f"tests/listings/{name}.txt").read_text(encoding="utf-8")
    miniature(BUNDLED.get(name).dataset, listing(text), into, shape=SHAPE)
    return into


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(medreg: Terminal, name: str, *columns: str) -> list[tuple[str, ...]]:
    file = medreg.root / f"registry/datasets/{name}/files.csv"
    with file.open(encoding="utf-8", newline="") as table:
        return [tuple(row[column] for column in columns) for row in csv.DictReader(table)]


@pytest.mark.parametrize(
    "name",
    [
        *("kits19", "kits21", "kits23", "lits", "msd_spleen", "medmnist_pathmnist", "acdc"),
        *("nsclc_radiomics", "lidc_idri", "fdg_pet_ct_lesions", "word", "btcv", "ct_org"),
        *("isic_archive_2018", "drive", "camus"),
    ],
)
def test_a_known_dataset_in_an_anonymous_folder_is_recognized(
    name: str, medreg: Terminal, tmp_path: Path
) -> None:
    place = lay(name, tmp_path / "disk" / "anonymous")
    before = files_below(place)
    (found,) = medreg("adopt", str(place), "--dry-run", "--json").data
    assert (found["name"], found["sure"], found["rivals"]) == (name, "likely", [])
    assert found["cases"] > 0
    assert found["place"] == str(place)
    assert files_below(place) == before
    assert medreg("status", "--json").data == []


def test_it_is_registered_and_converted_without_a_copy(medreg: Terminal, tmp_path: Path) -> None:
    place = lay("lits", tmp_path / "disk")
    (place / "Thumbs.db").write_bytes(b"litter")
    before = files_below(place)
    typed = medreg("adopt", str(place), "--yes")
    assert typed.code == 0, typed.err
    assert "125 of 131 published cases are missing" in typed.out
    assert "1 files are litter: Thumbs.db" in typed.out
    folder = medreg.root / "registry/datasets/lits"
    assert not (folder / "raw").exists()
    assert {source for (source,) in rows(medreg, "lits", "source")} == {f"local:{place}"}
    assert medreg("convert", "lits").code == 0
    assert len(list((folder / "converted").iterdir())) == 6
    (standing,) = medreg("status", "--json").data
    assert (standing["state"], standing["notes"]) == ("converted", [f"raw files in {place}"])
    again = medreg("fetch", "lits")
    assert again.code == 0
    assert "4 kept" in again.out
    assert medreg("convert", "lits").out == "lits  convert  6 kept\n"
    assert files_below(place) == before
    clean = subprocess.run(
        [sys.executable, "-m", "dvc", "status", "-q", "registry/datasets/lits/dvc.yaml:convert"],
        cwd=medreg.root,
        check=False,
    )
    assert clean.returncode == 0


def test_a_copy_is_made_when_asked_with_the_same_record(medreg: Terminal, tmp_path: Path) -> None:
    place = lay("nsclc_radiomics", tmp_path / "disk")  # loose DICOM: the record is of zips
    assert medreg("adopt", str(place), "--yes").code == 0
    record = rows(medreg, "nsclc_radiomics", "path", "size", "sha256")
    assert all(path.endswith(".zip") for path, _, _ in record)
    assert medreg("convert", "nsclc_radiomics").code == 0
    converted = medreg.root / "registry/datasets/nsclc_radiomics/converted"
    in_place = files_below(converted)
    assert medreg("adopt", str(place), "--yes", "--copy").code == 0
    assert rows(medreg, "nsclc_radiomics", "path", "size", "sha256") == record
    raw = medreg.root / "registry/datasets/nsclc_radiomics/raw"
    assert sorted(files_below(raw)) == sorted(path for path, _, _ in record)
    assert "raw files in" not in medreg("status").out
    shutil.rmtree(converted)
    assert medreg("convert", "nsclc_radiomics").code == 0
    assert files_below(converted) == in_place


def test_two_datasets_in_one_folder_and_what_lies_beside_them(
    medreg: Terminal, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    lay("kits19", disk / "one")
    lay("lits", disk / "old" / "two")
    (disk / "notes.txt").write_text("whose is it?")
    found = medreg("adopt", str(disk), "--dry-run", "--json").data
    assert [(one["name"], one["place"]) for one in found] == [
        ("lits", str(disk / "old")),
        ("kits19", str(disk / "one")),
        ("", str(disk)),
    ]
    assert next(one["left"] for one in found if not one["name"]) == ["notes.txt"]
    assert medreg("adopt", str(disk), "--yes").code == 0
    assert {name for name, _ in _states(medreg)} == {"kits19", "lits"}


def _states(medreg: Terminal) -> list[tuple[str, str]]:
    return [(row["name"], row["state"]) for row in medreg("status", "--json").data]


def test_an_unknown_folder_becomes_a_draft(medreg: Terminal, tmp_path: Path) -> None:
    place = tmp_path / "our_livers"
    for number in range(4):
        for kind in ("scan", "seg"):
            file = place / kind / f"subj-{number}_{kind}.nii.gz"
            file.parent.mkdir(parents=True, exist_ok=True)
            values = np.full((8, 8, 6), -1000, np.int16) if kind == "scan" else np.zeros((8, 8, 6))
            values[2:5, 2:5, 2:5] = 60 if kind == "scan" else 1
            nib.save(nib.Nifti1Image(values.astype(np.int16), np.eye(4)), file)
    (shown,) = medreg("adopt", str(place), "--dry-run", "--json").data
    assert (shown["name"], shown["draft"]) == ("", "our_livers")
    assert not (medreg.root / "plugins/our_livers.py").exists()
    typed = medreg("adopt", str(place), "--yes")
    plugin = medreg.root / "plugins/our_livers.py"
    assert (typed.code, f"medreg adopt {place} --as our_livers" in typed.err) == (4, True)
    text = plugin.read_text(encoding="utf-8")
    plugin.write_text(text.replace("FIXME: a name in registry/vocabulary.csv", "liver"))
    typed = medreg("adopt", str(place), "--yes", "--as", "our_livers")
    assert typed.code == 0, typed.err
    assert not (medreg.root / "registry/datasets/our_livers/raw").exists()
    assert len(rows(medreg, "our_livers", "path")) == 8


def test_nobody_is_asked_by_a_script(medreg: Terminal, tmp_path: Path) -> None:
    typed = medreg("adopt", str(lay("lits", tmp_path / "disk")))
    assert (typed.code, "--yes" in typed.err) == (4, True)
    assert medreg("status", "--json").data == []


def kits(place: Path, value: int) -> Path:
    """Lay cases out as all three KiTS editions have them once they are downloaded."""
    for number in range(3):
        case = place / f"case_{number:05}"
        case.mkdir(parents=True)
        image, mask = np.full((10, 10, 8), -1000, np.int16), np.zeros((10, 10, 8), np.uint8)
        image[3:7, 3:7, 3:6], mask[3:7, 3:7, 3:6], mask[4, 4, 4] = 30, 1, value
        nib.save(nib.Nifti1Image(image, np.eye(4)), case / "imaging.nii.gz")
        nib.save(nib.Nifti1Image(mask, np.eye(4)), case / "segmentation.nii.gz")
    return place


def test_masks_tell_editions_apart_and_what_nothing_tells_apart_is_asked(
    medreg: Terminal, tmp_path: Path
) -> None:
    (with_cysts,) = medreg("adopt", str(kits(tmp_path / "a", 3)), "--dry-run", "--json").data
    assert with_cysts["name"] == "kits23"
    assert "kits19" not in with_cysts["rivals"]
    place = kits(tmp_path / "b", 2)
    (unclear,) = medreg("adopt", str(place), "--dry-run", "--json").data
    assert {unclear["name"], *unclear["rivals"]} == {"kits19", "kits23"}
    typed = medreg("adopt", str(place), "--yes")
    assert typed.code == 4
    assert f"medreg adopt {place} --as kits19" in typed.err
    assert medreg("adopt", str(place), "--yes", "--as", "kits19").code == 0
    assert [name for name, _ in _states(medreg)] == ["kits19"]


def test_recorded_bytes_are_known_under_any_name(medreg: Terminal, tmp_path: Path) -> None:
    first = kits(tmp_path / "a", 2)
    assert medreg("adopt", str(first), "--yes", "--as", "kits23").code == 0
    record = rows(medreg, "kits23", "path", "sha256")
    moved = tmp_path / "elsewhere"
    shutil.copytree(first, moved / "data")
    (found,) = medreg("adopt", str(moved), "--dry-run", "--json").data
    assert (found["name"], found["sure"]) == ("kits23", "certain")
    assert any("on record, by SHA-256" in why for why in found["why"])
    assert medreg("adopt", str(moved), "--yes").code == 0
    assert rows(medreg, "kits23", "path", "sha256") == record
    assert medreg("convert", "kits23").code == 0
    assert medreg("check", "kits23").code in (0, 1)
    other = tmp_path / "rewritten"  # the same voxels in other bytes
    for file in sorted(first.rglob("*.nii.gz")):
        target = other / file.relative_to(first)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()), 1, mtime=7))
    (found,) = medreg("adopt", str(other), "--dry-run", "--json").data
    assert (found["name"], found["sure"]) == ("kits23", "certain")
    assert any("has the voxels of kits23/case_00000" in why for why in found["why"])


def textured(place: Path) -> Path:
    """Lay three cases of KiTS out whose scans have a texture to be known by."""
    kits(place, 2)
    for number, file in enumerate(sorted(place.glob("*/imaging.nii.gz"))):
        draw = np.random.default_rng(number)
        smooth = draw.normal(size=(24, 24, 20)).cumsum(0).cumsum(1) * 20
        mask = np.zeros(smooth.shape, np.uint8)
        mask[8:12, 8:12, 8:12], mask[9, 9, 9] = 1, 2
        nib.save(nib.Nifti1Image(smooth.clip(-1000, 2000).astype(np.int16), np.eye(4)), file)
        nib.save(nib.Nifti1Image(mask, np.eye(4)), file.with_name("segmentation.nii.gz"))
    return place


def test_copies_of_known_scans_are_known_by_their_fingerprints(
    medreg: Terminal, tmp_path: Path
) -> None:
    """Renamed, packed anew, in another spacing, cut: how sure, and why."""
    first = textured(tmp_path / "a")
    assert medreg("adopt", str(first), "--yes", "--as", "kits23").code == 0
    assert medreg("convert", "kits23").code == 0
    assert medreg("check", "kits23").code in (0, 1)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    for number, file in enumerate(sorted(first.glob("*/imaging.nii.gz"))):
        image = nib.load(file)
        values = np.asarray(image.dataobj)
        nib.save(nib.Nifti1Image(values, np.diag([2, 2, 3, 1])), whole / f"scan{number}.nii")
        nib.save(nib.Nifti1Image(values[:, :, 6:], np.eye(4)), cut / f"p{number}.nii.gz")
    for place, sure, rung in ((whole, "certain", "values"), (cut, "likely", "slices")):
        (found,) = medreg("adopt", str(place), "--dry-run", "--json").data
        assert (found["name"], found["copies"], found["sure"]) == ("", ["kits23"], sure)
        assert any(f"the same scan as kits23/case_00000, by fingerprint: {rung}" in note
                   for note in found["notes"])  # fmt: skip
        assert found["draft"] == ""
    typed = medreg("adopt", str(whole), "--yes")
    assert (typed.code, "copies of scans of kits23" in typed.err) == (4, True)
    assert "copies of kits23" in typed.out
    other = tmp_path / "other"
    other.mkdir()
    noise = np.random.default_rng(9).normal(size=(24, 24, 20)).cumsum(0).cumsum(1) * 20
    nib.save(nib.Nifti1Image(noise.astype(np.int16), np.eye(4)), other / "scan0.nii")
    assert medreg("adopt", str(other), "--dry-run", "--json").data[0]["copies"] == []


def test_a_layout_and_a_fingerprint_together(medreg: Terminal, tmp_path: Path) -> None:
    """Laid out as KiTS, and cut: likely, though no byte and no whole volume is the same."""
    first = textured(tmp_path / "a")
    assert medreg("adopt", str(first), "--yes", "--as", "kits23").code == 0
    assert medreg("convert", "kits23").code == 0
    assert medreg("check", "kits23").code in (0, 1)
    place = tmp_path / "cut"
    for file in sorted(first.rglob("*.nii.gz")):
        target = place / file.relative_to(first)
        target.parent.mkdir(parents=True, exist_ok=True)
        nib.save(nib.Nifti1Image(np.asarray(nib.load(file).dataobj)[:, :, 6:], np.eye(4)), target)
    (found,) = medreg("adopt", str(place), "--dry-run", "--json").data
    assert (found["name"], found["sure"], found["rivals"]) == ("kits23", "likely", [])
    assert any("the same scan as kits23/case_00000, by fingerprint" in why for why in found["why"])


def by_hand(medreg: Terminal) -> None:
    """Let the lab have a kits23 of its own that only a person can get again."""
    plugin = (ROOT / "plugins/kits23.py").read_text(encoding="utf-8")
    begin, end = plugin.index("    source=Parts("), plugin.index("    layout=Pairs(")
    manual = '    source=Manual(files=("case_*",), steps="Ask for it"),\n'
    own = plugin[:begin] + manual + plugin[end:]
    own = own.replace("GitHub, HuggingFace, Pairs, Parts,", "Manual, Pairs,")
    (medreg.root / "plugins/kits23.py").write_text(own, encoding="utf-8")


def test_what_was_adopted_is_released_and_made_again(medreg: Terminal, tmp_path: Path) -> None:
    """From the files where they lie: none is copied into the registry or the rebuilt one."""
    by_hand(medreg)
    place = textured(tmp_path / "a")
    assert medreg("adopt", str(place), "--yes", "--as", "kits23").code == 0
    assert medreg("convert", "kits23").code == 0
    assert medreg("check", "kits23").code in (0, 1)
    before = files_below(place)
    typed = medreg("release", "kits23", "1.0.0")
    assert typed.code == 0, typed.err
    again = tmp_path / "again"
    typed = medreg("reproduce", "kits23@v1.0.0", "--from-raw", "--into", str(again), "--json")
    assert typed.code == 0, typed.err
    converted = medreg.root / "registry/datasets/kits23/converted"
    made = {Path(path).name: data for path, data in files_below(again).items()}
    assert made
    assert {Path(p).name for p in files_below(converted)} <= set(made)
    assert files_below(place) == before
    assert not list((medreg.root / ".medreg").rglob("raw/*"))
    shutil.move(place, tmp_path / "unmounted")
    typed = medreg("reproduce", "kits23@v1.0.0", "--from-raw", "--into", str(tmp_path / "no"))
    assert typed.code in (3, 4, 5), typed.err
    assert "Traceback" not in typed.err


def test_what_changes_on_the_disk_is_told(medreg: Terminal, tmp_path: Path) -> None:
    place = lay("lits", tmp_path / "disk")
    assert medreg("adopt", str(place), "--yes").code == 0
    archive = next(place.glob("*.zip"))
    archive.write_bytes(archive.read_bytes() + b"\0")
    typed = medreg("fetch", "lits")
    assert (typed.code, f"{archive.name} is not the file on record" in typed.err) == (5, True)
    archive.unlink()
    typed = medreg("fetch", "lits")
    assert (typed.code, f"are not in {place}: {archive.name}" in typed.err) == (4, True)
    shutil.rmtree(place)
    typed = medreg("convert", "lits")
    assert (typed.code, "mount it" in typed.err) == (3, True)


class Interrupted(Silent):
    """Stops the work after *most* bytes, and counts."""

    def __init__(self, most: int) -> None:
        self.most, self.read = most, 0

    def moved(self, size: int) -> None:
        self.read += size
        if self.read > self.most:
            raise KeyboardInterrupt


def test_hashing_goes_on_where_it_stopped(medreg: Terminal, tmp_path: Path) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    for number in range(20):
        (place / f"{number}.bin").write_bytes(bytes([number]) * 1000)
    registry = Registry(medreg.root)
    with pytest.raises(KeyboardInterrupt):
        adopted.register(registry, "some", place, today="2026-11-20", progress=Interrupted(12_500))
    assert not (registry.dataset("some").path / "files.csv").exists()
    rest = Interrupted(10**9)
    adopted.register(registry, "some", place, today="2026-11-20", progress=rest)
    assert rest.read == 8_000
    assert len(rows(medreg, "some", "path")) == 20


SEEN = """
import resource, sys
from pathlib import Path
from medreg.registry import Registry
from medreg.report import Silent
from medreg.stages import adopted
from medreg.api.glance import glance

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
place, before = Path(sys.argv[1]), peak()
seen = glance(place)
looked = peak()
if sys.argv[3] == "hash":
    lab = Registry(Path(sys.argv[2]))
    adopted.register(lab, "some", place, today="2026-11-20", progress=Silent())
print(seen.files, len(seen.names), looked - before, peak() - before)
"""


@pytest.mark.parametrize("count", [10_000, pytest.param(200_000, marks=pytest.mark.peers)])
def test_many_files_need_little_memory(count: int, medreg: Terminal, tmp_path: Path) -> None:
    place = tmp_path / "disk"
    for folder in range(count // 1000):
        (place / f"patient_{folder}").mkdir(parents=True)
        for number in range(1000):
            os.close(os.open(place / f"patient_{folder}/{number}.bin", os.O_CREAT | os.O_WRONLY))
    done = subprocess.run(
        [sys.executable, "-c", SEEN, str(place), str(medreg.root), "hash"],
        capture_output=True,
        text=True,
        check=True,
    )
    files, kept, looking, registering = map(int, done.stdout.split())
    assert files == count
    assert kept <= 5000
    assert looking < 40  # MB: names are sampled
    assert registering < 400  # MB: 2 kB for each of 200,000 files, whatever their size


def test_folders_that_make_no_sense_are_named(medreg: Terminal, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for place, code, told in (
        (tmp_path / "empty", 3, "there is no file in"),
        (tmp_path / "nowhere", 3, "there is no folder"),
        (tmp_path / "file", 2, "is a file"),
        (medreg.root, 2, "belongs to the registry itself"),
        (medreg.root / "registry" / "sets", 2, "belongs to the registry itself"),
    ):
        typed = medreg("adopt", str(place), "--yes")
        assert (typed.code, typed.out) == (code, ""), typed
        assert told in typed.err
        assert str(place) in typed.err
        assert "hint: " in typed.err


def test_a_dataset_that_is_not_there_is_not_drafted_instead(
    medreg: Terminal, tmp_path: Path
) -> None:
    place = lay("word", tmp_path / "my disk")
    typed = medreg("adopt", str(place), "--as", "lits", "--yes")
    assert typed.code == 3
    assert f"lits does not lie in {place}" in typed.err
    assert f"hint: medreg adopt '{place}' --dry-run" in typed.err
    assert not (medreg.root / "plugins/lits.py").exists()
    assert _states(medreg) == []


def test_a_layout_alone_makes_no_dataset(medreg: Terminal, tmp_path: Path) -> None:
    """Any folder of nnU-Net's form has the layout of WORD, whose files have names of their own."""
    place = lay("word", tmp_path / "disk")
    for number, file in enumerate(sorted(place.rglob("*.nii.gz"))):
        file.rename(file.with_name(f"mine_{number // 2}.nii.gz"))
    for folder in list(place.rglob("*Tr")):
        shutil.move(folder, tmp_path / "own" / folder.name)
    (found,) = medreg("adopt", str(tmp_path / "own"), "--dry-run", "--json").data
    assert (found["name"], found["sure"]) == ("word", "possible")
    typed = medreg("adopt", str(tmp_path / "own"), "--yes")
    assert typed.code == 4
    assert "nothing in it but its layout speaks for it" in typed.err
    assert "--as word" in typed.err
    assert "medreg add-plugin NAME --from" in typed.err
