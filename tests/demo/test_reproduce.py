"""The demo's model comes back in a fresh clone, whatever is left of its data: F075, F077."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medreg.cli import main
from tests.sources.servers import folder_server
from tests.versions.standin import run as program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.demo.conftest import Told

NAME, TAG = "demo_net", "demo_abdomen@v1.0.0"
DATA = "registry/datasets"


@pytest.fixture(scope="module")
def publishers(told: Told) -> Iterator[str]:
    """The files as the seven publishers offer them, on a web server of one's own."""
    with folder_server(told.folder / "downloads") as url:
        yield url


@pytest.fixture(scope="module")
def published(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's registry with a model on record, and a tier in the cloud beside the local one."""
    base = tmp_path_factory.mktemp("published")
    shutil.copytree(told.folder / "registry", base / "registry", symlinks=True)
    shutil.copytree(told.folder / "registry-store", base / "registry-store")
    root = base / "registry"
    program("git", "config", "user.name", "A. Tester", cwd=root)
    program("git", "config", "user.email", "tester@example.org", cwd=root)
    program("dvc", "remote", "add", "cloud", str(base / "cloud"), cwd=root)
    program("dvc", "remote", "modify", "cloud", "verify", "true", cwd=root)
    registry = ["--registry", str(root)]
    assert main(["push", "demo_abdomen", "--tier", "cloud", *registry]) == 0
    (base / "net.pt").write_bytes(b"weights")
    weights = ["--weights", str(base / "net.pt"), "--split", "fold_0"]
    assert main(["model", "add", NAME, "--data", TAG, *weights, *registry]) == 0
    program("git", "add", ".dvc/config", cwd=root)
    program("git", "commit", "--quiet", "-m", "The cloud, and a model", cwd=root)
    return root


def only_the_cloud(root: Path, _publishers: str) -> list[str]:
    """Leave no local tier, here or where it was cloned from."""
    program("dvc", "remote", "modify", "--local", "local", "url", str(root / "no"), cwd=root)
    return []


def only_the_local_tier(root: Path, _publishers: str) -> list[str]:
    program("dvc", "remote", "remove", "cloud", cwd=root)
    return []


def no_tier_at_all(root: Path) -> None:
    for tier in ("local", "cloud", "restricted"):
        program("dvc", "remote", "remove", tier, cwd=root)


def only_raw(root: Path, _publishers: str) -> list[str]:
    """Leave the packed files of the publishers, as a disk that was sent by mail holds them."""
    no_tier_at_all(root)
    original = Path(program("git", "remote", "get-url", "origin", cwd=root).strip())
    for raw in sorted((original / DATA).glob("*/raw")):
        shutil.copytree(raw, root / raw.relative_to(original))
    return []


def only_the_publishers(root: Path, publishers: str) -> list[str]:
    no_tier_at_all(root)
    return ["--from", publishers]


CASES = {
    "tier cloud": only_the_cloud,
    "tier local": only_the_local_tier,
    "workspace": only_raw,
    "copy": only_the_publishers,
}


@pytest.fixture(scope="module")
def reproduced(
    published: Path, publishers: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Return the folder to which the model's data came on a machine where that alone is left."""

    @functools.cache
    def reproduce(source: str) -> Path:
        machine = tmp_path_factory.mktemp("machine") / "far" / "away"
        root, into = machine / "clone", machine / "data"
        machine.mkdir(parents=True)
        program("git", "clone", "--quiet", str(published), str(root), cwd=machine)
        words = CASES[source](root, publishers)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MEDREG_CACHE", str(machine / "cache"))
            assert not (root / ".dvc/cache").exists()
            command = ["reproduce", NAME, "--into", str(into), "--registry", str(root), *words]
            assert main(command) == 0
        return into

    return reproduce


@pytest.mark.parametrize("source", CASES)
def test_the_model_comes_back_from(source: str, reproduced: Callable[[str], Path]) -> None:
    into = reproduced(source)
    record = json.loads((into / "reproduction.json").read_bytes())
    assert (record["result"], record["release"], record["differing"]) == ("identical", TAG, {})
    if source.startswith("tier"):
        assert (list(record["came_from"]), record["raw_from"]) == ([source], {})
    else:
        assert list(record["came_from"]) == ["raw"]
        assert {place for came in record["raw_from"].values() for place in came} == {source}
    program("sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS", cwd=into)


def test_the_four_manifests_are_one_file(told: Told, reproduced: Callable[[str], Path]) -> None:
    manifests = {(reproduced(source) / "manifest.csv").read_bytes() for source in CASES}
    assert manifests == {
        (told.folder / "registry/registry/sets/demo_abdomen/manifest.csv").read_bytes()
    }
