"""Bad input: a clear error that names the case or file, an exit code, and nothing half done."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest

from medreg import api
from medreg.cli import main
from medreg.files.hashing import md5_file
from tests.person import PERSON, introduce

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Terminal

PLUGIN = '''\
"""Boxes in air."""

from medreg import CT, Claim, Dataset, {source}, Pairs, hookimpl


@hookimpl
def medreg_datasets():
    yield Dataset(
        name="boxes",
        title="Boxes",
        homepage="https://example.org",
        licenses=(Claim("CC0-1.0", source="made here", rank="publisher"),),
        cite=(),
        modality=CT,
        source={arguments},
        layout=Pairs(image="**/volume-{{case}}.nii.gz", label="**/segmentation-{{case}}.nii.gz"),
        labels={{1: "{label}"}},
        patients="each case",
        restricted={restricted},
    )
'''
RECIPE = """\
title: Boxes
datasets: [boxes]
channels: [ct]
labels: [liver]
missing: ignore
folds: 2
use: research
"""
BY_HAND = 'Manual(files=("a.zip", "b.zip"), steps="Ask for both.")'
CASES = 4


def save(file: Path, array: np.ndarray, shift: float = 0) -> Path:
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[0, 3] = shift
    nibabel.save(nibabel.Nifti1Image(array, affine), file)
    return file


def publish(scans: Path) -> None:
    scans.mkdir(parents=True)
    for case in range(CASES):
        image = np.full((24, 24, 16), -1000, np.int16)
        image[2:-2, 2:-2] = np.random.default_rng(case).integers(-20, 60, (20, 20, 16))
        box = np.zeros(image.shape, np.uint8)
        box[8:14, 8:14, 4:10] = 1
        save(scans / f"volume-{case}.nii.gz", image)
        save(scans / f"segmentation-{case}.nii.gz", box)


def declare(root: Path, source: str = 'Local("../scans")', **words: object) -> None:
    words = {"label": "liver", "restricted": False, **words}
    kind = source.partition("(")[0]
    text = PLUGIN.format(source=kind, arguments=source, **words)
    (root / "plugins/boxes.py").write_text(text, encoding="utf-8")


def write_recipe(root: Path, text: str = RECIPE, name: str = "box_set") -> None:
    file = root / f"registry/sets/{name}/recipe.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")


@pytest.fixture
def lab(medreg: Terminal) -> Terminal:
    """A registry whose plugin is written, beside the scans that it wants."""
    (medreg.root / "pyproject.toml").write_text('[tool.medreg]\nengine = "inline"\n')
    publish(medreg.root.parent / "scans")
    declare(medreg.root)
    return medreg


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a registry whose set was curated, made once for all tests."""
    folder = tmp_path_factory.mktemp("once")
    root = folder / "lab"
    with pytest.MonkeyPatch.context() as patch:
        introduce(patch)
        api.init(root)
        (root / "pyproject.toml").write_text('[tool.medreg]\nengine = "inline"\n')
        publish(folder / "scans")
        declare(root)
        write_recipe(root)
        for words in ("fetch boxes", "convert boxes", "check boxes", "curate box_set"):
            assert main([*words.split(), "--registry", str(root), "--json"]) == 0
    return folder


@pytest.fixture
def curated(once: Path, medreg: Terminal) -> Terminal:
    """An own copy of the registry whose set was curated."""
    shutil.rmtree(medreg.root)
    for entry in once.iterdir():
        shutil.copytree(entry, medreg.root.parent / entry.name)
    os.chdir(medreg.root)  # it is another folder of that name
    medreg.capsys.readouterr()
    return medreg


# --- scans ---------------------------------------------------------------------------------------


def cut(scans: Path) -> str:
    file = scans / "volume-1.nii.gz"
    file.write_bytes(file.read_bytes()[:200])
    return file.name


def emptied(scans: Path) -> str:
    (scans / "segmentation-1.nii.gz").write_bytes(b"")
    return "segmentation-1.nii.gz"


def no_image(scans: Path) -> str:
    (scans / "volume-1.nii.gz").write_text("<html>please log in</html>")
    return "volume-1.nii.gz"


def other_shape(scans: Path) -> str:
    return save(scans / "segmentation-1.nii.gz", np.ones((24, 23, 16), np.uint8)).name


