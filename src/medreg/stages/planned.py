"""What a process needs to know of a set to write one of its cases, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from medreg import plugins as finder
from medreg.registry import Registry
from medreg.stages.decide import recipe_of
from medreg.tables import SelectionRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.curate.mapping import LabelMap, SetLabels
    from medreg.curate.overlaps import Overlap
    from medreg.curate.recipe import Recipe
    from medreg.curate.verdicts import Verdicts
    from medreg.model import Dataset, Exporter, SetCase, SetContent
    from medreg.plugins import Plugins
    from medreg.registry import Folder
    from medreg.terms import Use, Verdict
    from medreg.vocabulary import Vocabulary

TEST = "test"  # the fold of held-out cases


@dataclass(frozen=True)
class Planned:
    """One set as its recipe and ``selection.csv`` say it."""

    registry: Registry
    plugins: Plugins
    name: str

    @cached_property
    def folder(self) -> Folder:
        """Where its tables and data lie."""
        return self.registry.set(self.name)

    @cached_property
    def recipe(self) -> Recipe:
        """What the set is made of."""
        return recipe_of(self.registry, self.plugins, self.name)

    @cached_property
    def content(self) -> SetContent:
        """The set as exporters see it."""
        from medreg.stages.around import content_of

        return content_of(self)

    @cached_property
    def exporters(self) -> list[Exporter]:
        """The exporters of the recipe, with their options."""
        from medreg.export import BUILT_IN
        from medreg.export.options import configured

        own = {exporter.name: exporter for exporter in self.plugins.exporters}
        wanted = self.recipe.exporters.items()
        return [configured({**own, **BUILT_IN}[name], options) for name, options in wanted]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The registry's labels, and what the recipe makes of them."""
        from medreg.curate.mapping import extended

        parenchyma = [label for label in self.recipe.labels if self.recipe.base(label) != label]
        return extended(self.registry.vocabulary(), parenchyma)

    @cached_property
    def selection(self) -> list[SelectionRow]:
        """Every candidate, in natural order."""
        return self.folder.rows("selection.csv", SelectionRow)

    @cached_property
    def kept(self) -> Mapping[str, SelectionRow]:
        """The cases of the set by ``dataset/case``, held-out ones included."""
        return {
            f"{row.dataset}/{row.case}": row for row in self.selection if row.decision == "kept"
        }

    @cached_property
    def datasets(self) -> Mapping[str, Dataset]:
        """The recipe's datasets by name."""
        return {name: self.plugins.get(name).dataset for name in self.recipe.datasets}

    @cached_property
    def used(self) -> list[str]:
        """The datasets that have a case in the set, sorted."""
        return sorted({row.dataset for row in self.kept.values()})

    @cached_property
    def overlaps(self) -> list[Overlap]:
        """What is declared of cases that show the same scan or patient."""
        from medreg.curate.overlaps import parse_all

        return parse_all(self.registry.overlaps())

    @cached_property
    def labels(self) -> SetLabels:
        """What the set's mask values mean."""
        from medreg.curate.mapping import set_labels

        raw = {name: dataset.raw_labels for name, dataset in self.datasets.items()}
        by_case = self.recipe.missing == "valid_labels"
        return set_labels(self.recipe.labels, self.selection, raw, by_case=by_case)

    @cached_property
    def verdicts(self) -> Verdicts:
        """What may be done with each dataset, by use."""
        from medreg.curate.verdicts import verdicts

        return verdicts(self.recipe, self.datasets, self.registry.licenses())

    @cached_property
    def terms(self) -> Mapping[Use, Verdict]:
        """What may be done with the set as a whole, by use."""
        from medreg.curate.verdicts import whole

        return whole(self.verdicts, self.used)

    def mapping(self, row: SelectionRow) -> LabelMap:
        """Return what becomes of each raw value of a case's mask."""
        from medreg.curate.mapping import label_map

        raw = self.datasets[row.dataset].raw_labels
        return label_map(self.labels, row.annotated.split(), raw, self.vocabulary)

    def case(self, row: SelectionRow) -> SetCase:
        """Return where the files of a case lie in the set."""
        from medreg.export.nnunet import image_path, mask_path
        from medreg.model import SetCase

        test = row.fold == TEST
        data = self.folder.data
        return SetCase(
            id=row.id,
            dataset=row.dataset,
            case=row.case,
            images={
                channel: data / image_path(self.name, row.id, index, test=test)
                for index, channel in enumerate(self.recipe.channels)
            },
            mask=data / mask_path(self.name, row.id, test=test),
            fold=None if test else int(row.fold),
            group=row.group,
            valid=self.valid(row),
        )

    def valid(self, row: SelectionRow) -> tuple[str, ...] | None:
        """Return the labels that a case teaches, where it names them; None: all of the set."""
        from medreg.curate.mapping import supervised

        names = self.labels.names
        known = row.annotated.split()
        if not self.labels.by_case or len(known) == len(names):
            return None
        return tuple(sorted(supervised(names, known, self.vocabulary)))


def of_task(root: str, name: str) -> Planned:
    """Return the set *name* of the registry at *root*, as this process knows it."""
    folder = Registry(Path(root)).set(name)
    files = (folder.path / "recipe.yaml", folder.path / "selection.csv")
    return _planned(root, name, tuple(file.stat().st_mtime_ns for file in files))


@lru_cache(maxsize=8)
def _planned(root: str, name: str, _changed: tuple[int, ...]) -> Planned:
    registry = Registry(Path(root))
    return Planned(registry, finder.load(registry.plugins), name)


def forget() -> None:
    """Read everything anew from now on."""
    _planned.cache_clear()
