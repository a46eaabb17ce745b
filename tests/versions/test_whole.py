"""The whole chain with the real stages: what re-runs, what comes back, and from where."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from medreg import api
from medreg.cli import main
from medreg.errors import BytesDiffer, NotFound
from medreg.registry import Registry
from medreg.versions import dvc, git, objects
from medreg.versions.track import leaks
from tests.versions import real
from tests.versions.standin import objects_of, run, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medreg.versions.reproduce import Reproduction

TAG = "toys@v1.0.0"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("real") / "lab"
    real.make(root)
    api.release(api.open_lab(root), "toys", "1.0.0")
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A copy of the lab, its tiers and its publisher."""
    shutil.copytree(made.parent, tmp_path / "here", symlinks=True)
    return tmp_path / "here" / "lab"


def edit(root: Path, name: str, old: str, new: str) -> None:
    file = root / "plugins" / f"{name}.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def ran(said: str) -> list[str]:
    """Return the stages that DVC ran."""
    return re.findall(r"^Running stage '(?:.*:)?(\w+)':$", said, re.MULTILINE)


def test_git_shows_what_was_done_and_the_release_commits_it(made: Path) -> None:
    assert not git.changed(made, ["registry/sets", "registry/datasets/toy", "plugins/toy.py"])
    shown = git.run(made, "status", "--porcelain").decode().splitlines()
    assert shown, "the dataset that no release needs is still to be committed"
    assert all(line.startswith("A  ") and "ward" in line for line in shown)


def test_what_an_edit_decides_is_run_again_and_nothing_else(root: Path) -> None:
    shutil.rmtree(root.parent / "upstream")
    target = "registry/sets/toys/dvc.yaml:write"
    assert not ran(run("dvc", "repro", target, cwd=root))
    edit(root, "toy", "an ellipse in air", "an ellipse in the air")
    assert ran(run("dvc", "repro", target, cwd=root)) == ["declare"]
    edit(root, "toy", '"CC-BY-4.0"', '"CC-BY-NC-4.0"')
    assert ran(run("dvc", "repro", target, cwd=root)) == ["declare", "decide", "write"]
    edit(root, "toy", "**/volume-", "**/vol*me-")
    raw = sorted((root / "registry/datasets/toy/raw").rglob("*"))
    said = run("dvc", "repro", target, cwd=root)
    assert ran(said)[:3] == ["declare", "convert", "check"]
    assert sorted((root / "registry/datasets/toy/raw").rglob("*")) == raw, "raw persists"


def test_a_plain_repro_never_downloads(root: Path) -> None:
    shutil.rmtree(root / "registry/datasets/toy/raw")
    shutil.rmtree(root / ".dvc" / "cache")
    (root / "registry/datasets/toy/dvc.lock").unlink()
    said = run("dvc", "repro", "registry/datasets/toy/dvc.yaml:convert", cwd=root, code=255)
    assert "fetch" not in ran(said)
    assert (root.parent / "upstream").is_dir()


def test_an_edited_recipe_is_curated_by_dvc_alone_in_a_fresh_clone(root: Path) -> None:
    lab = api.open_lab(root)
    api.push(lab, ["toy"])
    elsewhere = root.parent / "clone"
    git.clone(str(root), elsewhere)
    recipe = elsewhere / "registry/sets/toys/recipe.yaml"
    recipe.write_text(recipe.read_text().replace('"toys"', '"Toys, once more"'))
    said = run("dvc", "repro", "--pull", "--allow-missing", cwd=recipe.parent)
    assert ran(said)[0] == "decide"
    run("dvc", "pull", "registry/sets/toys/dvc.yaml", cwd=elsewhere)
    run("sha256sum", "-c", "SHA256SUMS", cwd=recipe.parent)


def test_one_restricted_dataset_makes_the_set_restricted(root: Path) -> None:
    real.curate(root, "mixed", ["toy", "ward"])
    lab = api.open_lab(root)
    assert not leaks(lab.registry, lab.plugins)
    run("dvc", "push", cwd=root)
    kept = objects_of(lab.registry, "mixed").keys() | objects_of(lab.registry, "ward").keys()
    shared = objects_of(lab.registry, "toy").keys() | objects_of(lab.registry, "toys").keys()
    assert not stored(root.parent / "lab-store") & (kept - shared)
    api.release(lab, "mixed", "1.0.0")
    assert stored(root.parent / "lab-store") & kept <= shared
    for path in git.files(root, "mixed@v1.0.0", "registry/sets/mixed"):
        assert b"ward__" not in git.show(root, "mixed@v1.0.0", path), path

    file = root / "registry/sets/mixed/dvc.yaml"
    file.write_text(file.read_text().replace("          remote: restricted\n", "", 1))
    assert leaks(lab.registry, lab.plugins) == ["registry/sets/mixed/selection.csv"]


