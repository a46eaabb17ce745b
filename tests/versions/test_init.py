"""Init: a registry that git, DVC and medreg accept, made once and never overwritten."""

from __future__ import annotations

import getpass
import socket
from typing import TYPE_CHECKING

import pytest

from medreg import plugins, settings
from medreg.registry import Registry
from medreg.versions import git
from medreg.versions.init import init
from medreg.versions.tiers import hazards, tiers
from tests.versions.standin import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("inside", [False, True])
def test_a_registry_is_made_once(tmp_path: Path, inside: bool) -> None:  # noqa: FBT001  # a parameter
    root = tmp_path / "lab"
    if inside:
        git.run(tmp_path, "init", "--quiet")
    made = init(root)
    commit = git.resolve(root, "HEAD")
    assert sorted(git.run(root, "ls-files").decode().split()) == sorted(made)
    assert not init(root)
    assert git.resolve(root, "HEAD") == commit
    assert not git.run(root, "status", "--porcelain")
    assert settings.find_root(root / "registry") == root
    assert settings.load(root).engine == "processes"

    (root / "README.md").write_text("ours")
    (root / ".dvcignore").unlink()
    assert init(root) == [".dvcignore"], "what is missing is restored, what was changed is theirs"
    assert (root / "README.md").read_text() == "ours"


def test_dvc_accepts_it_and_it_is_safe(tmp_path: Path) -> None:
    root = tmp_path / "lab"
    init(root)
    assert "ERROR" not in run("dvc", "status", cwd=root)
    registry = Registry(root)
    assert not hazards(registry)
    assert [tier.name for tier in tiers(registry)] == ["local", "restricted"]
    assert run("dvc", "config", "cache.type", cwd=root).strip() == "reflink,copy"


def test_the_facts_are_those_that_medreg_ships(tmp_path: Path) -> None:
    init(tmp_path / "lab")
    for path in ("registry/vocabulary.csv", "registry/terms.csv", "requirements.lock"):
        assert (tmp_path / "lab" / path).read_bytes() == (plugins.bundled() / path).read_bytes()


def test_no_file_names_this_machine(tmp_path: Path) -> None:
    root = tmp_path / "lab"
    for path in init(root):
        text = (root / path).read_text(encoding="utf-8")
        for word in (str(tmp_path), str(root), socket.gethostname(), f"/{getpass.getuser()}/"):
            assert word not in text, path
