"""A registry of two real datasets, made with the verbs that people type."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import nibabel
import numpy as np

from medreg import api
from medreg.files.hashing import sha256_bytes
from tests.stages import toy

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SHAPE = (20, 18, 10)


def plugin(name: str, *, restricted: bool = False) -> str:
    """Return the plugin of a dataset whose publisher's folder lies beside the registry."""
    return toy.plugin(name, f"../upstream/{name}", {1: "liver"}, restricted=restricted)


def publish(upstream: Path, name: str, case: str) -> None:
    """Make one case as its publisher offers it; its voxels follow from its name."""
    seed = int(sha256_bytes(f"{name}/{case}".encode())[:8], 16)
    x, y, _ = np.indices(SHAPE)
    inside = ((x - 9.5) / 8) ** 2 + ((y - 8.5) / 7) ** 2 < 1
    noise = np.random.default_rng(seed).integers(-20, 20, SHAPE)
    image = np.where(inside, 40 + noise, -1000).astype(np.int16)
    mask = np.zeros(SHAPE, np.uint8)
    mask[6:12, 6:12, 2 + seed % 3 : 8] = 1
    folder = upstream / name
    folder.mkdir(parents=True, exist_ok=True)
    for kind, array in (("volume", image), ("segmentation", mask)):
        affine = np.diag([-2.0, 2.0, 3.0, 1.0])
        nibabel.save(nibabel.Nifti1Image(array, affine), folder / f"{kind}-{case}.nii.gz")


def make(root: Path, only_track: str = "") -> None:
    """Make a registry with the datasets toy and ward (restricted) and the curated set toys.

    With *only_track*, that dataset is tracked and nothing else is done.
    """
    upstream = root.parent / "upstream"
    api.init(root)
    (root / "pyproject.toml").write_text('[tool.medreg]\nengine = "inline"\n')
    for name in ("toy", "ward"):
        for case in ("1", "2", "10"):
            publish(upstream, name, case)
        (root / "plugins" / f"{name}.py").write_text(plugin(name, restricted=name == "ward"))
        if not only_track:
            prepare(root, name)
    if only_track:
        api.track(api.open_lab(root), only_track)
        return
    curate(root, "toys", ["toy"])


def copied(made: Path, into: Path, patch: pytest.MonkeyPatch) -> Path:
    """Copy the registry *made*, and what lies beside it, for a test to work in; it is there."""
    shutil.copytree(made.parent, into / "here", symlinks=True)
    patch.chdir(into / "here" / made.name)
    patch.setenv("MEDREG_CACHE", str(into / "cache"))
    patch.delenv("MEDREG_ROOT", raising=False)
    return into / "here" / made.name


def prepare(root: Path, name: str) -> None:
    """Take a dataset from its plugin to its tables."""
    for verb in (api.track, api.fetch, api.convert, api.check):
        verb(api.open_lab(root), name)


def curate(root: Path, name: str, datasets: list[str], **keys: object) -> None:
    """Write the recipe of a set, and make the set."""
    said = {"title": name, "datasets": datasets, "labels": ["liver"], "folds": 2, **keys}
    file = root / "registry" / "sets" / name / "recipe.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in said.items()))
    report = api.curate(api.open_lab(root), name)
    assert not report.failed, report.failed