def other_place(scans: Path) -> str:
    return save(scans / "segmentation-1.nii.gz", np.ones((24, 24, 16), np.uint8), shift=7).name


def other_value(scans: Path) -> str:
    return save(scans / "segmentation-1.nii.gz", np.full((24, 24, 16), 9, np.uint8)).name


@pytest.mark.parametrize(
    ("spoil", "verb"),
    [
        (cut, "convert"),
        (emptied, "convert"),
        (no_image, "convert"),
        (other_shape, "convert"),
        (other_place, "check"),
        (other_value, "check"),
    ],
)
def test_a_bad_scan_is_named_and_stops_no_other(
    lab: Terminal, spoil: Callable[[Path], str], verb: str
) -> None:
    file = spoil(lab.root.parent / "scans")
    assert lab("fetch", "boxes").code == 0
    codes = {word: lab(word, "boxes") for word in ("convert", "check")}
    assert codes[verb].code == 1
    assert file in codes[verb].err
    assert "boxes/volume-1" in codes[verb].err
    converted = {
        folder.name for folder in (lab.root / "registry/datasets/boxes/converted").iterdir()
    }
    assert {"volume-0", "volume-2", "volume-3"} <= converted
    assert ("volume-1" in converted) == (verb == "check")
    told = lab("why", "boxes/volume-1")
    assert told.code == 0
    assert file in told.out


def test_two_cases_of_one_id_name_both_files(lab: Terminal) -> None:
    publish(lab.root.parent / "scans/more")
    assert lab("fetch", "boxes").code == 0
    typed = lab("convert", "boxes")
    assert typed.code == 2
    assert "volume-0" in typed.err
    assert "more/" in typed.err
    assert not (lab.root / "registry/datasets/boxes/converted").exists()


# --- what a person downloads ---------------------------------------------------------------------


def zipped(file: Path, scans: Path, cases: range, extra: str = "") -> None:
    file.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(file, "w") as archive:
        for case in cases:
            for kind in ("volume", "segmentation"):
                archive.write(scans / f"{kind}-{case}.nii.gz", f"{kind}-{case}.nii.gz")
        if extra:
            archive.writestr(extra, "evil")


def test_half_a_download_is_not_believed_to_be_the_dataset(lab: Terminal) -> None:
    declare(lab.root, BY_HAND)
    scans, downloads = lab.root.parent / "scans", lab.root.parent / "downloads"
    zipped(downloads / "a.zip", scans, range(2))
    half = lab("fetch", "boxes", "--from", str(downloads))
    assert half.code == 4
    assert "b.zip" in half.err
    standing = lab("status", "--json").data[0]
    assert (standing["state"], standing["steps"]["fetched"]) == ("fetched 1 file so far", "part")
    typed = lab("convert", "boxes")
    assert typed.code == 3
    assert "medreg fetch boxes" in typed.err
    (downloads / "a.zip").unlink()  # it was taken
    zipped(downloads / "b.zip", scans, range(2, CASES))
    assert lab("fetch", "boxes", "--from", str(downloads)).code == 0
    assert lab("status", "--json").data[0]["state"] == "fetched"
    assert "4 converted" in lab("convert", "boxes").out


@pytest.mark.parametrize("name", ["../evil.nii", "/etc/evil.nii"])
def test_a_hostile_archive_is_refused_before_it_is_taken(lab: Terminal, name: str) -> None:
    declare(lab.root, BY_HAND)
    scans, downloads = lab.root.parent / "scans", lab.root.parent / "downloads"
    zipped(downloads / "a.zip", scans, range(2), extra=name)
    zipped(downloads / "b.zip", scans, range(2, CASES))
    typed = lab("fetch", "boxes", "--from", str(downloads))
    assert typed.code == 1
    assert "a.zip" in typed.err
    assert name in typed.err
    assert not list((lab.root / "registry/datasets/boxes/raw").iterdir())
    assert not (lab.root / "registry/datasets/boxes/files.csv").exists()


def test_a_folder_to_fetch_from_that_is_not_there(lab: Terminal) -> None:
    assert lab("fetch", "boxes").code == 0
    typed = lab("fetch", "boxes", "--from", "nowhere")
    assert typed.code == 3
    assert "nowhere" in typed.err


# --- what people write ---------------------------------------------------------------------------


