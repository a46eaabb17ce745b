"""The files of the planted world, and a registry that has checked them with medreg's own verbs."""

from __future__ import annotations

import gzip
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np

from medreg import api
from medreg.testing import listing, miniature
from medreg.volume import Volume
from tests.curate.planted.changes import COPIES, MISTAKES, Scan, revisited
from tests.curate.planted.world import COUNTS, SHAPE, World, cases, files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.model import Dataset

SET = "planted"
RECIPE = """\
title: Liver, spleen and kidneys from thirteen planted datasets
datasets: [{datasets}]
labels: [liver, spleen, kidney]
missing: ignore
hold_out: [held]
spacing: {{min: 0.5, max: 12}}
folds: 5
use: commercial
seed: planted
export: [nnunet, monai]
"""
OVERLAP = """\
a: held
b: per_label
relation: shared patients
cases: [{pairs}]
confidence: proved
evidence: [{{source: the planted world, date: "2026-11", says: one hospital}}]
"""


def fabricate(world: World, declared: Mapping[str, Dataset], into: Path) -> None:
    """Write what each publisher would offer."""
    for name in COUNTS:
        paths = [path for case in cases(name) for path in files(name, case)]
        paths += ["Task01_Liver/dataset.json"] if name == "decathlon" else []
        subjects = {case: world.shows(f"{name}/{case}")[0] for case in cases(name)}
        miniature(
            declared[name], listing("\n".join(paths)), into / name, shape=SHAPE, subjects=subjects
        )
        for case in cases(name):
            _edit(into, f"{name}/{case}", world)


def _edit(into: Path, ref: str, world: World) -> None:
    """Do what the world says to one case's files."""
    seed, again = world.shows(ref)
    changes = [partial(revisited, seed=seed)] if again else []
    changes += [COPIES[world.changed[ref]]] if ref in world.changed else []
    changes += [MISTAKES[world.mistakes[ref]][1]] if ref in world.mistakes else []
    if not changes:
        return
    name, _, case = ref.partition("/")
    image, *masks = (into / name / path for path in files(name, case))
    scan = Scan(_read(image, "HU"), tuple(_read(mask, "label") for mask in masks))
    for change in changes:
        scan = change(scan)
    for volume, file in zip((scan.image, *scan.masks), (image, *masks), strict=True):
        _write(volume, file, scan.level)


def _read(file: Path, unit: str) -> Volume:
    image = nib.Nifti1Image.from_bytes(gzip.decompress(file.read_bytes()))
    return Volume(np.asarray(image.dataobj), image.affine, unit).to_ras()


def _write(volume: Volume, file: Path, level: int) -> None:
    data = nib.Nifti1Image(volume.array, volume.affine).to_bytes()
    file.write_bytes(gzip.compress(data, level, mtime=0))


def registry(root: Path, world: World) -> api.Lab:
    """Make a registry at *root*, fabricate the world beside it, and check every case."""
    api.init(root)
    shutil.copyfile(Path(__file__).with_name("plugin.py"), root / "plugins/planted.py")
    lab = api.open_lab(root)
    declared = {name: one.dataset for name, one in lab.plugins.datasets.items()}
    fabricate(world, declared, root.parent / "downloads")
    write_recipe(root, [*COUNTS])
    pairs = ", ".join(f'["{a[5:]}", "{b[10:]}"]' for a, b in world.declared)
    overlap = root / "registry/overlaps/held__per_label.yaml"
    overlap.parent.mkdir(exist_ok=True)
    overlap.write_text(OVERLAP.format(pairs=pairs), encoding="utf-8")
    for name in COUNTS:
        for verb in (api.fetch, api.convert, api.check):
            report = verb(api.open_lab(root), name)
            assert not report.failed, report
    return api.open_lab(root)


def write_recipe(root: Path, datasets: Sequence[str]) -> None:
    """Write the recipe of the set, with its datasets in this order."""
    file = root / f"registry/sets/{SET}/recipe.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(RECIPE.format(datasets=", ".join(datasets)), encoding="utf-8")
