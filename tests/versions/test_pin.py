"""Pins: a training repository gets the bytes it names, or exit 5; loads them; pulls parts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import medreg
from medreg import api
from medreg.cli import main
from medreg.errors import DeclarationError, NotFound
from medreg.versions import git, pins
from tests.versions import real
from tests.versions.standin import run

TAG = "toys@v1.0.0"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pinned") / "lab"
    real.make(root)
    api.release(api.open_lab(root), "toys", "1.0.0")
    real.curate(root, "mixed", ["toy", "ward"])
    for name in ("mixed", "toy"):
        api.release(api.open_lab(root), name, "1.0.0")
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made.parent, tmp_path / "here", symlinks=True)
    return tmp_path / "here" / "lab"


@pytest.fixture
def training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A training repository, on a machine that has no clone and an empty cache."""
    folder = tmp_path / "training"
    folder.mkdir()
    git.run(folder, "init", "--quiet")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MEDREG_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MEDREG_ROOT", raising=False)
    return folder


def pin(root: Path, *words: str) -> None:
    assert main(["pin", str(root), *(words or (TAG,))]) == 0


def test_what_is_pinned_comes_and_is_loaded(
    root: Path, training: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pin(root)
    pin(root, "mixed@v1.0.0")
    text = (training / "medreg.lock").read_text()
    pin(root)
    assert (training / "medreg.lock").read_text() == text, "again changes nothing"
    assert [p.release for p in pins.read(training / "medreg.lock")] == ["mixed@v1.0.0", TAG]
    with pytest.raises(NotFound, match="is not here"):
        medreg.load(TAG)
    capsys.readouterr()
    assert main(["pull", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["release"] for one in told] == ["mixed@v1.0.0", TAG]
    assert main(["pull"]) == 0, "again brings nothing"
    assert not git.changed(training, ["data/toys_v1.0.0"]), "git ignores the data"
    done = subprocess.run(
        [sys.executable, "data/toys_v1.0.0/verify.py"], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.split()[1:]) == (0, ["files", "identical"]), done

    found = medreg.load(TAG)
    assert [case.id for case in found.cases] == ["toy__volume-1", "toy__volume-2", "toy__volume-10"]
    assert found.labels["liver"] == 1
    first = found.cases[0]
    assert first.labels == ("liver",)
    assert first.group == "toy/volume-1"
    entries = api.dictionaries(found.cases)
    assert all(Path(e["image"]).is_file() and Path(e["label"]).is_file() for e in entries)
    assert api.subjects(found.cases)[0]["ct"] == entries[0]["image"]
    sides = [{case.id for case in side} for side in (found.train(0), found.validation(0))]
    assert sides[0] | sides[1] == {case.id for case in found.cases}
    assert not sides[0] & sides[1]
    with pytest.raises(NotFound, match="no fold 7"):
        found.train(7)


def test_loading_imports_nothing_heavy(root: Path, training: Path) -> None:
    pin(root)
    main(["pull"])
    script = (
        f"import sys, medreg; medreg.load({TAG!r})\n"
        "print([m for m in ('dvc', 'torch', 'monai', 'SimpleITK', 'nibabel') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_a_release_of_the_registry_around_is_loaded_too(root: Path) -> None:
    assert len(medreg.load(TAG, root).cases) == 3
    found = medreg.load("toy@v1.0.0", root)
    assert [(case.id, case.mask and case.mask.name) for case in found.cases] == [
        (f"toy__volume-{case}", "mask.nii.gz") for case in (1, 2, 10)
    ]
    assert found.labels == {"liver": 1}


def move_tag(root: Path) -> None:
    git.run(root, "commit", "--quiet", "--allow-empty", "-m", "later")
    message = git.tag_message(root, TAG)
    git.run(root, "tag", "--delete", TAG)
    git.annotate(root, TAG, message)


@pytest.mark.parametrize("pulled", [False, True])
def test_a_moved_tag_is_exit_5(root: Path, training: Path, pulled: bool) -> None:  # noqa: FBT001
    pin(root)
    if pulled:
        assert main(["pull"]) == 0
    move_tag(root)
    assert main(["pull"]) == 5
    pin(root)
    assert main(["pull"]) == 0, "pinned anew, on purpose"


def test_another_manifest_is_exit_5(root: Path, training: Path) -> None:
    pin(root)
    file = training / "medreg.lock"
    known = pins.read(file)[0].manifest_sha256
    file.write_text(file.read_text().replace(known, "0" * 64))
    assert main(["pull"]) == 5


def test_a_pull_that_lost_a_file_brings_it_again_without_the_registry(
    root: Path, training: Path
) -> None:
    pin(root)
    assert main(["pull"]) == 0
    shutil.rmtree(root.parent)
    images = sorted((training / "data/toys_v1.0.0").rglob("*_0000.nii.gz"))
    images[0].unlink()
    images[1].write_bytes(b"evil")
    assert main(["pull"]) == 0


@pytest.mark.parametrize(
    "text",
    [
        "version = 2\n",
        "version = 1\n[[pin]]\nrelease = 'x'\n",
        "not toml",
        "version = 1\n[[pin]]\nrelease='../x@v1.0.0'\nurl='u'\ncommit='c'\nmanifest_sha256='m'\n",
    ],
)
def test_a_broken_lock_is_named(training: Path, text: str) -> None:
    (training / "medreg.lock").write_text(text)
    with pytest.raises(DeclarationError, match=r"medreg\.lock"):
        pins.read(training / "medreg.lock")
    assert main(["pull"]) == 2


def test_without_a_lock_or_a_name_there_is_nothing_to_pull(training: Path) -> None:
    assert main(["pull"]) == 2
    assert main(["pin", "nowhere", TAG]) in (3, 7)


def test_the_dvc_import_is_made(root: Path, training: Path) -> None:
    assert main(["pin", str(root), TAG, "--import"]) == 2, "no DVC repository yet"
    run("dvc", "init", "-q", cwd=training)
    pin(root, TAG, "--import")
    assert (training / "data/toys_v1.0.0.dvc").is_file()
    assert main(["pull"]) == 0
    assert "up to date" in run("dvc", "status", cwd=training)


# --- parts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "cases", "masks"),
    [
        (("--where", "fold == 0"), None, True),
        (
            ("--where", 'dataset == "toy" and not case == "volume-10"'),
            {"toy/volume-1", "toy/volume-2"},
            True,
        ),
        (("--cases", "toy/volume-10", "toy__volume-1"), {"toy/volume-1", "toy/volume-10"}, True),
        (
            ("--label", "liver", "--no-masks"),
            {"toy/volume-1", "toy/volume-2", "toy/volume-10"},
            False,
        ),
    ],
)
def test_a_part_comes_alone_and_is_proved(  # noqa: PLR0913, PLR0917
    root: Path,
    training: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    cases: set[str] | None,
    masks: bool,  # noqa: FBT001
) -> None:
    pin(root)
    assert main(["pull", *words]) == 0
    found = medreg.load(TAG)
    came = {f"{case.dataset}/{case.case}" for case in found.cases}
    assert came == (cases or {f"toy/{c.case}" for c in found.validation(0)})
    assert all((case.mask is not None) is masks for case in found.cases)
    folder = training / "data/toys_v1.0.0"
    assert main(["verify", str(folder)]) == 0
    assert run("python", "verify.py", cwd=folder)
    if cases and len(cases) < 3:
        bytes_there = {f.name for f in (training.parent / "cache").rglob("files/md5/*/*")}
        assert len(bytes_there) < 9, "only what was asked for moved"
    image = next(folder.rglob("*_0000.nii.gz"))
    image.write_bytes(image.read_bytes()[:-1] + b"x")
    assert main(["verify", str(folder)]) == 5
    assert run("python", "verify.py", cwd=folder, code=5)
    assert main(["pull", *words]) == 0, "and comes again"
    assert main(["pull"]) == 0
    assert not (folder / "part.json").exists(), "then all of it"
    assert main(["verify", str(folder)]) == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--where", "fold = 0"), 2),
        (("--where", "spacing.z < 2"), 2),
        (("--where", "fold"), 2),
        (("--cases", "toy/99"), 3),
        (("--where", "fold == 99"), 3),
    ],
)
def test_a_part_that_makes_no_sense_is_refused(
    root: Path, training: Path, words: tuple[str, ...], code: int
) -> None:
    pin(root)
    assert main(["pull", *words]) == code