def test_a_plugin_with_an_unknown_label_leaves_nothing_behind(lab: Terminal) -> None:
    declare(lab.root, label="livr")
    typed = lab("fetch", "boxes")
    assert typed.code == 2
    assert "did you mean liver?" in typed.err
    assert not (lab.root / "registry/datasets/boxes").exists()


@pytest.mark.parametrize(
    ("recipe", "code", "told"),
    [
        (RECIPE.replace("[boxes]", "[boxs]"), 3, "did you mean boxes?"),
        (RECIPE.replace("[liver]", "[livr]"), 2, "did you mean liver?"),
        (RECIPE.replace("[liver]", "[liver"), 2, "recipe.yaml:5: not valid YAML"),
        (RECIPE.replace("missing", "mising"), 2, "did you mean missing?"),
        (RECIPE.replace("folds: 2", "folds: two"), 2, "recipe.yaml:6: folds"),
        ("\udcff", 2, "UTF-8"),
    ],
)
def test_a_wrong_recipe_is_told_with_its_line(
    curated: Terminal, recipe: str, code: int, told: str
) -> None:
    file = curated.root / "registry/sets/box_set/recipe.yaml"
    file.write_bytes(recipe.encode(errors="surrogateescape"))
    typed = curated("curate", "box_set")
    assert typed.code == code, typed.err
    assert "recipe.yaml" in typed.err
    assert told in typed.err


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("registry/vocabulary.csv", "convert boxes"),
        ("registry/terms.csv", "curate box_set"),
        ("registry/overlaps/lits__msd_liver.yaml", "curate box_set"),
        ("pyproject.toml", "status"),
        ("registry/datasets/boxes/dvc.lock", "convert boxes"),
    ],
)
def test_a_file_that_is_no_text_is_named(curated: Terminal, file: str, words: str) -> None:
    (curated.root / file).write_bytes(b"\xff\xfe\x00")
    typed = curated(*words.split())
    assert typed.code == 2, typed.err
    assert file.rpartition("/")[2] in typed.err


def test_a_table_saved_by_a_spreadsheet_is_read(curated: Terminal) -> None:
    file = curated.root / "registry/vocabulary.csv"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert curated("convert", "boxes").code == 0


def test_datasets_and_sets_share_one_namespace(curated: Terminal) -> None:
    assert "medreg curate box_set" in curated("convert", "box_set").err
    assert curated("add-plugin", "box_set").code == 2
    write_recipe(curated.root, name="boxes")
    typed = curated("curate", "boxes")
    assert typed.code == 2
    assert "boxes is a dataset" in typed.err


@pytest.mark.parametrize("words", ["frobnicate", "why", "fetch", "list --modality XX"])
def test_a_wrong_command_line_is_an_error_like_others(medreg: Terminal, words: str) -> None:
    typed = medreg(*words.split())
    assert typed.code == 2
    assert typed.err.startswith("error: ")
    assert "hint: " in typed.err
    as_json = medreg(*words.split(), "--json")
    assert as_json.code == 2
    assert as_json.data["exit"] == 2


def test_a_misspelt_command_is_guessed(medreg: Terminal) -> None:
    assert "did you mean convert?" in medreg("cnvert").err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("reproduce box_set", 2, "box_set@v1.0.0"),
        ("pull box_set@", 2, "names no release"),
        ("pull @v1.0.0", 2, "names no release"),
        ("pull box_set@v1.0.0", 3, "box_set@v1.0.0"),
        ("push boxes --tier cloud", 2, "known tiers: local, restricted"),
        ("verify ./nowhere", 3, "--against"),
        ("preview boxes/", 3, "boxes/volume-"),
        ("preview boxes/volume-9", 3, "such as boxes/volume-0"),
        ("why boxes/volume-9", 3, "such as boxes/volume-0"),
    ],
)
def test_a_name_of_nothing_is_told_with_what_there_is(
    curated: Terminal, words: str, code: int, told: str
) -> None:
    typed = curated(*words.split())
    assert typed.code == code, typed.err
    assert told in typed.err


