"""What lies where, who released what, where a file occurs; evict; withdrawn cases."""

from __future__ import annotations

import json
import shutil
import time
import zipfile
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np
import pytest

from medreg import api
from medreg.cli import main
from medreg.files.hashing import sha256_file
from medreg.registry import Registry
from medreg.tables import ManifestRow
from medreg.versions import dvc, git, holdings, objects
from tests.versions import real
from tests.versions.standin import objects_of, run, stored

if TYPE_CHECKING:
    from pathlib import Path

TAG = "toys@v1.0.0"
GONE = "toy/volume-2"
PACKED = ("1", "2")  # in one archive of the publisher


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("traced") / "lab"
    publish = real.publish

    def published(upstream: Path, name: str, case: str) -> None:
        """Make masks that are no other case's; pack two cases of toy together."""
        publish(upstream, name, case)
        file = upstream / name / f"segmentation-{case}.nii.gz"
        mask = nibabel.load(file)
        array = np.asarray(mask.dataobj).copy()
        array[6 + int(case) % 5, 6, 6 if name == "toy" else 7] = 0
        nibabel.save(nibabel.Nifti1Image(array, mask.affine), file)
        if name == "toy" and case in PACKED:
            with zipfile.ZipFile(upstream / name / "batch.zip", "a") as batch:
                for kind in ("volume", "segmentation"):
                    file = upstream / name / f"{kind}-{case}.nii.gz"
                    batch.write(file, f"all/{file.name}")
                    file.unlink()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(real, "publish", published)
        real.make(root)
    api.release(api.open_lab(root), "toys", "1.0.0")
    api.push(api.open_lab(root), ["toy", "ward"])
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return real.copied(made, tmp_path, monkeypatch)


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


# --- tiers and evict ---------------------------------------------------------------------------


def test_tiers_tell_what_lies_where(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "tiers")
    by_path = {one["path"]: one for one in found["holdings"]}
    assert by_path["registry/sets/toys/data"]["tiers"] == {"local": 0}
    assert by_path["registry/datasets/ward/raw"]["tiers"] == {"restricted": 0}
    assert all(one["here"] == 0 for one in found["holdings"])
    victim = next((root.parent / "lab-store/files/md5").rglob("*/*"))
    victim.unlink()
    found = said(capsys, "tiers")
    assert sum(one["tiers"].get("local", 0) for one in found["holdings"]) >= 1
    shutil.rmtree(root / ".dvc/cache")
    assert said(capsys, "tiers")["holdings"]
    assert main(["tiers"]) == 0


@pytest.mark.slow
def test_tiers_of_200_datasets_take_a_second(root: Path) -> None:
    registry = Registry(root)
    for n in range(198):
        shutil.copytree(
            root / "registry/datasets/toy",
            root / f"registry/datasets/toy{n:03}",
            ignore=shutil.ignore_patterns("raw", "converted"),
        )
    holdings.overview(registry)
    began = time.process_time()
    found = holdings.overview(registry)
    assert len({one.name for one in found.holdings}) == 201
    assert time.process_time() - began < 2, "1 s on a machine of its own"


def test_evicted_bytes_are_gone_here_and_come_back(root: Path) -> None:
    registry = Registry(root)
    before = objects_of(registry, "toy")
    assert main(["evict", "toy", "--keep", "local"]) == 0
    assert not (root / "registry/datasets/toy/converted").exists()
    assert not (root / "registry/datasets/toy/raw").exists()
    assert run("git", "status", "--porcelain", "registry/datasets/toy", cwd=root).strip() == ""
    with dvc.repository(registry) as repo:
        here = {md5 for md5 in before if objects.cached(repo, md5).is_file()}
    images = {md5 for md5, path in before.items() if path.endswith("ct.nii.gz")}
    lists = {md5 for md5 in before if md5.endswith(".dir")}
    assert images | lists <= here < before.keys(), "the set here has the same images"
    assert main(["verify", "toys"]) == 0
    assert main(["evict", "toy", "--keep", "local"]) == 0, "again frees nothing"
    assert main(["pull", "toy"]) == 0
    assert main(["verify", "toy"]) == 0
    (root.parent / "upstream").rename(root.parent / "gone")
    assert main(["fetch", "toy"]) == 0, "a tier has what the publisher has no more"
    assert (root / "registry/datasets/toy/raw/batch.zip").is_file()


