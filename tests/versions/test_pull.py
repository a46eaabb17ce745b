"""Pull and verify, with medreg and with nothing but git, DVC and sha256sum."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from medreg.errors import BytesDiffer, Misuse, NotFound
from medreg.files.manifest import describe
from medreg.versions import dvc, git
from medreg.versions.pull import pull
from medreg.versions.release import release
from medreg.versions.verify import manifest, verify, verify_release
from tests.versions.standin import fill, run, write_set

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.registry import Registry

Clone = "Callable[[Registry], Registry]"


def two_versions(lab: Registry) -> None:
    """Release two contents; the workspace holds the second."""
    release(lab, "open_set", "1.0.0")
    write_set(lab, "open_set", ["tiny"], {"data/dataset.json": b'{"version": 2}'})
    (lab.set("open_set").path / "data/imagesTr/tiny__case_2_0000.nii.gz").unlink()
    write_set(lab, "open_set", ["tiny"], {"data/more.json": b"{}"})
    release(lab, "open_set", "1.1.0")


def test_any_version_comes_back_here(lab: Registry, clone: Clone) -> None:
    two_versions(lab)
    elsewhere = clone(lab)
    for version, files in (("1.0.0", 4), ("1.1.0", 5), ("1.0.0", 4)):
        assert pull(elsewhere, f"open_set@v{version}") == files
        assert pull(elsewhere, f"open_set@v{version}") == files, "again changes nothing"
        assert verify_release(elsewhere, f"open_set@v{version}") == files
        folder = elsewhere.set("open_set").path
        assert len(describe(folder / "data")) == files
        said = run("sha256sum", "-c", "SHA256SUMS", cwd=folder)
        assert said.count(": OK") == files
    with pytest.raises(BytesDiffer, match="another version"):
        verify_release(elsewhere, "open_set@v1.1.0")
    assert not dvc.status(elsewhere, ["registry/sets/open_set/dvc.yaml:write"])


@pytest.mark.parametrize("name", ["open_set", "mixed_set", "tiny", "secret"])
def test_a_release_comes_to_any_folder(
    lab: Registry, clone: Clone, tmp_path: Path, name: str
) -> None:
    release(lab, name, "1.0.0")
    elsewhere, into = clone(lab), tmp_path / "into"
    files = pull(elsewhere, f"{name}@v1.0.0", into=into)
    content = "converted" if name in ("tiny", "secret") else ""
    assert not verify(into / content, manifest(into / "manifest.csv"))
    assert not git.changed(elsewhere.root, ["registry"])
    for file in (into / content).rglob("*.gz"):
        file.unlink()
    assert pull(elsewhere, f"{name}@v1.0.0", into=into) == files
    fill(into / content, {"data/stray.txt" if not content else "stray.txt": b"whose?"})
    with pytest.raises(BytesDiffer, match="stray"):
        pull(elsewhere, f"{name}@v1.0.0", into=into)


def test_uncommitted_work_is_not_overwritten(lab: Registry, clone: Clone) -> None:
    two_versions(lab)
    elsewhere = clone(lab)
    recipe = elsewhere.set("open_set").path / "recipe.yaml"
    recipe.write_text("title: my idea")
    pull(elsewhere, "open_set")
    with pytest.raises(Misuse, match=r"card\.md|recipe\.yaml"):
        pull(elsewhere, "open_set@v1.0.0")
    assert recipe.read_text() == "title: my idea"


@pytest.mark.parametrize(
    ("file", "elsewhere"), [("dataset.json", False), ("a stranger's.json", True)]
)
def test_what_is_in_the_way_is_moved_by_what_the_hint_says(
    lab: Registry, tmp_path: Path, file: str, *, elsewhere: bool
) -> None:
    two_versions(lab)
    into = tmp_path / "into" if elsewhere else None
    pull(lab, "open_set@v1.1.0", into=into)
    damaged = (into or lab.set("open_set").path) / "data" / file
    damaged.unlink(missing_ok=True)
    damaged.write_bytes(b"held nowhere")
    with pytest.raises((Misuse, BytesDiffer), match=file) as raised:
        pull(lab, "open_set@v1.1.0", into=into)
    typed = raised.value.hint.partition("; then")[0]
    subprocess.run(["sh", "-c", typed], env={**os.environ, "HOME": str(tmp_path)}, check=True)
    assert pull(lab, "open_set@v1.1.0", into=into)
    assert next(tmp_path.glob("moved.*/*")).read_bytes() == b"held nowhere"


def test_a_killed_pull_is_finished_by_the_next(lab: Registry, clone: Clone) -> None:
    two_versions(lab)
    elsewhere = clone(lab)
    folder = elsewhere.set("open_set").path
    git.run(elsewhere.root, "restore", "--source=open_set@v1.0.0", "--", f"{folder}/manifest.csv")
    fill(folder, {"data/imagesTr/.uDUJZPTt1KnJS_sBbSaCVQ.tmp": b"half"})
    assert pull(elsewhere, "open_set@v1.0.0") == 4


def test_what_is_touched_after_it_came_is_read_again(
    lab: Registry, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are hashed while others are on their way: what happens to one afterwards counts."""
    release(lab, "open_set", "1.0.0")
    elsewhere = clone(lab)
    file = elsewhere.set("open_set").path / "data" / "imagesTr" / "tiny__case_1_0000.nii.gz"
    whole = (lab.set("open_set").path / "data" / "imagesTr" / file.name).read_bytes()
    real, times = dvc.checkout, []

    def touched(*arguments: Any, **options: Any) -> None:
        real(*arguments, **options)
        times.append(file.read_bytes())
        if len(times) == 1:
            file.write_bytes(b"x" + whole[1:])  # of the same size

    monkeypatch.setattr(dvc, "checkout", touched)
    assert pull(elsewhere, "open_set@v1.0.0") == 4
    assert times == [whole, whole]
    assert file.read_bytes() == whole