@pytest.mark.parametrize(
    "claim",
    [
        '"LicenseRef-DRIVE-terms", rank="publisher"',
        '"LicenseRef-Research", rank="publisher"',
        '"CC-BY-4.0", rank="third party"',
    ],
    ids=["blocked", "unclear", "doubtful"],
)
def test_what_its_terms_do_not_let_go_is_never_pushed_to_a_shareable_tier(
    root: Path, claim: str
) -> None:
    """F085: not by medreg, not by plain dvc push, not alone and not inside a set."""
    old = 'licenses=(Claim("CC-BY-4.0", source="https://example.org", rank="publisher"),)'
    edit(root, "toy", old, f'licenses=(Claim({claim}, source="https://example.org"),)')
    lab = api.open_lab(root)
    shutil.rmtree(root.parent / "lab-store")
    outputs = ["datasets/toy/converted", "datasets/toy/raw", "sets/toys/data"]
    told = sorted(leaks(lab.registry, lab.plugins))
    assert told == [f"registry/{path}" for path in outputs], "an audit of every dvc.yaml"
    assert main(["doctor", "--registry", str(root)]) == 1
    api.track(lab, "toy")
    said = {"dataset": "toy", "claim": claim.split('"')[1], "by": "ann", "because": "so"}
    real.curate(root, "toys", ["toy"], trust=[said])
    lab = api.open_lab(root)
    assert not leaks(lab.registry, lab.plugins)
    assert (root / "registry/datasets/toy/files.csv").is_file(), "tables stay in git"
    assert git.tracked(root, ["registry/datasets/toy/files.csv"])
    for words in ((), ("-r", "local")):
        run("dvc", "push", *words, cwd=root)
    assert main(["push", "toy", "toys", "--tier", "local", "--registry", str(root)]) == 0
    secret = objects_of(lab.registry, "toy").keys() | objects_of(lab.registry, "toys").keys()
    assert not stored(root.parent / "lab-store") & secret
    assert secret <= stored(root.parent / "lab-restricted")


@pytest.mark.parametrize("name", ["toy", "ward"])
def test_git_never_takes_what_a_killed_fetch_left(tmp_path: Path, name: str) -> None:
    root = tmp_path / "lab"
    real.make(root, only_track=name)
    folder = root / "registry" / "datasets" / name
    (folder / "raw").mkdir()
    (folder / "raw" / "scan.dcm").write_bytes(b"a patient")
    (folder / "files.csv").write_text("path\nMueller_Hans.dcm\n")
    api.track(api.open_lab(root), name)
    git.run(root, "add", "--all")
    held = {path.rpartition("/")[2] for path in git.tracked(root, [f"registry/datasets/{name}"])}
    ours = {".gitignore", "claims.json", "declared.json", "dvc.lock", "dvc.yaml"}
    assert held == (ours if name == "ward" else {*ours, "files.csv"})


def test_a_bundled_plugin_becomes_the_registrys_own(tmp_path: Path) -> None:
    root = tmp_path / "lab"
    api.init(root)
    shown = [path.relative_to(root).as_posix() for path in api.track(api.open_lab(root), "lits")]
    made = ["plugins/lits.py", "registry/datasets/lits/dvc.yaml"]
    assert shown == [*made, "registry/datasets/lits/declared.json", "dvc.yaml"]
    assert api.open_lab(root).plugins.get("lits").home == "registry"
    assert "lits" in (root / "dvc.yaml").read_text()
    assert not git.run(root, "diff", "--name-only"), "all of it is staged, nothing is committed"
    before = git.run(root, "status", "--porcelain")
    api.track(api.open_lab(root), "lits")
    assert git.run(root, "status", "--porcelain") == before


# --- reproduce ---------------------------------------------------------------------------------


def lose_workspace(root: Path) -> None:
    shutil.rmtree(root / "registry/sets/toys/data")
    shutil.rmtree(root / "registry/datasets/toy/converted")
    shutil.rmtree(root / "registry/datasets/toy/raw")


def lose_cache(root: Path) -> None:
    lose_workspace(root)
    shutil.rmtree(root / ".dvc/cache")


def lose_set(root: Path) -> None:
    """Leave the publisher's and the converted files in a tier, and nothing of the set."""
    shutil.rmtree(root.parent / "lab-store")
    api.push(api.open_lab(root), ["toy"])
    lose_cache(root)


def lose_converted(root: Path) -> None:
    """Leave the publisher's files in the workspace, and nothing else."""
    shutil.rmtree(root.parent / "lab-store")
    raw = root / "registry/datasets/toy/raw"
    shutil.move(raw, root / "kept")
    raw.mkdir()
    lose_cache(root)
    shutil.move(root / "kept", raw)


def lose_everything(root: Path) -> None:
    shutil.rmtree(root.parent / "lab-store")
    lose_cache(root)