def test_a_part_of_a_registrys_release_lies_elsewhere(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    assert main(["pull", "toy@v1.0.0", "--where", 'case == "volume-2"', "--into", "../p"]) == 0
    assert sorted(p.name for p in (root.parent / "p/converted").iterdir()) == ["volume-2"]
    assert main(["verify", "../p"]) == 0
    assert main(["pull", "mixed@v1.0.0", "--where", 'dataset == "ward"']) == 0
    assert (root / "mixed_v1.0.0" / "part.json").is_file()


def test_what_one_signed_for_does_not_let_another_pull_or_reproduce(
    root: Path, training: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """F086: asked of a pinned release too, of who git says it is in the training repository."""
    plugin = root / "plugins/toy.py"
    gate = 'gate=Gate(kind="agreement", terms="https://example.org/terms"),\n    restricted='
    text = plugin.read_text().replace("restricted=", gate).replace("import CT", "import Gate, CT")
    plugin.write_text(text)
    git.commit(root, ["plugins/toy.py"], "It is behind an agreement")
    pin(root)
    for command in (["pull"], ["reproduce", "medreg.lock", "--into", "back"]):
        capsys.readouterr()
        assert main(command) == 4
        assert "medreg accept toy" in capsys.readouterr().err
        assert not (training / "data").exists()
    registry = ["--registry", str(root)]
    assert main(["accept", "toy", "--yes", "--by", "Somebody Else", *registry]) == 0
    git.commit(root, ["registry/accepted.csv"], "Signed")
    assert main(["pull"]) == 4
    assert main(["accept", "toy", "--yes", *registry]) == 0
    git.commit(root, ["registry/accepted.csv"], "Signed too")
    assert main(["pull"]) == 0
    assert main(["reproduce", "medreg.lock", "--into", "back"]) == 0