@pytest.mark.parametrize("tier", ["local", "none"])
def test_an_archive_is_removed_where_it_cannot_be_written_again(
    root: Path, capsys: pytest.CaptureFixture[str], tier: str
) -> None:
    assert main(["evict", "toy", "--keep", "local"]) == 0
    assert main(["pull", "toy"]) == 0
    batch = next(m for m, p in objects_of(Registry(root), "toy").items() if p.endswith(".zip"))
    if tier == "none":
        (root.parent / "lab-store/files/md5" / batch[:2] / batch[2:]).unlink()
    code = 0 if tier == "local" else 1  # what was left to do is told
    done = said(capsys, "withdraw", GONE, "--reason", "consent withdrawn", code=code)
    path = ["registry/datasets/toy/raw/batch.zip"]
    assert (done["rewritten"], done["archives"]) == ((path, []) if tier == "local" else ([], path))
    assert batch not in stored(root.parent / "lab-store")


@pytest.mark.parametrize("damage", ["flip", "remove", "workspace"])
def test_nothing_is_freed_that_is_not_proved(root: Path, damage: str) -> None:
    registry = Registry(root)
    victim = next(m for m, p in objects_of(registry, "toy").items() if p.endswith("mask.nii.gz"))
    file = root.parent / "lab-store/files/md5" / victim[:2] / victim[2:]
    if damage == "flip":
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.chmod(0o644)
        file.write_bytes(data)
    elif damage == "remove":
        file.unlink()
    else:
        (root / "registry/datasets/toy/converted/volume-1/notes.txt").write_text("mine")
    code = {"flip": 5, "remove": 3, "workspace": 2}[damage]
    assert main(["evict", "toy", "--keep", "local"]) == code
    assert main(["verify", "toy"]) == (5 if damage == "workspace" else 0)
    assert (root / "registry/datasets/toy/raw").is_dir()
    assert main(["evict", "toy", "--keep", "nowhere"]) == 2


def test_what_is_restricted_is_proved_in_its_own_tier(root: Path) -> None:
    assert main(["evict", "ward", "--keep", "local"]) == 0
    assert not stored(root.parent / "lab-store") & objects_of(Registry(root), "ward").keys()


# --- log and where -----------------------------------------------------------------------------


def test_log_and_where_name_releases_and_models(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "net.pt").write_bytes(b"w")
    assert main(["model", "add", "net", "--weights", "net.pt", "--data", TAG]) == 0
    (one,) = said(capsys, "log", "toys")
    assert (one["release"], one["cases"], one["candidates"]) == (TAG, 3, 3)
    assert "A. Tester" in one["who"]
    assert one["commit"] == git.resolve(root, TAG)
    assert said(capsys, "log") == [one]
    assert main(["log", "nobody"]) == 3
    rows = Registry(root).set("toys").rows("manifest.csv", ManifestRow)
    row = next(row for row in rows if row.path.endswith("_0000.nii.gz"))
    asked = (
        f"sha256:{row.sha256}",
        f"voxel:{row.voxels.removeprefix('sha256:')}",
        str(root / "registry/sets/toys" / row.path),
    )
    for word in asked:
        found = said(capsys, "where", word)
        assert {place["where"] for place in found} == {"toy", "toys", TAG}
        assert [p["models"] for p in found if p["where"] == TAG] == [["net"]]
        assert {place["case"] for place in found} == {row.source}
    assert main(["where", "sha256:" + "0" * 64]) == 3
    assert main(["where", "nonsense"]) == 2


# --- withdraw ----------------------------------------------------------------------------------


def bytes_of(root: Path) -> dict[str, Path]:
    """Return, by its sha256, every file around: workspace, cache, tiers; git's own excepted."""
    files = (f for f in root.parent.rglob("*") if f.is_file() and ".git" not in f.parts)
    return {sha256_file(file): file for file in files if "upstream" not in file.parts}


def packed(root: Path) -> set[str]:
    """Return what lies in any zip around, whatever its name; at its publisher excepted."""
    zips = (file for file in bytes_of(root).values() if zipfile.is_zipfile(file))
    return {name for file in zips for name in zipfile.ZipFile(file).namelist()}


