"""Other tools see what medreg says: GTO its releases, git-annex and sha256sum its files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medreg.cli import main
from medreg.files.hashing import sha256_file
from medreg.registry import Registry
from medreg.tables import ManifestRow
from medreg.versions import datalad, git
from medreg.versions.release import release
from tests.peers import program
from tests.sources.servers import folder_server
from tests.versions.standin import run

if TYPE_CHECKING:
    from collections.abc import Iterator

TAG = "open_set@v1.0.0"


@pytest.fixture
def root(lab: Registry) -> Path:
    release(lab, "open_set", "1.0.0")
    release(lab, "mixed_set", "1.0.0")
    return lab.root


@pytest.fixture
def served(root: Path) -> Iterator[str]:
    """The address of a web server for the local tier."""
    with folder_server(root.parent / "lab-store") as url:
        yield url


def test_gto_lists_the_releases_that_medreg_logs(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release(Registry(root), "open_set", "1.1.0")
    capsys.readouterr()
    assert main(["log", "--json", "--registry", str(root)]) == 0
    ours = {entry["release"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert len(ours) == 3
    theirs = json.loads(run("gto", "history", "--json", cwd=root))
    assert {one["ref"]: one["commit"] for one in theirs} == {
        tag: entry["commit"] for tag, entry in ours.items()
    }
    for one in theirs:
        entry = ours[one["ref"]]
        assert one["event"] == "registration"
        assert f"{one['author']} <{one['author_email']}>" == entry["who"]
        assert json.loads(one["message"])["manifest_sha256"] == entry["manifest_sha256"]
    shown = json.loads(run("gto", "show", "--json", cwd=root))
    assert {name: one["version"] for name, one in shown.items() if one["version"]} == {
        "open_set": "v1.1.0",
        "mixed_set": "v1.0.0",
    }
    versions = json.loads(run("gto", "show", "open_set", "--json", cwd=root))
    assert [one["version"] for one in versions] == ["v1.1.0", "v1.0.0"]
    latest = run("gto", "show", "open_set@greatest", "--ref", cwd=root).strip()
    assert latest == "open_set@v1.1.0"


def export(root: Path, into: Path, *words: str, tag: str = TAG, code: int = 0) -> None:
    command = ["export", "datalad", tag, str(into), "--registry", str(root), *words]
    assert main(command) == code


def test_a_datalad_dataset_names_each_file_by_its_content(root: Path, tmp_path: Path) -> None:
    into = tmp_path / "annexed"
    export(root, into)
    for row in Registry(root).set("open_set").rows("manifest.csv", ManifestRow):
        link = (into / row.path).readlink()
        assert link.name.startswith(f"MD5E-s{row.size}--")
        assert link.name.endswith("".join(Path(row.path).suffixes))
    assert run("git", "status", "--porcelain", cwd=into) == ""
    config = (into / ".datalad/config").read_text()
    assert config.startswith('[datalad "dataset"]\n\tid = ')
    export(root, tmp_path / "again")
    for branch in ("main", "git-annex"):
        assert git.resolve(tmp_path / "again", branch) == git.resolve(into, branch)
    export(root, into, code=2)
    export(root, tmp_path / "third", "--tier", "nowhere", code=2)
    assert not (tmp_path / "third").exists()


def test_what_is_restricted_points_at_its_own_tier(root: Path, tmp_path: Path) -> None:
    into = tmp_path / "annexed"
    export(root, into, "--tier", "local", tag="mixed_set@v1.0.0")
    logs = git.run(into, "grep", "-h", "file:", "git-annex", "--", "*.web").decode()
    assert f"{root.parent}/lab-restricted/files/md5/" in logs
    assert "lab-store" not in logs


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"url": "s3://bucket/a b"}, "https://bucket.s3.amazonaws.com/a%20b"),
        ({"url": "s3://b/p", "endpointurl": "http://h:1/"}, "http://h:1/b/p"),
        ({"url": "gs://bucket/p"}, "https://storage.googleapis.com/bucket/p"),
        ({"url": "https://h/p/"}, "https://h/p"),
        ({"url": "/srv/store"}, "file:///srv/store"),
    ],
)
def test_a_tier_has_the_address_that_others_read_it_at(
    config: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datalad.dvc, "tiers", lambda _repo: {"there": config})
    assert datalad.address(None, "there") == expected  # type: ignore[arg-type]


@pytest.mark.peers
@pytest.mark.parametrize("how", ["folder", "web"])
def test_git_annex_gets_and_proves_the_files(
    root: Path, served: str, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    annex = program("git-annex", "git-annex (PyPI)")
    monkeypatch.setenv("PATH", str(Path(annex).parent), prepend=":")
    into = tmp_path / "annexed"
    export(root, into, *(("--url", served) if how == "web" else ()))
    settings = {
        "annex.security.allowed-url-schemes": "http https file",
        "annex.security.allowed-ip-addresses": "127.0.0.1",
    }
    for name, value in settings.items():
        run("git", "config", name, value, cwd=into)
    run(annex, "init", "--quiet", cwd=into)
    for line in run(annex, "find", "--not", "--in=here", "--json", cwd=into).splitlines():
        known = json.loads(line)
        link = datalad.target(known["file"], known["key"])
        assert f"objects/{known['hashdirmixed']}{known['key']}/" in link
    run(annex, "get", "--quiet", ".", cwd=into)
    run(annex, "fsck", "--quiet", cwd=into)
    for row in Registry(root).set("open_set").rows("manifest.csv", ManifestRow):
        assert sha256_file(into / row.path) == row.sha256
    run("sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS", cwd=into)