@pytest.mark.parametrize("kind", ["hardlink", "symlink", "copy"])
def test_a_workspace_is_filled_as_dvc_is_set(lab: Registry, clone: Clone, kind: str) -> None:
    release(lab, "open_set", "1.0.0")
    elsewhere = clone(lab)
    run("dvc", "config", "cache.type", kind, cwd=elsewhere.root)
    assert pull(elsewhere, "open_set@v1.0.0") == 4
    files = list((elsewhere.set("open_set").path / "data").rglob("*.gz"))
    assert {file.is_symlink() for file in files} == {kind == "symlink"}
    assert {file.stat().st_nlink for file in files} == {2 if kind == "hardlink" else 1}


def test_what_a_kill_left_elsewhere_is_in_nobodys_way(
    lab: Registry, clone: Clone, tmp_path: Path
) -> None:
    release(lab, "open_set", "1.0.0")
    half = {f"data/.dataset.json.{end}": b"half" for end in ("part", "tmp")}
    fill(tmp_path / "into", half)
    assert pull(clone(lab), "open_set@v1.0.0", into=tmp_path / "into") == 4
    assert not any((tmp_path / "into" / path).exists() for path in half)


def test_what_is_nowhere_is_named(lab: Registry, clone: Clone) -> None:
    release(lab, "open_set", "1.0.0")
    elsewhere = clone(lab)
    with pytest.raises(NotFound) as error:
        pull(elsewhere, "open_set@v1.0.1")
    assert error.value.hint == "did you mean open_set@v1.0.0?"
    shutil.rmtree(lab.root.parent / "lab-store")
    with pytest.raises(NotFound, match="no tier holds"):
        pull(elsewhere, "open_set@v1.0.0")


def test_a_moved_tag_is_noticed(lab: Registry, clone: Clone, tmp_path: Path) -> None:
    two_versions(lab)
    message = git.tag_message(lab.root, "open_set@v1.0.0")
    git.run(
        lab.root, "tag", "-f", "-a", "-F", "-", "open_set@v1.0.0", "HEAD", stdin=message.encode()
    )
    with pytest.raises(BytesDiffer, match="is not the manifest"):
        pull(clone(lab), "open_set@v1.0.0", into=tmp_path / "into")


def test_the_promises_to_users_of_plain_dvc(lab: Registry, clone: Clone, tmp_path: Path) -> None:
    two_versions(lab)
    data = lambda folder: sorted(p.name for p in (folder / "data").rglob("*") if p.is_file())  # noqa: E731  # short
    first = ["dataset.json", *(f"tiny__case_{n}_0000.nii.gz" for n in range(3))]

    elsewhere = clone(lab)
    folder = elsewhere.set("open_set").path
    git.run(elsewhere.root, "checkout", "--quiet", "open_set@v1.0.0")
    run("dvc", "pull", "registry/sets/open_set/dvc.yaml", cwd=elsewhere.root)
    assert data(folder) == first
    said = run("dvc", "repro", "--pull", "--allow-missing", cwd=folder)
    assert "Running stage" not in said
    assert not git.changed(elsewhere.root, ["."])

    outside = tmp_path / "project"
    outside.mkdir()
    url = str(lab.root)
    run("dvc", "artifacts", "get", url, "open_set", "--rev", "v1.0.0", cwd=outside)
    assert data(outside / "open_set") == first
    run("sha256sum", "-c", "SHA256SUMS", cwd=outside / "open_set")

    git.run(outside, "init", "--quiet")
    run("dvc", "init", "-q", cwd=outside)
    revision = ("--rev", "open_set@v1.0.0")
    where = "registry/sets/open_set"
    run("dvc", "import", "-o", "mine", url, where, *revision, cwd=outside)
    assert data(outside / "mine") == first
    run("sha256sum", "-c", "SHA256SUMS", cwd=outside / "mine")


def test_verify_needs_neither_git_nor_dvc(
    lab: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plain"
    shutil.copytree(lab.set("open_set").path, folder)
    monkeypatch.setenv("PATH", "")
    rows = manifest(folder / "manifest.csv")
    assert not verify(folder, rows)
    (folder / "data" / "dataset.json").write_bytes(b"[]")
    (folder / "data" / "extra").write_bytes(b"")
    (folder / "data" / "imagesTr" / "tiny__case_0_0000.nii.gz").unlink()
    assert [(d.path, d.problem) for d in verify(folder, rows)] == [
        ("data/dataset.json", "differs"),
        ("data/extra", "extra"),
        ("data/imagesTr/tiny__case_0_0000.nii.gz", "missing"),
    ]
    shutil.rmtree(folder / "data")
    assert {d.problem for d in verify(folder, rows)} == {"missing"}
    with pytest.raises(NotFound, match="no manifest"):
        manifest(folder / "data" / "manifest.csv")