def reproduce(root: Path, name: str = "into", *, from_raw: bool = False) -> Reproduction:
    lab = api.open_lab(root)
    return api.reproduce(lab, TAG, into=root.parent / name, from_raw=from_raw)


@pytest.mark.parametrize(
    ("lose", "source"),
    [
        (lambda _root: None, "workspace"),
        (lose_workspace, "cache"),
        (lose_cache, "tier local"),
        (lose_set, "raw"),
        (lose_converted, "raw"),
        (lose_everything, "raw"),
    ],
)
def test_a_release_comes_back_identical(
    root: Path, lose: Callable[[Path], None], source: str
) -> None:
    lose(root)
    found = reproduce(root)
    assert (found.result, list(found.came_from), found.differing) == ("identical", [source], {})
    said = run("sha256sum", "-c", "SHA256SUMS", cwd=root.parent / "into")
    assert said.count(": OK") >= found.files
    record = json.loads((root.parent / "into" / "reproduction.json").read_bytes())
    assert record == found.as_json()
    assert not list((root / ".medreg" / "rebuild").glob("*"))
    assert reproduce(root).came_from == {}, "again, nothing is left to bring"


def test_everything_is_rebuilt_when_that_is_asked(root: Path) -> None:
    assert reproduce(root, from_raw=True).came_from["raw"] == reproduce(root).files


def test_the_same_voxels_in_other_bytes_are_the_release(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from medreg.imaging import gzipped

    monkeypatch.setattr(gzipped, "LEVEL", 1)
    found = reproduce(root, from_raw=True)
    assert found.result == "same voxels, other bytes"
    assert found.text().startswith(f"{TAG}  same voxels, other bytes")


def differing(root: Path, *, from_raw: bool = False) -> dict[str, str]:
    """Reproduce what cannot come back whole; return why, by case, as is recorded."""
    with pytest.raises(BytesDiffer, match="volume-2"):
        reproduce(root, from_raw=from_raw)
    record = json.loads((root.parent / "into/reproduction.json").read_bytes())
    assert record["result"] == "differs"
    differing: dict[str, str] = record["differing"]
    return differing


def test_a_publisher_who_changed_a_file_is_named_with_the_dates(root: Path) -> None:
    lose_everything(root)
    (root.parent / "upstream/toy/volume-2.nii.gz").write_bytes(b"\x1f\x8bgarbage")
    why = differing(root)["toy/volume-2"]
    assert re.search(r"the publisher changed it, seen \d{4}-\d\d-\d\d: .*volume-2", why)
    assert re.search(r"on record since \d{4}-\d\d-\d\d", why)


def test_a_source_that_is_gone_is_named(root: Path) -> None:
    lose_everything(root)
    shutil.rmtree(root.parent / "upstream")
    assert all("the source is gone, seen 20" in why for why in differing(root).values())


def test_what_is_lost_upstream_comes_from_a_copy(root: Path) -> None:
    lose_everything(root)
    shutil.move(root.parent / "upstream", root.parent / "disk")
    into = root.parent / "into"
    words = ("--into", str(into), "--from", str(root.parent / "disk"), "--registry", str(root))
    assert main(["reproduce", TAG, *words]) == 0
    record = json.loads((into / "reproduction.json").read_bytes())
    assert (record["result"], record["raw_from"]) == ("identical", {"toy": {"copy": 6}})


def test_another_tool_is_named_where_voxels_differ(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from medreg.versions import tools

    then = tools.recorded
    monkeypatch.setattr(tools, "recorded", lambda said: {**then(said), "nibabel": "1.0.0"})
    edit(root, "toy", "labels={1:", "fixes=(FlipAxis('x', source='test'),),\n    labels={1:")
    edit(root, "toy", "import CT", "import FlipAxis, CT")
    git.commit(root, ["plugins/toy.py"], "turn masks")
    text = git.tag_message(root, TAG).encode()
    git.run(root, "tag", "-f", "-a", "--cleanup=verbatim", "-F", "-", TAG, stdin=text)
    found = differing(root, from_raw=True)
    assert all("has other voxels; other tools: nibabel 1.0.0 then" in w for w in found.values())


def test_a_poisoned_cache_is_passed_over(root: Path) -> None:
    lose_workspace(root)
    registry = Registry(root)
    with dvc.repository(registry) as repo:
        for md5, path in objects_of(registry, "toys").items():
            if path.endswith(".nii.gz"):
                file = objects.cached(repo, md5)
                file.chmod(0o644)
                file.write_bytes(b"evil")
                file.chmod(0o444)
    assert reproduce(root).result == "identical"


def test_an_unknown_release_is_not_found(root: Path) -> None:
    with pytest.raises(NotFound, match=r"toys@v9\.0\.0"):
        api.reproduce(api.open_lab(root), "toys@v9.0.0", into=root.parent / "into")