def test_a_withdrawn_case_is_purged_and_the_rest_comes(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "net.pt").write_bytes(b"w")
    assert main(["model", "add", "net", "--weights", "net.pt", "--data", TAG]) == 0
    registry = Registry(root)
    secret = {
        row.sha256
        for name, folder in (("toys", registry.set("toys")), ("toy", registry.dataset("toy")))
        for row in folder.rows("manifest.csv", ManifestRow)
        if row.source == GONE
    }
    assert secret <= bytes_of(root).keys()
    done = said(capsys, "withdraw", GONE, "--reason", "consent withdrawn")
    assert (done["releases"], done["models"], done["sets"]) == ([TAG], ["net"], ["toys"])
    assert [str(p) for s, p in bytes_of(root).items() if s in secret] == [], (
        "no copy is left, here or in a tier"
    )
    batch = "registry/datasets/toy/raw/batch.zip"
    assert (done["rewritten"], done["archives"], done["left"]) == ([batch], [], [])
    assert packed(root) == {"all/volume-1.nii.gz", "all/segmentation-1.nii.gz"}
    assert "consent withdrawn" in git.show(root, "HEAD", "registry/withdrawn.csv").decode()
    assert "Withdrawn since: 1 of these cases" in said(capsys, "model", "card", "net")["card"]
    again = said(capsys, "withdraw", GONE, "--reason", "once more")
    assert (again["new"], again["purged"]) == (False, {})
    assert main(["verify", "toys"]) == 0, "the workspace lacks what it must lack"

    # old releases: verify, pull and reproduce expect it to be absent, and bring the rest
    assert main(["pull", TAG, "--into", "../old"]) == 0
    assert main(["verify", "../old"]) == 0
    assert json.loads((root.parent / "old/part.json").read_bytes())["withdrawn"] == [GONE]
    run("python", "verify.py", cwd=root.parent / "old")
    shutil.rmtree(root / "registry/sets/toys/data")
    assert main(["pull", TAG]) == 0
    assert main(["verify", TAG]) == 0
    (root.parent / "upstream").rename(root.parent / "moved")  # nothing is fetched again
    for words in ((), ("--from-raw",)):
        shutil.rmtree(root.parent / "back", ignore_errors=True)
        assert main(["reproduce", "net", "--into", "../back", *words]) == 0
        record = json.loads((root.parent / "back/reproduction.json").read_bytes())
        assert (record["withdrawn"], record["differing"]) == ([GONE], {})
    (root.parent / "moved").rename(root.parent / "upstream")
    assert not secret & bytes_of(root).keys()
    (entry,) = said(capsys, "log", "toys")
    assert entry["withdrawn"] == 1

    # the next version leaves it out
    assert main(["release", "toys", "2.0.0"]) == 2, "not with the case in its manifest"
    assert main(["convert", "toy"]) == 0, "its raw files are gone too"
    assert main(["check", "toy"]) == 0
    assert main(["push", "toy"]) == 0, "nothing is asked for that is gone"
    assert main(["curate", "toys"]) == 0
    assert main(["release", "toys", "2.0.0"]) == 0  # what is removed makes a major step
    entry = said(capsys, "log", "toys")[-1]
    assert (entry["removed"], entry["withdrawn"], entry["cases"]) == ([GONE], 0, 2)
    assert not secret & bytes_of(root).keys()


def test_a_case_of_loose_raw_files_is_withdrawn(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = "toy/volume-10"
    done = said(capsys, "withdraw", case, "--reason", "consent withdrawn")
    assert (done["rewritten"], done["archives"], done["left"]) == ([], [], [])
    (root.parent / "upstream").rename(root.parent / "gone")  # nothing is asked for again
    for verb in ("fetch", "convert", "check", "push"):
        assert main([verb, "toy"]) == 0, verb
    assert main(["reproduce", TAG, "--from-raw", "--into", "../back"]) == 0
    record = json.loads((root.parent / "back/reproduction.json").read_bytes())
    assert (record["withdrawn"], record["differing"]) == ([case], {})


@pytest.mark.parametrize("fresh", [True, False])
def test_a_pin_elsewhere_hears_of_it(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fresh: bool
) -> None:
    training = tmp_path / "training"
    training.mkdir()
    monkeypatch.chdir(training)
    assert main(["pin", str(root), TAG]) == 0
    assert main(["pull"]) == 0
    assert main(["withdraw", GONE, "--reason", "consent", "--registry", str(root)]) == 0
    here = {*(training / "data").rglob("*volume-2*")}
    assert here
    if fresh:
        shutil.rmtree(training / "data")
    assert main(["pull"]) == 0
    assert not any(file.exists() for file in here)
    assert json.loads((training / "data/toys_v1.0.0/part.json").read_bytes())["withdrawn"] == [GONE]
    assert len(api.load(TAG)) == len({case.id for case in api.load(TAG)}) == 2


@pytest.mark.parametrize(
    ("case", "words", "code"),
    [
        ("toy/volume-9", ("--reason", "x"), 3),
        ("nobody/volume-1", ("--reason", "x"), 3),
        ("toy", ("--reason", "x"), 2),
        ("toy/volume-1", ("--reason", " "), 2),
    ],
)
def test_a_withdrawal_that_makes_no_sense_touches_nothing(
    root: Path, case: str, words: tuple[str, ...], code: int
) -> None:
    assert main(["withdraw", case, *words]) == code
    assert not (root / "registry/withdrawn.csv").exists()
    assert main(["verify", "toys"]) == 0