def test_a_number_is_no_misspelling_of_another(curated: Terminal) -> None:
    for words, code, told in (
        ("why boxes/2", 3, "did you mean boxes/volume-2?"),
        ("why boxes/volme-2", 3, "did you mean boxes/volume-2?"),
        ("why boxes/2345", 3, "such as boxes/volume-0"),
        ("why boxes", 3, "medreg why boxes/volume-0"),
        ("why 19", 3, "DATASET/CASE"),
        ("why boxes volume-1", 2, "medreg why boxes/volume-1"),
        ("why box_set 2", 3, "did you mean boxes/volume-2?"),
        ("why box_set 19", 3, "name it as dataset/case"),
        ("show 19", 3, "medreg list"),
    ):
        typed = curated(*words.split())
        assert (typed.code, told in typed.err) == (code, True), (words, typed.err)


def test_a_dataset_is_verified_by_name_and_by_folder(curated: Terminal) -> None:
    assert curated("verify", "boxes").code == 0
    assert curated("verify", "registry/datasets/boxes").code == 0
    (curated.root / "registry/datasets/boxes/converted/volume-0/ct.nii.gz").write_bytes(b"")
    assert curated("verify", "registry/datasets/boxes").code == 5


# --- versions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "file",
    [
        "dvc.yaml",
        "plugins/boxes.py",
        "registry/datasets/boxes/card.json",
        "registry/datasets/boxes/cases.csv",
        "registry/datasets/boxes/declared.json",
        "registry/datasets/boxes/dvc.lock",
        "registry/datasets/boxes/files.csv",
        "registry/datasets/boxes/manifest.csv",
        "registry/datasets/boxes/refused.csv",
        "registry/sets/box_set/SHA256SUMS",
        "registry/sets/box_set/manifest.csv",
        "registry/sets/box_set/recipe.yaml",
        "registry/sets/box_set/selection.csv",
        "registry/vocabulary.csv",
    ],
)
def test_nothing_edited_by_hand_is_released(curated: Terminal, file: str) -> None:
    (curated.root / file).write_text("x,y\n")
    typed = curated("release", "box_set", "1.0.0")
    assert typed.code == 2, typed.err
    assert file.rpartition("/")[2] in typed.err
    assert not subprocess.check_output(["git", "tag"], cwd=curated.root)


@pytest.mark.parametrize(
    ("file", "asked"),
    [
        ("datasets/boxes/cases.csv", "review boxes"),
        ("datasets/boxes/card.json", "show boxes"),
        ("datasets/boxes/files.csv", "fetch boxes"),
        ("sets/box_set/selection.csv", "audit-split box_set"),
    ],
)
def test_a_broken_table_is_mended_as_the_hint_says(
    curated: Terminal, file: str, asked: str
) -> None:
    table = curated.root / "registry" / file
    whole = table.read_bytes()
    table.write_bytes(b"x,y\n" + whole)
    typed = curated(*asked.split())
    assert typed.code == 5, typed.err
    assert str(table) in typed.err
    hint = typed.err.partition("hint: ")[2].split()
    if hint[0] == "git":
        table.write_bytes(whole)  # the fixture commits nothing
    else:
        assert curated(*hint[1:]).code == 0
    assert table.read_bytes() == whole
    assert curated(*asked.split()).code == 0


