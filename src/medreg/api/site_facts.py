"""What the catalog's site is made of: gathered from declarations and tables, no voxels."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from medreg.api import catalog
from medreg.api.citation import cite
from medreg.api.look import state
from medreg.catalog.site.facts import STAGES, DatasetFacts, Overview, SetLine, SetPage
from medreg.errors import MedregError
from medreg.files.hashing import sha256_bytes, sha256_file
from medreg.tables import CaseRow, SelectionRow
from medreg.terms import USES, verdict
from medreg.versions.track import is_bound, is_restricted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.api.lab import Lab
    from medreg.catalog.site.volumes import Where
    from medreg.curate.overlaps import Overlap
    from medreg.stages.planned import Planned
    from medreg.versions.models import Model
    from medreg.versions.standing import Standing

TABLES = ("card.json", "files.csv", "refused.csv")
WORST, OTHERS = 12, 6  # cases of a dataset that are drawn: with findings, and others


class Gathered:
    """What all pages share, read once when it is first asked for."""

    def __init__(self, lab: Lab, volumes: Where = "") -> None:
        self.lab = lab
        self.volumes = volumes
        self._private: dict[str, bool] = {}
        self._cases: tuple[str, Mapping[str, CaseRow]] = ("", {})  # of the last that was asked for
        self._set: tuple[str, tuple[SetPage, Planned | None]] | None = None

    @cached_property
    def overview(self) -> Overview:
        """Everything in a line."""
        lab = self.lab
        entries = {entry.name: entry for entry in catalog.entries(lab)}
        sets = {name: self._line(name) for name in lab.registry.sets()} if lab.root else {}
        return Overview(
            entries=entries,
            terms={
                name: {use: verdict(entry.licenses, use, lab.licenses) for use in USES}
                for name, entry in entries.items()
            },
            stages=dict.fromkeys(entries, STAGES[0])
            | {
                name: next(step for step in reversed(STAGES) if one.steps[step] != "no")
                for name, one in self.standings.items()
            },
            counted={name: one.cases for name, one in self.standings.items() if one.cases},
            vocabulary=lab.vocabulary,
            sets=sets,
            models=self._models(),
            releases=self.releases,
        )

    @cached_property
    def releases(self) -> Mapping[str, Sequence[str]]:
        """Return the releases of each dataset and set, the oldest first."""
        from medreg.versions import git, releases

        if not (self.lab.root and (self.lab.root / ".git").exists()):
            return {}
        names = sorted({tag.partition("@")[0] for tag in git.tags(self.lab.root, "*@v*")})
        return {
            name: [f"{name}@v{v}" for v in releases.released(self.lab.root, name)] for name in names
        }

    @cached_property
    def overlaps(self) -> Mapping[str, Sequence[Overlap]]:
        """Every declared overlap, by each of its datasets."""
        found: dict[str, list[Overlap]] = {}
        for one in catalog.overlaps_of(self.lab):
            for name in dict.fromkeys((one.a, one.b)):
                found.setdefault(name, []).append(one)
        return found

    def _line(self, name: str) -> SetLine:
        from medreg.stages.decide import recipe_of

        lab, folder = self.lab, self.lab.registry.set(name)
        try:
            recipe = recipe_of(lab.registry, lab.plugins, name)
            decided = (folder.path / "selection.csv").is_file()
            rows = folder.rows("selection.csv", SelectionRow) if decided else []
        except MedregError as error:
            return SetLine(name=name, title=name, problem=error.message)
        kept = [row for row in rows if row.decision == "kept"]
        return SetLine(
            name=name,
            title=recipe.title,
            datasets=recipe.datasets,
            labels=recipe.labels,
            kept=dict(sorted(Counter(row.dataset for row in kept).items())),
            test=sum(row.fold == "test" for row in kept),
            releases=self.releases.get(name, ()),
        )

    @cached_property
    def standings(self) -> Mapping[str, Standing]:
        """How far each tracked dataset has come."""
        from medreg.versions.standing import standings

        found = standings(self.lab.registry) if self.lab.root else ()
        return {one.name: one for one in found if one.kind == "dataset"}

    def _models(self) -> Mapping[str, Model]:
        from medreg.versions import models

        registry = self.lab.registry if self.lab.root else None
        names = models.names(registry) if registry else []
        return {name: models.get(registry, name) for name in names if registry}

    def dataset(self, name: str) -> DatasetFacts:
        """Return what the page of dataset *name* tells."""
        from medreg.catalog import card
        from medreg.model import FileRecord
        from medreg.tables import RefusedRow

        lab, entry = self.lab, self.overview.entries[name]
        cited = cite(lab, [name])
        overlaps = self.overlaps.get(name, ())
        facts = DatasetFacts(
            card=card(lab.plugins.get(name), entry, catalog.facts(lab), overlaps),
            entry=entry,
            overlaps=overlaps,
            bibtex=cited.printed("bibtex"),
            sentences=cited.sentences,
        )
        if state(lab, name) == "declared":
            return facts
        folder, private = lab.registry.dataset(name), self.private(name)
        there = {file for file in TABLES if (folder.path / file).is_file()}
        return replace(
            facts,
            measured=folder.json("card.json") if "card.json" in there else None,
            files=folder.rows("files.csv", FileRecord) if "files.csv" in there else (),
            refused=folder.rows("refused.csv", RefusedRow)
            if "refused.csv" in there and not private
            else (),
            cases=self.cases(name),
            pictures={case: f"../{picture(name, case)}" for case in self.drawn(name)},
            views=self._views(name),
            private=private,
            bound=is_bound(lab.registry, lab.plugins, name),
        )

    def private(self, name: str) -> bool:
        """Tell whether nothing that tells of one case of dataset *name* is shown."""
        if name not in self._private:
            self._private[name] = is_restricted(self.lab.registry, self.lab.plugins, name)
        return self._private[name]

    def cases(self, name: str) -> Mapping[str, CaseRow]:
        """Return the checked cases of dataset *name* that may be told of, withdrawn ones apart."""
        if self._cases[0] != name:
            folder = self.lab.registry.dataset(name)
            told = (folder.path / "cases.csv").is_file() and not self.private(name)
            rows = folder.rows("cases.csv", CaseRow) if told else ()
            kept = {row.case: row for row in rows if f"{name}/{row.case}" not in self.withdrawn}
            self._cases = name, kept
        return self._cases[1]

    @cached_property
    def withdrawn(self) -> Mapping[str, str]:
        """Why each withdrawn case may not be used any more."""
        return self.lab.registry.withdrawn()

    def drawn(self, name: str) -> list[str]:
        """Return the cases of dataset *name* to draw: the worst, and a few others, if here."""
        from medreg.api.sampled import first
        from medreg.catalog.worst import worst_first

        rows = self.cases(name)
        worst = [case for case in worst_first(rows) if rows[case].findings][:WORST]
        clean = (case for case, row in rows.items() if not row.findings)
        return [case for case in (*worst, *first(clean, OTHERS, name)) if self.here(name, case)]

    def _views(self, name: str) -> dict[str, str]:
        """Return what opens each case of a dataset or set whose volume can be shown."""
        from medreg.catalog.site.volumes import here, names, passed_on

        registry, plugins = self.lab.registry, self.lab.plugins
        if not self.volumes or name not in names(registry, plugins):
            return {}
        if self.volumes == "copied" and not passed_on(registry, plugins, name):
            return {}
        cases = here(registry, plugins, name)
        return {case: f"../view.html#{quote(name)}/{quote(case)}" for case in cases}

    def stamp(self, name: str, ref: str) -> str:
        """Return a digest of what the picture of case *ref* of a dataset or set is drawn of."""
        from importlib.metadata import version

        dataset, _, case = ref.partition("/")
        row = self.cases(dataset)[case]
        colors = [f"{label.name} {label.color}" for label in self.lab.vocabulary]
        said = [version("medreg"), name, ref, row.files, row.digests, *colors]
        if name in self.overview.sets:
            folder = self.lab.registry.set(name).path
            said += [
                sha256_file(folder / file)
                for file in ("recipe.yaml", "selection.csv", "manifest.csv")
                if (folder / file).is_file()
            ]
        return sha256_bytes("\n".join(said).encode())

    def here(self, name: str, case: str) -> bool:
        """Tell whether a case of dataset *name* can be drawn on this machine."""
        folder = self.lab.registry.dataset(name)
        if self.lab.plugins.get(name).dataset.packed:
            return folder.raw.is_dir()
        return (folder.converted / case / "case.json").is_file()

    def set(self, name: str) -> tuple[SetPage, Planned | None]:
        """Return what the page of set *name* tells, and the set's plan where it was decided."""
        if self._set is None or self._set[0] != name:
            self._set = name, self._gathered(name)
        return self._set[1]

    def _gathered(self, name: str) -> tuple[SetPage, Planned | None]:
        from medreg.api.set_report import gathered, pictured

        lab, line = self.lab, self.overview.sets[name]
        recipe = (lab.registry.set(name).path / "recipe.yaml").read_text(encoding="utf-8-sig")
        if not line.kept:
            return SetPage(line=line, recipe=recipe), None
        facts, whole = gathered(lab, name)
        drawn = [
            ref
            for ref in pictured(facts)
            if ref not in self.withdrawn and self.here(*ref.split("/", 1))
        ]
        pictures = {ref: f"../{picture(name, ref.replace('/', '__', 1))}" for ref in drawn}
        return SetPage(
            line=line,
            recipe=recipe,
            facts=replace(facts, pictures=pictures),
            bibtex=cite(lab, [name]).printed("bibtex"),
            views=self._views(name),
        ), whole


def picture(name: str, case: str) -> str:
    """Return the address of a case's picture; it can be typed and linked."""
    return f"picture/{quote(name)}/{quote(case, safe='')}.jpg"
