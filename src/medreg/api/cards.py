"""What a colleague should know of a dataset, family or set, in reading order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg import catalog
from medreg.api.catalog import facts, overlaps_of, together
from medreg.api.look import state
from medreg.catalog import units

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medreg.api.lab import Lab
    from medreg.catalog import Names

Card = dict[str, Any]  # as JSON: text, numbers, None, lists and mappings of these
ASKED = {
    "registration": "register",
    "agreement": "sign the agreement",
    "application": "apply for access",
}
NEXT = {"declared": "fetch", "fetched": "convert", "converted": "check", "checked": "push"}


def card(lab: Lab, name: str, per_second: float = units.BANDWIDTH) -> Card:
    """Return the card of dataset, family or set *name*, or of what also goes by that name.

    Raises `NotFound` with the nearest name.
    """
    if lab.root and name in lab.registry.sets():
        return _of_set(lab, name)
    if name in lab.plugins.datasets:
        return _of_dataset(lab, name, per_second)
    every = catalog.entries(lab.plugins)
    names = catalog.Names.of(every.values())
    members = _resolved(lab, names, name)
    if len(members) == 1:
        return _of_dataset(lab, members[0], per_second)
    found = [(lab.plugins.get(member), every[member]) for member in members]
    shared = together(lab, every.values())
    return catalog.family_card(names.family(members), found, shared)


def _resolved(lab: Lab, names: Names, name: str) -> tuple[str, ...]:
    if name in lab.plugins.clashes or any(
        name in problem.where for problem in lab.plugins.problems
    ):
        lab.plugins.get(name)  # says what is wrong with it
    return names.resolve(name)


def _of_dataset(lab: Lab, name: str, per_second: float) -> Card:
    declared = lab.plugins.get(name)
    entry = catalog.entry_in(lab.plugins, name)
    reached = state(lab, name)
    found = catalog.card(declared, entry, facts(lab), overlaps_of(lab, [name]), per_second)
    return {
        **found,
        "state": reached,
        "versions": _versions(lab, name) if reached != "declared" else [],
        "downloaded": _log(lab, name) if reached != "declared" else [],
        "measured": lab.registry.dataset(name).json("card.json") if reached == "checked" else None,
        "first": _first(found) if reached == "declared" else [],
        "next": _next(found, name, reached),
    }


def _first(found: Card) -> list[str]:
    """Return what a person must do before anything can be fetched."""
    get, gate = found["get"], found["get"]["gate"]
    if get["steps"] or not gate:
        return list(get["steps"])
    return [f"{ASKED[gate['kind']]}: {gate['terms'] or found['homepage']}"]


def _next(found: Card, name: str, reached: str) -> str:
    if found["access"] == "portal":
        return f"medreg list --host {found['get']['hosts'][0]}"
    return f"medreg {NEXT[reached]} {name}"


def _versions(lab: Lab, name: str) -> list[str]:
    from medreg.versions import releases

    return [f"{name}@v{version}" for version in releases.released(lab.registry.root, name)]


def _log(lab: Lab, name: str) -> list[dict[str, str | int]]:
    """Return what was downloaded, when and from where (F050)."""
    from medreg.model import FileRecord

    rows = lab.registry.dataset(name).rows("files.csv", FileRecord)
    return [
        {"path": row.path, "size": row.size, "date": row.date, "source": row.source} for row in rows
    ]


def _of_set(lab: Lab, name: str) -> Card:
    from medreg.stages.decide import recipe_of
    from medreg.tables import SelectionRow
    from medreg.versions import releases

    recipe = recipe_of(lab.registry, lab.plugins, name)
    folder = lab.registry.set(name)
    decided = (folder.path / "selection.csv").is_file()
    rows = folder.rows("selection.csv", SelectionRow) if decided else []
    kept = [row for row in rows if row.decision == "kept"]
    versions = releases.released(lab.registry.root, name)
    return {
        "name": name,
        "title": recipe.title,
        "datasets": list(recipe.datasets),
        "labels": [{"value": v, "label": label} for v, label in enumerate(recipe.labels, start=1)],
        "held out": list(recipe.hold_out),
        "candidates": len(rows),
        "kept": len(kept),
        "train": sum(row.fold != "test" for row in kept),
        "test": sum(row.fold == "test" for row in kept),
        "releases": [f"{name}@v{version}" for version in versions],
        "folder": str(folder.path),
        "train with": _hand_off(folder.data, name, recipe.export) if kept else [],
        "next": f"medreg verify {name}" if versions else f"medreg curate {name} --dry-run",
    }


def _hand_off(data: Path, name: str, exported: Sequence[str]) -> list[str]:
    """Return the commands that hand a set to who trains (F112); training itself is theirs."""
    from medreg.export.nnunet import folder

    known = {
        "nnunet": f"nnUNet_raw={data} nnUNetv2_plan_and_preprocess -d {folder(name)[7:10]}",
        "monai": f"MONAI: load_decathlon_datalist({str(data / 'datalist.json')!r})",
    }
    return [known[exporter] for exporter in exported if exporter in known]
