"""What a colleague should know of a dataset or set, in reading order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.api.look import state, verdict

if TYPE_CHECKING:
    from medreg.api.lab import Lab

Card = dict[str, Any]  # as JSON: text, numbers, None, lists and mappings of these
USES = ("research", "commercial", "share-data")
NEXT = {"declared": "fetch", "fetched": "convert", "converted": "check", "checked": "push"}


def card(lab: Lab, name: str) -> Card:
    """Return the card of dataset or set *name*; raises `NotFound` with the nearest name."""
    if lab.root and name in lab.registry.sets():
        return _of_set(lab, name)
    return _of_dataset(lab, name)


def _of_dataset(lab: Lab, name: str) -> Card:
    declared = lab.plugins.get(name)
    dataset = declared.dataset
    reached = state(lab, name)
    found = {use: verdict(lab, name, use) for use in USES}
    checked = reached == "checked"
    return {
        "name": name,
        "title": dataset.title,
        "about": declared.doc.strip(),
        "modality": {channel: str(modality) for channel, modality in dataset.modalities.items()},
        "cases": dataset.cases,
        "labels": [{"value": value, "label": label} for value, label in dataset.labels.items()],
        "licenses": [
            {"license": c.value, "rank": c.rank, "source": c.source, "date": c.date}
            for c in dataset.licenses
        ],
        "terms": {use: {"answer": v.answer, "reason": v.reason} for use, v in found.items()},
        "access": dataset.access,
        "files": list(dataset.source.wanted()),
        "patients": dataset.patients,
        "restricted": dataset.restricted,
        "notes": dataset.notes,
        "homepage": dataset.homepage,
        "cite": list(dataset.cite),
        "plugin": {"file": str(declared.file), "home": declared.home},
        "state": reached,
        "measured": lab.registry.dataset(name).json("card.json") if checked else None,
        "next": f"medreg {NEXT[reached]} {name}",
    }


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
        "next": f"medreg verify {name}" if versions else f"medreg curate {name} --dry-run",
    }
