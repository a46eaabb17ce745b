"""A small registry with stand-in bytes, built once: two datasets (one restricted) and two sets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from medreg.files.manifest import describe, sha256sums
from medreg.model import CT, Case, Dataset
from medreg.registry import Registry, json_bytes
from medreg.tables import ManifestRow, to_csv
from medreg.versions import dvc, git, outs, track
from medreg.versions.init import init
from medreg.versions.pipeline import dataset_pipeline, set_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from medreg.curate.recipe import Recipe

BIN = Path(sys.executable).parent


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


class Nothing:
    """A source and layout of nothing: only pipelines are made of these datasets."""

    access = "generated"

    def wanted(self) -> Sequence[str]:
        return ()

    def cases(self, tree: object) -> Iterator[Case]:
        yield from ()


def dataset_named(name: str, *, restricted: bool) -> Dataset:
    return Dataset(
        name=name,
        title=name.title(),
        homepage="https://example.org",
        licenses=(),
        cite=(),
        modality=CT,
        source=cast("Any", Nothing()),
        layout=cast("Any", Nothing()),
        restricted=restricted,
    )


def fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def add_dataset(registry: Registry, name: str, *, restricted: bool = False) -> None:
    """Make what the dataset stages leave behind, and record it."""
    fill(registry.plugins, {f"{name}.py": f'"""{name}."""\n'.encode()})
    folder = registry.dataset(name)
    pipeline = dataset_pipeline(
        dataset_named(name, restricted=restricted),
        f"../../../plugins/{name}.py",
        restricted=restricted,
    )
    declared = ("code", "converter", "check", "fixes", "labels", "layout", "modalities")
    content = {key: {} for key in (*declared, "patients", "source")}
    cases = {f"case_{n}": f"{name} {n}".encode() * 50 for n in range(3)}
    fill(
        folder.path,
        {
            "dvc.yaml": pipeline.encode(),
            "declared.json": json_bytes(content),
            "raw/scans.zip": b"raw " + name.encode(),
            "files.csv": b"path\n",
            **{f"converted/{case}/ct.nii.gz": data for case, data in cases.items()},
            **{f"converted/{case}/case.json": json_bytes(case) for case in cases},
            "refused.csv": b"case,reason\n",
            "cases.csv": b"case\n" + "\n".join(cases).encode(),
            "card.json": json_bytes({"cases": len(cases)}),
        },
    )
    rows = describe(folder.path / "converted")
    fill(folder.path, {"manifest.csv": to_csv(rows, ManifestRow)})
    record(registry, name)


def add_set(registry: Registry, name: str, datasets: Sequence[str]) -> None:
    recipe = cast("Recipe", SimpleNamespace(datasets=datasets))
    folder = registry.set(name)
    restricted = "secret" in datasets
    fill(
        folder.path,
        {
            "recipe.yaml": json.dumps({"title": name, "datasets": datasets}).encode(),
            "dvc.yaml": set_pipeline(name, recipe, restricted=restricted).encode(),
        },
    )
    write_set(registry, name, datasets)


def write_set(
    registry: Registry, name: str, datasets: Sequence[str], change: Mapping[str, bytes] = {}
) -> None:
    """Make what the stages decide and write leave behind, and record it."""
    folder = registry.set(name)
    content = {
        f"data/imagesTr/{dataset}__{case.name}_0000.nii.gz": (case / "ct.nii.gz").read_bytes()
        for dataset in datasets
        for case in sorted((registry.dataset(dataset).path / "converted").iterdir())
    }
    fill(folder.path, {**content, "data/dataset.json": b"{}", **change})
    rows = [
        ManifestRow(path=f"data/{row.path}", size=row.size, sha256=row.sha256)
        for row in describe(folder.path / "data")
    ]
    tables = {
        "selection.csv": b"case\n" + b"\n".join(path.encode() for path in sorted(content)),
        "splits.json": b"[]",
        "manifest.csv": to_csv(rows, ManifestRow),
        "SHA256SUMS": sha256sums(rows),
        "provenance.json": json_bytes({"medreg": "test"}),
        "card.md": b"card",
        "licenses.md": b"licenses",
        "references.bib": b"",
    }
    fill(folder.path, tables)
    record(registry, name)


def record(registry: Registry, name: str) -> None:
    kind = outs.folder(registry, name).split("/")[1]
    dvc.record(registry, [outs.address(registry, name, stage) for stage in outs.STAGES[kind]])


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("template") / "lab"
    init(root)
    registry = Registry(root)
    add_dataset(registry, "tiny")
    add_dataset(registry, "secret", restricted=True)
    add_set(registry, "open_set", ["tiny"])
    add_set(registry, "mixed_set", ["tiny", "secret"])
    track.write_artifacts(registry)
    git.run(root, "add", "--all")
    git.run(root, "commit", "--quiet", "-m", "the lab")
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


def run(
    program: str, *arguments: str, cwd: Path, env: Mapping[str, str] = {}, code: int = 0
) -> str:
    """Run a program as a user would, and return what it says; it must end with *code*."""
    path = BIN / program
    done = subprocess.run(
        [str(path) if path.exists() else program, *arguments],
        cwd=cwd,
        env={**dvc.environment(), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    return said


def stored(tier: Path) -> set[str]:
    """Return the objects that lie in a tier that is a folder."""
    return {
        f"{file.parent.name}{file.name}" for file in (tier / "files" / "md5").rglob("*") if file.is_file()
    }


def objects_of(registry: Registry, name: str, revision: str = "") -> dict[str, str]:
    """Return the path of every object of *name*, by md5."""
    from medreg.versions import objects

    with dvc.repository(registry) as repo:
        return {
            piece.md5: piece.path
            for out in outs.recorded(registry, name, revision)
            if out.cached
            for piece in objects.pieces(repo, out)
        }
