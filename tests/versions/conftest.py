"""The small registry as a fixture, and a machine without settings of its own."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from medreg.registry import Registry
from medreg.versions import git
from tests.versions import standin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session", autouse=True)
def _alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing of this machine's git, DVC or AWS settings counts, and nothing is left behind."""
    home = tmp_path_factory.mktemp("home")
    (home / "gitconfig").write_text("[user]\n  name = A. Tester\n  email = tester@example.org\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
        patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
        patch.setenv("DVC_SITE_CACHE_DIR", str(home / "site"))
        patch.setenv("DVC_NO_ANALYTICS", "1")
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("template") / "lab"
    standin.make(Registry(root))
    return root


@pytest.fixture
def lab(template: Path, tmp_path: Path) -> Registry:
    """A copy of the registry of one's own, with nothing in its tiers."""
    shutil.copytree(template, tmp_path / "lab", symlinks=True)
    return Registry(tmp_path / "lab")


@pytest.fixture
def clone(tmp_path: Path) -> Callable[[Registry], Registry]:
    """Clone a registry to a folder beside it, so that its tiers are found; the cache is empty."""

    def cloned(registry: Registry, name: str = "clone") -> Registry:
        git.clone(str(registry.root), tmp_path / name)
        return Registry(tmp_path / name)

    return cloned
