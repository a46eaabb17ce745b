"""The stage ``decide``: choose a set's cases from tables alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.errors import DeclarationError, Misuse, NotFound
from medreg.files.lock import lock
from medreg.registry import asserted, json_bytes
from medreg.report import StageReport
from medreg.stages.run import replaced
from medreg.tables import CaseRow, FingerprintRow, RefusedRow, SelectionRow, to_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medreg.curate.clinical import Told
    from medreg.curate.decide import Decision
    from medreg.curate.recipe import Recipe
    from medreg.plugins import Plugins
    from medreg.registry import Registry


def decide(
    registry: Registry, plugins: Plugins, name: str, decision: Decision | None = None
) -> StageReport:
    """Write ``selection.csv`` and ``splits.json`` of a set; reads tables, no voxels.

    *decision* is what `plan` just said, where it was asked before. Raises as `plan` does.
    """
    with lock(registry.lock(name), f"decide {name}"):
        decision = decision or plan(registry, plugins, name)
        files = {
            "selection.csv": to_csv(decision.selection, SelectionRow),
            "splits.json": json_bytes(decision.splits),
        }
        return StageReport("decide", name, replaced(registry.set(name), files))


def plan(registry: Registry, plugins: Plugins, name: str) -> Decision:
    """Decide about every checked case of the recipe's datasets, and write nothing.

    Raises `NotFound` for an unknown set or dataset and for one that was not checked, and
    `DeclarationError` for a recipe that cannot be met.
    """
    from medreg.curate.decide import decide as decided
    from medreg.curate.facts import Facts
    from medreg.curate.overlaps import parse_all

    recipe = recipe_of(registry, plugins, name)
    facts = Facts(
        datasets={dataset: plugins.get(dataset).dataset for dataset in recipe.datasets},
        tables={
            dataset: registry.dataset(dataset).rows("cases.csv", CaseRow)
            for dataset in recipe.datasets
        },
        fingerprints={
            dataset: registry.dataset(dataset).rows("fingerprints.csv", FingerprintRow)
            for dataset in recipe.datasets
        },
        vocabulary=registry.vocabulary(),
        terms=registry.licenses(),
        overlaps=parse_all(registry.overlaps()),
        withdrawn=registry.withdrawn(),
        reviews={dataset: registry.reviews(dataset) for dataset in recipe.datasets},
        clinical=_told(registry, plugins, recipe),
    )
    return decided(name, recipe, facts)


def _told(registry: Registry, plugins: Plugins, recipe: Recipe) -> Told:
    """Return the clinical values of the recipe's cases, where its datasets declare tables."""
    from medreg.curate.clinical import Told, kinds, values

    datasets = [plugins.get(name).dataset for name in recipe.datasets]
    tables = {one.name: registry.dataset(one.name) for one in datasets if one.clinical}
    told = (values(name, folder.read("clinical.csv")) for name, folder in tables.items())
    return Told(kinds(datasets), {ref: cells for one in told for ref, cells in one.items()})


def recipe_of(registry: Registry, plugins: Plugins, name: str) -> Recipe:
    """Read the recipe of a set; raises `NotFound` and `DeclarationError`, naming file and line."""
    from medreg.curate.clinical import Told, kinds
    from medreg.curate.recipe import parse
    from medreg.export import BUILT_IN
    from medreg.export.options import configured

    if name in plugins.datasets:
        raise Misuse(f"{name} is a dataset, and no set may have its name", hint="rename the set")
    file = registry.set(name).path / "recipe.yaml"
    if not file.is_file():
        hint = (
            f"write {file} first; README.md shows how"
            if name.isidentifier()
            else "name it in snake_case"
        )
        raise NotFound.named("set", name, registry.sets(), hint=hint)
    recipe = parse(
        asserted(file),
        str(file),
        name=name,
        datasets=[*plugins.datasets, *plugins.clashes],
        vocabulary=registry.vocabulary().names,
        exporters=[*BUILT_IN, *(own.name for own in plugins.exporters)],
        clinical=Told(kinds((one.dataset for one in plugins.datasets.values()), strict=False)),
    )
    own = {exporter.name: exporter for exporter in plugins.exporters}
    for exporter, options in recipe.exporters.items():
        configured({**own, **BUILT_IN}[exporter], options)
    for each in recipe.datasets:
        if each in plugins.datasets and plugins.datasets[each].dataset.packed:
            raise DeclarationError(
                f"{file}: {each} holds pictures, clips, slides or arrays, and sets hold volumes",
                hint=f"take {each} out of datasets; medreg check {each} lists its pictures",
            )
    return recipe


def explain(registry: Registry, plugins: Plugins, set_name: str, case: str) -> Sequence[str]:
    """Explain the decision about *case* (``dataset/case``) in a set, line by line.

    It is decided now, as the dry run does, and told where the set was written otherwise. Where the
    tables that decide are not here, the decision as it was written is explained.
    Raises `NotFound` for an unknown set, and for a case that was neither a candidate nor refused.
    """
    from medreg.curate.explain import changed, why

    recipe = recipe_of(registry, plugins, set_name)
    folder = registry.set(set_name)
    written = folder.path.joinpath("selection.csv").is_file()
    before = folder.rows("selection.csv", SelectionRow) if written else []
    try:
        selection: Sequence[SelectionRow] = plan(registry, plugins, set_name).selection
    except NotFound:
        if not before:
            raise
        selection = before
    try:
        told = why(selection, case)
    except NotFound:
        dataset, _, item = case.partition("/")
        if dataset not in {row.dataset for row in selection}:
            raise
        refused = registry.dataset(dataset).rows("refused.csv", RefusedRow)
        reasons = [row.reason for row in refused if row.case == item]
        if not reasons:
            raise
        return [f"refused   {reasons[0]}", "  step    convert"]
    if recipe.transform and told[0].startswith("kept"):
        told.append(f"  voxels  {recipe.transform.text()}")
    if was := changed(before, selection, case):
        told.append(f"written   {was}; medreg curate {set_name} writes it as above")
    return told
