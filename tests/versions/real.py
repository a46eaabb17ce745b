"""A registry of two real datasets, made with the verbs that people type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import nibabel
import numpy as np

from medreg import api
from medreg.files.hashing import sha256_bytes

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = (20, 18, 10)

PLUGIN = '''\
"""{name}: an ellipse in air."""

from medreg import CT, Claim, Dataset, Local, Pairs, hookimpl

VALUE = Dataset(
    name="{name}",
    title="Toy {name}",
    homepage="https://example.org/{name}",
    licenses=(Claim("CC-BY-4.0", source="https://example.org", rank="publisher"),),
    cite=("doi:10.1000/{name}",),
    modality=CT,
    source=Local({source!r}),
    layout=Pairs(image="**/volume-{{case}}.nii.gz", label="**/segmentation-{{case}}.nii.gz"),
    labels={{1: "liver"}},
    patients="each case",
    restricted={restricted},
)


@hookimpl
def medreg_datasets():
    yield VALUE
'''


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
        text = PLUGIN.format(name=name, source=f"../upstream/{name}", restricted=name == "ward")
        (root / "plugins" / f"{name}.py").write_text(text)
        if not only_track:
            prepare(root, name)
    if only_track:
        api.track(api.open_lab(root), only_track)
        return
    curate(root, "toys", ["toy"])


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
