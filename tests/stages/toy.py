"""A registry of one toy dataset: NIfTI pairs of an ellipse of tissue in air, with a liver in it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import nibabel
import numpy as np

from medreg import plugins as finder
from medreg import stages
from medreg.engine import Engine, Inline
from medreg.registry import Folder, Registry
from medreg.report import Silent, StageReport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from medreg.plugins import Plugins

SHAPE = (24, 20, 12)
AFFINE = np.diag([-2.0, 2.0, 3.0, 1.0])  # stored left to right, as scanners do
AFFINE[:3, 3] = (24, -20, 5)

VOCABULARY = """\
name,code,meaning,side,part_of,kind,color,source
liver,10200004,Liver,,,anatomy,#aa0000,test
liver_tumor,,,,liver,abnormality,#00aa00,test
spleen,78961009,Spleen,,,anatomy,#0000aa,test
"""

TERMS = """\
id,title,attribution,commercial,share_alike,derivatives,redistribution,registration,agreement,\
expiry,adaptations_under,source
CC-BY-4.0,Attribution 4.0,yes,yes,no,yes,yes,no,no,no,,test
"""

PLUGIN = '''\
"""{name}: an ellipse in air."""

from medreg import CT, IGNORED, Claim, Dataset, hookimpl
from medreg.layouts import Pairs
from medreg.sources import Local

VALUE = Dataset(
    name="{name}",
    title="Toy {name}",
    homepage="https://example.org/{name}",
    licenses=(Claim("CC-BY-4.0", source="https://example.org", rank="publisher"),),
    cite=("doi:10.1000/{name}",),
    modality=CT,
    source=Local({source!r}),
    layout=Pairs(image="**/volume-{{case}}.nii.gz", label="**/segmentation-{{case}}.nii.gz"),
    labels={labels!r},
    patients="each case",
    restricted={restricted},
)


@hookimpl
def medreg_datasets():
    yield VALUE
'''


def plugin(name: str, source: str, labels: Mapping[int, str], *, restricted: bool = False) -> str:
    return PLUGIN.format(name=name, source=source, labels=dict(labels), restricted=restricted)


@dataclass(frozen=True)
class Lab:
    """A registry on disk, and the publisher's folder beside it."""

    registry: Registry
    upstream: Path

    @property
    def plugins(self) -> Plugins:
        return finder.load(self.registry.plugins)

    def dataset(self, name: str = "toy") -> Folder:
        return self.registry.dataset(name)

    def declare(self, labels: Mapping[int, str], name: str = "toy") -> None:
        self.registry.plugins.mkdir(exist_ok=True)
        text = plugin(name, str(self.upstream / name), labels)
        (self.registry.plugins / f"{name}.py").write_text(text)

    def publish(  # noqa: PLR0913 - what a test may want different
        self,
        case: str,
        name: str = "toy",
        *,
        image: np.ndarray | None = None,
        mask: np.ndarray | None = None,
        mask_affine: np.ndarray = AFFINE,
        folder: str = "",
    ) -> tuple[Path, Path]:
        into = self.upstream / name / folder
        into.mkdir(parents=True, exist_ok=True)
        files = (into / f"volume-{case}.nii.gz", into / f"segmentation-{case}.nii.gz")
        made = (body(case) if image is None else image, liver(case) if mask is None else mask)
        for file, array, affine in zip(files, made, (AFFINE, mask_affine), strict=True):
            nibabel.save(nibabel.Nifti1Image(array, affine), file)
        return files

    def run(self, stage: str, name: str = "toy", engine: Engine | None = None) -> StageReport:
        asked: Callable[..., StageReport] = getattr(stages, stage)
        if stage in ("declare", "decide"):
            return asked(self.registry, self.plugins, name)
        if stage == "fetch":
            return stages.fetch(
                self.registry,
                self.plugins,
                name,
                given=None,
                today="2026-01-02",
                progress=Silent(),
            )
        more = {"obtain": unobtainable} if stage == "write" else {}
        return asked(
            self.registry,
            self.plugins,
            name,
            engine=engine or Inline(),
            progress=Silent(),
            **more,
        )

    def replace(self, *files: str, name: str = "toy") -> None:
        """Fetch what is published now in place of raw *files* on record, as a person asks to."""
        folder = self.dataset(name)
        rows = (folder.path / "files.csv").read_text().splitlines(keepends=True)
        kept = [row for row in rows if row.split(",")[0] not in files]
        (folder.path / "files.csv").write_text("".join(kept))
        for file in files:
            (folder.raw / file).unlink()
        self.run("fetch", name)

    def prepare(self, name: str = "toy", engine: Engine | None = None) -> list[StageReport]:
        every = ("declare", "fetch", "convert", "check")
        return [self.run(stage, name, engine) for stage in every]

    def recipe(self, name: str = "both", **keys: object) -> Path:
        """Write a recipe of both datasets; *keys* replace what it says."""
        said = {
            "title": "Both toys",
            "datasets": ["toy", "other"],
            "labels": ["liver", "liver_tumor"],
            "folds": 2,
            **keys,
        }
        file = self.registry.set(name).path / "recipe.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in said.items()))
        return file

    def bytes(self, folder: Path | None = None) -> dict[str, str]:
        """Digest of every file of the registry, scratch left out."""
        folder = folder or self.registry.facts
        return {
            file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        }


def unobtainable(cases: Sequence[tuple[str, str]]) -> None:
    """Bring nothing: the tests' converted cases are in the workspace, or lost."""


def body(seed: str) -> np.ndarray:
    x, y, _ = np.indices(SHAPE)
    inside = ((x - 11.5) / 10) ** 2 + ((y - 9.5) / 8) ** 2 < 1
    noise = np.random.default_rng(list(seed.encode())).integers(-20, 20, SHAPE)
    return np.where(inside, 40 + noise, -1000 + noise // 4).astype(np.int16)


def liver(seed: str) -> np.ndarray:
    mask = np.zeros(SHAPE, np.uint8)
    mask[6:12, 6:12, 3:9] = 1
    mask[8:10, 8:10, 4 + len(seed) % 2 : 7] = 2
    return mask


def make(folder: Path) -> Lab:
    """Make a registry of the dataset ``toy``, of three cases."""
    root = folder / "lab"
    facts = root / "registry"
    (facts / "overlaps").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[tool.medreg]\n")
    (facts / "vocabulary.csv").write_text(VOCABULARY)
    (facts / "terms.csv").write_text(TERMS)
    made = Lab(Registry(root), folder / "upstream")
    made.declare({1: "liver", 2: "liver_tumor"})
    for case in ("1", "2", "10"):
        made.publish(case)
    return made


def make_both(folder: Path) -> Lab:
    """Make a registry of two checked datasets, ``toy`` and ``other``, and the recipe ``both``."""
    made = make(folder)
    made.declare({4: "liver_tumor", 7: "liver"}, "other")
    for case in ("a", "bb", "ccc"):
        mask = np.choose(liver(case), [0, 7, 4]).astype(np.uint8)
        made.publish(case, "other", mask=mask)
    for name in ("toy", "other"):
        made.prepare(name)
    made.recipe()
    return made