def test_a_converted_file_cut_short_is_mended_as_the_hints_say(curated: Terminal) -> None:
    image = next((curated.root / "registry/datasets/boxes/converted").rglob("*.nii.gz"))
    whole = image.read_bytes()
    image.chmod(0o644)
    image.write_bytes(whole[: len(whole) // 2])
    asked = ["curate box_set"]
    for _ in range(6):
        typed = curated(*asked[-1].split())
        if typed.code == 0:
            asked.pop()
        else:
            assert typed.code == 5, typed.err
            assert "next: " not in typed.err
            hint = typed.err.rpartition("hint: ")[2].strip()
            asked.append(hint.partition(",")[0].removeprefix("medreg "))
        if not asked:
            break
    assert not asked, "the hints mend it"
    assert image.read_bytes() == whole


def test_a_wrong_byte_in_a_tier_is_mended_as_the_hint_says(
    curated: Terminal, tmp_path: Path
) -> None:
    released = curated("release", "box_set", "1.0.0")
    assert released.code == 0
    assert "verify  ok" in released.err
    image = next((curated.root / "registry/sets/box_set/data").rglob("imagesTr/*.gz"))
    md5 = md5_file(image)
    held = tmp_path / f"lab-store/files/md5/{md5[:2]}/{md5[2:]}"
    held.chmod(0o644)
    held.write_bytes(held.read_bytes()[:-1] + b"x")  # of the same size, as a failing disk does it
    subprocess.check_call(["git", "clone", "-q", str(curated.root), str(tmp_path / "clone")])
    there = ("--registry", str(tmp_path / "clone"))
    typed = curated("pull", "box_set@v1.0.0", *there)
    assert typed.code == 5
    assert str(held) in typed.err
    held.unlink()
    assert curated("push", "box_set").code == 0
    assert curated("pull", "box_set@v1.0.0", *there).code == 0


def test_a_restricted_set_is_rebuilt_from_raw(lab: Terminal) -> None:
    declare(lab.root, restricted=True)
    write_recipe(lab.root)
    for words in ("fetch boxes", "convert boxes", "check boxes", "curate box_set"):
        assert lab(*words.split()).code == 0, words
    assert "restricted" in lab("release", "box_set", "1.0.0").out
    typed = lab("reproduce", "box_set@v1.0.0", "--from-raw", "--json")
    assert typed.code == 0, typed.out + typed.err
    assert typed.data["result"] == "identical"
    assert typed.data["came_from"] == {"raw": typed.data["files"]}


def test_a_kill_while_dvc_writes_its_lock_leaves_the_old_one(
    curated: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dvc.dvcfile import Lockfile

    def killed(self: Lockfile, _stages: object) -> None:
        with open(self.path, "w", encoding="utf-8") as file:  # noqa: PTH123 - as DVC does it
            file.write("schema: '2")
        raise KeyboardInterrupt

    lock = curated.root / "registry/datasets/boxes/dvc.lock"
    before = lock.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(Lockfile, "dump_stages", killed)
        assert curated("convert", "boxes").code == 130
    assert lock.read_bytes() == before
    assert curated("convert", "boxes").code == 0


# --- terminals and machines ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "code"),
    [("list >/dev/full", 7), ("list >&-", 0), ("convert boxes 2>&-", 0), ("list </dev/null", 0)],
)
def test_odd_streams_are_no_bug(curated: Terminal, typed: str, code: int) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m medreg {typed}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=curated.root,
    )
    assert done.returncode == code, done.stderr
    assert "bug" not in done.stderr
    assert "Exception" not in done.stderr


def test_a_number_stays_beside_its_unit(curated: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for width in (28, 34, 40, 46, 52):
        monkeypatch.setenv("COLUMNS", str(width))
        typed = curated("status")
        told = typed.out + typed.err
        assert max(map(len, told.splitlines())) <= width
        assert " kB" in told
        assert not re.search(r"\d\n *(B|kB|cases)|[●◐◑○?]\n *(done|in part|not)", told), told


def test_a_registry_needs_a_folder_and_an_author(
    medreg: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    typed = medreg("init", str(tmp_path / "file"))
    assert typed.code == 2
    assert "File exists" in typed.err
    for name in PERSON:
        monkeypatch.delenv(name)
    for name, value in (("HOME", str(tmp_path / "home")), ("GIT_CONFIG_NOSYSTEM", "1")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    typed = medreg("init", str(tmp_path / "new"))
    assert typed.code == 4
    assert "git config" in typed.err
    assert not list((tmp_path / "new").iterdir())


@pytest.mark.parametrize(
    "words",
    [
        "list",
        "show boxes",
        "show box_set",
        "terms boxes",
        "why box_set boxes/volume-1",
        "why boxes/volume-1",
        "status",
        "doctor",
        "preview boxes/volume-1",
        "add-plugin other",
        "track boxes",
        "fetch boxes",
        "fetch boxes --dry-run",
        "convert boxes",
        "check boxes",
        "curate box_set --dry-run",
        "curate box_set",
        "stage check boxes",
        "push",
        "pull box_set",
        "verify box_set",
        "release box_set 1.0.0",
        "reproduce box_set@v1.0.0",
        "show nothing",
        "init ../other",
    ],
)
def test_json_is_all_there_is_on_stdout(curated: Terminal, words: str) -> None:
    if "@v1.0.0" in words or words == "pull box_set":
        assert curated("release", "box_set", "1.0.0").code == 0
    typed = curated(*words.split(), "--json")
    assert json.loads(typed.out), typed.err
    assert not typed.err
