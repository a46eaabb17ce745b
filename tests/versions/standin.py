"""A small registry of stand-in bytes: what the stages leave behind, without the stages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from medreg.files.manifest import describe, sha256sums
from medreg.model import CT, Case, Dataset
from medreg.registry import json_bytes
from medreg.tables import ManifestRow, SelectionRow, to_csv
from medreg.versions import dvc, git, objects, outs, track
from medreg.versions.init import init
from medreg.versions.pipeline import dataset_pipeline, set_pipeline

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from medreg.curate.recipe import Recipe
    from medreg.registry import Registry

BIN = Path(sys.executable).parent


class Nothing:
    """A source and layout of nothing: only pipelines are made of these datasets."""

    access = "generated"

    def wanted(self) -> Sequence[str]:
        return ()

    def cases(self, _tree: object) -> Iterator[Case]:
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
    content: dict[str, dict[str, str]] = {key: {} for key in (*declared, "patients", "source")}
    cases = {f"case_{n}": f"{name} {n}".encode() * 50 for n in range(3)}
    fill(
        folder.path,
        {
            "dvc.yaml": pipeline.encode(),
            "claims.json": json_bytes([]),
            "declared.json": json_bytes(content),
            "raw/scans.zip": b"raw " + name.encode(),
            "files.csv": b"path\n",
            **{f"converted/{case}/ct.nii.gz": data for case, data in cases.items()},
            **{f"converted/{case}/case.json": json_bytes(case) for case in cases},
            "refused.csv": b"case,reason\n",
            "cases.csv": b"case\n" + "\n".join(cases).encode(),
            "card.json": json_bytes({"cases": len(cases)}),
            "fingerprints.csv": b"case\n",
        },
    )
    rows = describe(folder.path / "converted")
    fill(folder.path, {"manifest.csv": to_csv(rows, ManifestRow)})
    record(registry, name)


def add_set(registry: Registry, name: str, datasets: Sequence[str]) -> None:
    recipe = cast("Recipe", SimpleNamespace(datasets=datasets, transform=None))
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
        "selection.csv": to_csv([], SelectionRow),
        "splits.json": b"[]",
        "manifest.csv": to_csv(rows, ManifestRow),
        "SHA256SUMS": sha256sums(rows),
        "provenance.json": json_bytes({"medreg": "test"}),
        "card.md": b"card",
        "licenses.md": b"licenses",
        "references.bib": b"",
        "stats.csv": b"",
        "stats.svg": b"",
    }
    fill(folder.path, tables)
    record(registry, name)


def record(registry: Registry, name: str) -> None:
    kind = outs.folder(registry, name).split("/")[1]
    dvc.record(registry, [outs.address(registry, name, stage) for stage in outs.STAGES[kind]])


def make(registry: Registry) -> None:
    """Make a registry of two datasets, one of them restricted, and two sets, one with both."""
    init(registry.root)
    add_dataset(registry, "tiny")
    add_dataset(registry, "secret", restricted=True)
    add_set(registry, "open_set", ["tiny"])
    add_set(registry, "mixed_set", ["tiny", "secret"])
    track.write_artifacts(registry)
    git.run(registry.root, "add", "--all")
    git.run(registry.root, "commit", "--quiet", "-m", "the lab")


def run(
    program: str, *arguments: str, cwd: Path, without: Collection[str] = (), code: int = 0
) -> str:
    """Run a program as a user would, and return what it says; it must end with *code*.

    *without* names what medreg sets in the environment and this user does not.
    """
    path = BIN / program
    done = subprocess.run(
        [str(path) if path.exists() else program, *arguments],
        cwd=cwd,
        env={key: value for key, value in dvc.environment().items() if key not in without},
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
        f"{file.parent.name}{file.name}"
        for file in (tier / "files" / "md5").rglob("*")
        if file.is_file()
    }


def objects_of(registry: Registry, name: str, revision: str = "") -> dict[str, str]:
    """Return the path of every object of *name*, by md5."""
    with dvc.repository(registry) as repo:
        return {
            piece.md5: piece.path
            for out in outs.recorded(registry, name, revision)
            if out.cached
            for piece in objects.pieces(repo, out)
        }
