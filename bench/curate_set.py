"""What one more case costs in a set of 1,000 scans: every stage, really run, on tiny volumes.

Seconds are of the processor, in one process; DVC is left out, which medreg calls once a stage.
"""

from __future__ import annotations

import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medreg import plugins, stages
from medreg.engine import Inline
from medreg.imaging import nifti
from medreg.registry import Registry
from medreg.report import Silent
from medreg.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FACTS = Path(__file__).resolve().parents[1] / "registry"
SHAPE = (64, 64, 32)
STAGES = ("fetch", "convert", "check", "decide", "write")
PLUGIN = """\
from medreg import CT, Claim, Dataset, Local, Pairs, hookimpl


@hookimpl
def medreg_datasets():
    yield Dataset(
        name="tiny",
        title="Tiny",
        homepage="",
        licenses=(Claim("CC0-1.0", source="made here", rank="publisher"),),
        cite=(),
        modality=CT,
        source=Local("../offered"),
        layout=Pairs(image="**/{case}_ct.nii.gz", label="**/{case}_seg.nii.gz"),
        labels={1: "liver"},
    )
"""
RECIPE = "title: Tiny\ndatasets: [tiny]\nlabels: [liver]\nseed: tiny\n"


def offer(folder: Path, number: int, shape: tuple[int, int, int] = SHAPE) -> None:
    """Put one more case among what is offered: smooth tissue in air, and a mask."""
    rng = np.random.default_rng(number)
    wide, high, slices = shape
    array = np.full(shape, -1000, np.int16)
    array[8:-8, 8:-8] = 40 + rng.integers(-60, 60, (wide - 16, high - 16, slices))
    mask = np.zeros(shape, np.uint8)
    mask[wide // 3 : wide * 2 // 3, high // 3 : high * 2 // 3, slices // 4 : slices * 2 // 3] = 1
    affine = np.diag([384 / wide, 384 / high, 192 / slices, 1.0])  # mm
    nifti.write(Volume(array, affine, "HU"), folder / f"s{number:05d}_ct.nii.gz")
    nifti.write(Volume(mask, affine, "label"), folder / f"s{number:05d}_seg.nii.gz")


def lab(root: Path) -> Registry:
    registry = Registry(root)
    for folder in (registry.plugins, registry.facts, root / "registry/sets/tiny_set"):
        folder.mkdir(parents=True)
    (root / "pyproject.toml").write_text("[tool.medreg]\n", encoding="utf-8")
    (registry.plugins / "tiny.py").write_text(PLUGIN, encoding="utf-8")
    (root / "registry/sets/tiny_set/recipe.yaml").write_text(RECIPE, encoding="utf-8")
    for table in ("vocabulary.csv", "terms.csv", "tissues.csv"):
        shutil.copyfile(FACTS / table, registry.facts / table)
    return registry


def run(registry: Registry) -> dict[str, float]:
    """Run every stage; return the seconds of each and the MB that writing took to disk."""
    known, engine, silent = plugins.load(registry.plugins), Inline(), Silent()
    stages.declare(registry, known, "tiny")
    steps: Mapping[str, Callable[[], object]] = {
        "fetch": lambda: stages.fetch(
            registry, known, "tiny", given=None, today="2026-11-21", progress=silent
        ),
        "convert": lambda: stages.convert(registry, known, "tiny", engine=engine, progress=silent),
        "check": lambda: stages.check(registry, known, "tiny", engine=engine, progress=silent),
        "decide": lambda: stages.decide(registry, known, "tiny_set"),
        "write": lambda: stages.write(
            registry, known, "tiny_set", obtain=lambda _: None, engine=engine, progress=silent
        ),
    }
    took = {}
    for name, step in steps.items():
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_oublock, time.process_time()
        step()
        took[name] = time.process_time() - start
        blocks = resource.getrusage(resource.RUSAGE_SELF).ru_oublock - before
        took[f"{name}_mb"] = blocks * 512 / 1e6
    return took


def one_more(cases: int = 1_000) -> dict[str, dict[str, float]]:
    """Return what each stage takes for *cases*, again with nothing new, and with one case more."""
    with tempfile.TemporaryDirectory() as folder:
        offered = Path(folder) / "offered"
        offered.mkdir()
        for number in range(cases):
            offer(offered, number)
        registry = lab(Path(folder) / "lab")
        full = run(registry)
        again = run(registry)
        offer(offered, cases)
        more = run(registry)
    return {"full": full, "again": again, "one more": more}


def text(found: Mapping[str, Mapping[str, float]]) -> str:
    lines = [f"{'s of processor':<16}" + "".join(f"{name:>10}" for name in (*STAGES, "all"))]
    for name, took in found.items():
        total = sum(took[stage] for stage in STAGES)
        numbers = [*(took[stage] for stage in STAGES), total]
        lines.append(f"{name:<16}" + "".join(f"{number:>10.2f}" for number in numbers))
    full, more = (sum(found[name][s] for s in STAGES) for name in ("full", "one more"))
    lines.append(f"one case more: {more / full:.1%} of the full run")
    return "\n".join(lines)


if __name__ == "__main__":
    print(text(one_more()))
