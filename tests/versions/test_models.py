"""Published models: what trained them is recorded, described, and comes back."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from medreg import api
from medreg.cli import main
from medreg.versions import git, models, nnunet
from tests.versions import real

if TYPE_CHECKING:
    from pathlib import Path

TAG = "toys@v1.0.0"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models") / "lab"
    real.make(root)
    api.release(api.open_lab(root), "toys", "1.0.0")
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = real.copied(made, tmp_path, monkeypatch)
    (root.parent / "net.pt").write_bytes(b"weights")
    return root


def add(*words: str) -> int:
    data = ("--weights", "../net.pt", "--data", TAG, "--split", "fold_0")
    code = ("--code", "https://example.org/net@0123abc", "--paper", "10.1000/net")
    return main(["model", "add", "net", *data, *code, *words])


def test_a_model_says_which_bytes_trained_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add() == 0
    file = root / "registry/models/net.yaml"
    text = file.read_bytes()
    assert add() == 0
    assert file.read_bytes() == text
    capsys.readouterr()
    assert main(["model", "show", "net", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["data"]["commit"] == git.resolve(root, TAG)
    assert said["code"] == {"url": "https://example.org/net", "commit": "0123abc"}
    assert main(["model", "list", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == ["net"]
    assert main(["model", "card", "net"]) == 0
    card = capsys.readouterr().out
    for words in (
        TAG,
        "trained on",
        "| liver | 3 |",
        "| toy | 3 | 3 |",
        "Sex by patient: unknown 3",
        "Terms",
    ):
        assert words in card
    assert main(["model", "list"]) == 0


@pytest.mark.parametrize(("data", "each"), [("told@v1.0.0", "case"), ("adults@v1.0.0", "patient")])
def test_a_card_counts_age_and_sex_where_a_table_says_them(
    root: Path, capsys: pytest.CaptureFixture[str], data: str, each: str
) -> None:
    """F089: of each patient of whom nothing is said, that is counted too."""
    for case in ("1", "2", "3"):
        real.publish(root.parent / "upstream", "told", case)
    table = "id,years,gender\n1,17,female\n2,64.5,M\n3,,f\n"
    (root.parent / "upstream/told/people.csv").write_text(table)
    columns = 'Column("age", "years", "number", "years"), Column("sex", "gender", "sex")'
    where = 'file="people.csv", key="id", form="volume-{}"'
    text = real.plugin("told", restricted=True)
    text = text.replace("Claim,", "Claim, Clinical, Column,").replace(
        "    patients=",
        f"    clinical=(Clinical({where}, columns=({columns})),),\n    patients=",
    )
    (root / "plugins/told.py").write_text(text)
    real.prepare(root, "told")
    real.curate(root, "adults", ["told", "toy"])
    for name in ("told", "adults"):
        api.release(api.open_lab(root), name, "1.0.0")
    assert main(["model", "add", "net", "--weights", "../net.pt", "--data", data]) == 0
    capsys.readouterr()
    assert main(["model", "card", "net"]) == 0
    card = capsys.readouterr().out
    rest = 1 if each == "case" else 4
    assert f"- Age (years) by {each}: under 18 1, 60 to 79 1, unknown {rest}\n" in card
    sexes = "F 2, M 1" if each == "case" else "F 2, M 1, unknown 3"
    assert f"- Sex by {each}: {sexes}\n" in card


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--split", "fold_9"), 3),
        (("--data", "toys@v7.0.0"), 3),
        (("--weights", "nowhere.pt"), 3),
        (("--code", "https://example.org/net"), 2),
        (("--nnunet", "."), 3),
    ],
)
def test_what_is_wrong_is_said(root: Path, words: tuple[str, ...], code: int) -> None:
    assert add(*words) == code
    assert not (root / "registry/models/net.yaml").exists()


def test_what_was_published_stays(root: Path) -> None:
    assert add() == 0
    (root.parent / "net.pt").write_bytes(b"other weights")
    assert add() == 2
    assert main(["model", "show", "nett"]) == 3
    assert main(["model", "show"]) == 2


def test_the_data_of_a_model_comes_back(root: Path) -> None:
    assert add() == 0
    shutil.rmtree(root / "registry/sets/toys/data")
    assert main(["reproduce", "net", "--into", "../again"]) == 0
    assert json.loads((root.parent / "again/reproduction.json").read_bytes())["release"] == TAG
    assert api.verify(root.parent / "again", root.parent / "again/manifest.csv")


def test_a_lock_is_reproduced_outside_any_registry(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "training"
    folder.mkdir()
    api.push(api.open_lab(root), ["toy"])
    monkeypatch.chdir(folder)
    assert main(["pin", str(root), TAG]) == 0
    assert main(["reproduce", "medreg.lock", "--into", "again"]) == 0
    assert (folder / "again/toys_v1.0.0/reproduction.json").is_file()
    shutil.rmtree(tmp_path / "cache/cache")
    assert main(["reproduce", "medreg.lock", "--from-raw", "--into", "raw"]) == 0


def test_a_model_of_a_moved_tag_is_exit_5(root: Path) -> None:
    assert add() == 0
    message = git.tag_message(root, TAG)
    git.run(root, "commit", "--quiet", "--allow-empty", "-m", "later")
    git.run(root, "tag", "--delete", TAG)
    git.annotate(root, TAG, message)
    assert main(["reproduce", "net", "--into", "../again"]) == 5


def test_nnunets_plans_are_kept_and_its_fingerprint_is_compared(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = root.parent / "trained"
    trained.mkdir()
    (trained / "nnUNetPlans.json").write_text("{}")
    (trained / "dataset_fingerprint.json").write_text('{"spacings": [[1.0, 2.0]]}')
    (trained / "splits_final.json").write_text("[]")
    assert add("--nnunet", str(trained)) == 0
    known = models.get(api.open_lab(root).registry, "net")
    assert sorted(known.nnunet) == ["fingerprint", "plans", "splits"]
    assert (root / "registry/models/net/plans.json").read_text() == "{}"
    monkeypatch.setattr(nnunet, "installed", lambda: "nnUNet")
    monkeypatch.setattr(nnunet, "fingerprint", lambda _: {"spacings": [[1.0, 2.0000001]]})
    assert main(["reproduce", "net", "--into", "../again"]) == 0
    monkeypatch.setattr(nnunet, "fingerprint", lambda _: {"spacings": [[1.0, 2.1]]})
    assert main(["reproduce", "net", "--into", "../again"]) == 5
