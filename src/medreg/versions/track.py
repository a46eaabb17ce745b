"""Give a dataset or set its folder, its ``dvc.yaml`` and its place among the artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.errors import DeclarationError
from medreg.files.atomic import write_bytes
from medreg.reviews import ANNOTATIONS, DRAWN
from medreg.reviews import FILE as REVIEWS
from medreg.stages.adopted import place_of
from medreg.terms import verdict
from medreg.versions import dvc, git, outs
from medreg.versions.pipeline import (
    ANNOTATE,
    RESTRICTED,
    artifacts,
    dataset_pipeline,
    set_pipeline,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.curate.recipe import Recipe
    from medreg.model import Dataset
    from medreg.plugins import Declared, Plugins
    from medreg.registry import Folder, Registry


def track(registry: Registry, plugins: Plugins, name: str) -> Sequence[Path]:
    """Make dataset *name* part of the registry, and return the files that say so.

    A plugin from elsewhere is copied into the registry, which is self-contained from then on. All
    of it is put into git's index and nothing is committed; running it again renews dvc.yaml.
    Raises `NotFound`, and `DeclarationError` when the registry has another plugin of that file.
    """
    from medreg import plugins as finder
    from medreg.stages.declare import declare

    plugin = _adopt(registry, plugins.get(name))
    owned = finder.load(registry.plugins)
    dataset = owned.get(name).dataset
    folder = registry.dataset(name)
    where = f"../../../plugins/{plugin.name}"
    declare(registry, owned, name)  # first: what cannot be declared leaves nothing behind
    facts = ["../../tissues.csv"] if (registry.facts / "tissues.csv").is_file() else []
    annotated = _made_by_people(folder)
    pipeline = dataset_pipeline(
        dataset,
        where,
        restricted=dataset.restricted,
        bound=not _may_be_shared(registry, dataset),
        facts=facts,
        annotated=annotated,
        in_place=place_of(folder) is not None,
    )
    _write(folder, pipeline)
    root = write_artifacts(registry)
    dvc.record(registry, [outs.address(registry, name, "declare")])
    git.stage(registry.root, [f"plugins/{plugin.name}", "dvc.yaml"])
    return [plugin, folder.path / "dvc.yaml", folder.path / "declared.json", root]


def _made_by_people(folder: Folder) -> list[str]:
    """Return what people drew and decided, as far as it is here or was recorded."""
    file = folder.path / "dvc.yaml"
    known = outs.yaml(file.read_bytes(), str(file)).get("stages", {}) if file.is_file() else {}
    recorded = {path for path, _ in outs.entries(known.get(ANNOTATE, {}).get("outs", ()))}
    made = (DRAWN, ANNOTATIONS, REVIEWS)
    return [path for path in made if path in recorded or (folder.path / path).exists()]


def track_set(registry: Registry, plugins: Plugins, name: str, recipe: Recipe) -> Path:
    """Write the ``dvc.yaml`` of set *name* as its *recipe* asks; returns it.

    One dataset that may not be shared makes the whole set restricted. A claim that the recipe
    trusts changes nothing of that: who trusts it for everybody puts it into the plugin.
    """
    folder = registry.set(name)
    restricted = any(is_restricted(registry, plugins, dataset) for dataset in recipe.datasets)
    bound = any(is_bound(registry, plugins, dataset) for dataset in recipe.datasets)
    reviews = [
        f"../../datasets/{dataset}/{REVIEWS}"
        for dataset in sorted(recipe.datasets)
        if (registry.dataset(dataset).path / REVIEWS).is_file()
    ]
    clinical = [
        f"../../datasets/{dataset}/clinical.csv"
        for dataset in sorted(recipe.datasets)
        if plugins.get(dataset).dataset.clinical
    ]
    tables = [*clinical, *reviews]
    pipeline = set_pipeline(name, recipe, restricted=restricted, bound=bound, reviews=tables)
    _write(folder, pipeline)
    write_artifacts(registry)
    files = (".gitignore", "dvc.yaml", "recipe.yaml")
    git.stage(registry.root, ["dvc.yaml", *(f"registry/sets/{name}/{file}" for file in files)])
    return folder.path / "dvc.yaml"


def _write(folder: Folder, pipeline: str) -> None:
    """Write a pipeline, and before any data is there keep git away from what DVC will hold.

    DVC writes the same lines, but only when a stage has ended: a killed fetch would leave scans
    that the next ``git add`` takes.
    """
    stages = outs.yaml(pipeline.encode(), "dvc.yaml")["stages"].values()
    found = dict(entry for stage in stages for entry in outs.entries(stage["outs"]))
    file = folder.path / ".gitignore"
    known = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    lines = [line for line in known if line.removeprefix("/") not in found]
    lines += [f"/{path}" for path in sorted(found) if found[path].get("cache", True)]
    if place_of(folder):
        lines.append("/raw")  # what is fetched after all is no output here
    folder.write(".gitignore", "".join(f"{line}\n" for line in lines).encode())
    folder.write("dvc.yaml", pipeline.encode())


def is_restricted(registry: Registry, plugins: Plugins, dataset: str) -> bool:
    """Tell whether nothing of *dataset* may be shared: its plugin says so, or did when tracked."""
    tables = (path for path in _kept_apart(registry, dataset) if path.endswith(".csv"))
    return plugins.get(dataset).dataset.restricted or any(tables)


def is_bound(registry: Registry, plugins: Plugins, dataset: str) -> bool:
    """Tell whether scans of *dataset* may lie in a restricted tier alone.

    It is restricted, or its terms do not say that it may be shared, or so it was when tracked.
    """
    declared = plugins.get(dataset).dataset
    return not _may_be_shared(registry, declared) or any(_kept_apart(registry, dataset))


def _may_be_shared(registry: Registry, dataset: Dataset) -> bool:
    shared = verdict(dataset.licenses, "share-data", registry.licenses())
    return shared.allowed and not dataset.restricted


def _kept_apart(registry: Registry, dataset: str) -> Iterator[str]:
    """Yield the outputs of *dataset* that are bound to a restricted tier."""
    for stage in _stages(registry, f"registry/datasets/{dataset}").values():
        for path, options in outs.entries(stage.get("outs", ())):
            if options.get("remote", "").startswith(RESTRICTED):
                yield path


def leaks(registry: Registry, plugins: Plugins) -> list[str]:
    """Return every output that a plain ``dvc push`` would share though it must not be.

    Asked of every dvc.yaml: of datasets that are restricted or whose terms do not allow it, and of
    each set that takes a case of one.
    """
    found = []
    for name in registry.tracked():
        if not _may_be_shared(registry, plugins.get(name).dataset):
            found += _unbound(
                registry, f"registry/datasets/{name}", ("fetch", ANNOTATE, "convert", "check")
            )
    for name in registry.sets():
        where = f"registry/sets/{name}"
        if any(is_bound(registry, plugins, source) for source in _sources(registry, where)):
            found += _unbound(registry, where, outs.STAGES["sets"])
    return found


def _stages(registry: Registry, where: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    file = registry.root / where / "dvc.yaml"
    if not file.is_file():
        return {}
    stages: Mapping[str, Mapping[str, Sequence[str]]]
    stages = outs.yaml(file.read_bytes(), str(file)).get("stages", {})
    return stages


def _sources(registry: Registry, where: str) -> list[str]:
    deps = _stages(registry, where).get("decide", {}).get("deps", ())
    return sorted({dep.split("/")[3] for dep in deps if dep.startswith("../../datasets/")})


def _unbound(registry: Registry, where: str, stages: Sequence[str]) -> list[str]:
    return [
        f"{where}/{path}"
        for stage in stages
        for path, options in outs.entries(_stages(registry, where).get(stage, {}).get("outs", ()))
        if options.get("cache", True) and not options.get("remote", "").startswith(RESTRICTED)
    ]


def write_artifacts(registry: Registry) -> Path:
    """Name every tracked dataset and set in the root ``dvc.yaml``, so that DVC and GTO find it."""
    file = registry.root / "dvc.yaml"
    known = outs.yaml(file.read_bytes(), str(file)) if file.is_file() else {}
    folders = {name: f"registry/datasets/{name}" for name in registry.tracked()}
    folders |= {name: f"registry/sets/{name}" for name in registry.sets()}
    text = artifacts(known, folders).encode()
    if not (file.is_file() and file.read_bytes() == text):
        write_bytes(file, text)
    return file


def _adopt(registry: Registry, declared: Declared) -> Path:
    if declared.home == "registry":
        return declared.file
    package = declared.file.name == "__init__.py"
    target = registry.plugins / (f"{declared.dataset.name}.py" if package else declared.file.name)
    data = declared.file.read_bytes()
    if target.is_file() and target.read_bytes() != data:
        raise DeclarationError(
            f"{target} and {declared.file} are two plugins of one file name",
            hint=f"rename {target.name} in the registry, then track again",
        )
    write_bytes(target, data)
    return target
