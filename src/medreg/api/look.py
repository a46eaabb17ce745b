"""Verbs that only look."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from medreg.api.lab import Lab, open_lab_or_bundled
from medreg.errors import Misuse, NotFound

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.plugins import Problem
    from medreg.terms import Use, Verdict

Card = dict[str, "str | int | list[str] | None"]


def verdict(lab: Lab, name: str, use: str) -> Verdict:
    """Tell whether *use* of the dataset is allowed, and by which claim."""
    from medreg import terms

    return terms.verdict(lab.plugins.get(name).dataset.licenses, _use(use), lab.licenses)


def verdicts(lab: Lab, names: Sequence[str], use: str) -> Mapping[str, Verdict]:
    """Tell what *use* is allowed of each dataset, and under ``together`` of their combination."""
    from medreg import terms

    found = {name: verdict(lab, name, use) for name in names}
    return {**found, "together": terms.combined(list(found.values()))} if len(found) > 1 else found


def _use(use: str) -> Use:
    from medreg import terms

    for known in get_args(terms.Use):
        if use == known:
            return known  # type: ignore[no-any-return]  # an element of the Literal
    raise Misuse(f"there is no use {use!r}", hint=f"known: {', '.join(get_args(terms.Use))}")


def state(lab: Lab, name: str) -> str:
    """Return how far a dataset has come: declared, fetched, converted or checked."""
    if lab.root is None:
        return "declared"
    folder = lab.registry.dataset(name).path
    reached = {"cases.csv": "checked", "refused.csv": "converted", "files.csv": "fetched"}
    return next((word for file, word in reached.items() if (folder / file).is_file()), "declared")


def card(lab: Lab, name: str) -> Card:
    """Return what a colleague should know of a dataset or set, in reading order."""
    if lab.root and name in lab.registry.sets():
        return _set_card(lab, name)
    declared = lab.plugins.get(name)
    dataset = declared.dataset
    measured = _measured(lab, name)
    return {
        "name": name,
        "title": dataset.title,
        "about": declared.doc.strip().splitlines(),
        "modality": ", ".join(f"{ch} ({m})" for ch, m in dataset.modalities.items()),
        "cases": dataset.cases,
        "labels": [f"{value} {label}" for value, label in dataset.labels.items()],
        "licenses": [
            f"{c.value}  {c.rank}: {c.source}" + (f" ({c.date})" if c.date else "")
            for c in dataset.licenses
        ],
        "terms": [
            f"{use}: {found.answer}  {found.reason}"
            for use in ("research", "commercial", "share-data")
            for found in [verdict(lab, name, use)]
        ],
        "access": dataset.source.access,
        "source": list(dataset.source.wanted()),
        "patients": dataset.patients,
        "restricted": "yes: only in a restricted tier" if dataset.restricted else "no",
        "notes": dataset.notes or None,
        "homepage": dataset.homepage,
        "cite": list(dataset.cite),
        "plugin": f"{declared.file} ({declared.home})",
        "state": state(lab, name),
        "measured": measured,
        "next": f"medreg {_next_verb(lab, name)} {name}",
    }


def _measured(lab: Lab, name: str) -> list[str]:
    if state(lab, name) != "checked":
        return []
    found = lab.registry.dataset(name).json("card.json")
    return [f"{key}: {value}" for key, value in found.items()]


def _next_verb(lab: Lab, name: str) -> str:
    return {"declared": "fetch", "fetched": "convert", "converted": "check"}.get(
        state(lab, name), "show"
    )


def _set_card(lab: Lab, name: str) -> Card:
    from medreg.stages.decide import recipe_of
    from medreg.tables import SelectionRow
    from medreg.versions import releases

    recipe = recipe_of(lab.registry, lab.plugins, name)
    folder = lab.registry.set(name)
    rows = (
        folder.rows("selection.csv", SelectionRow) if (folder.path / "splits.json").exists() else []
    )
    kept = [row for row in rows if row.decision == "kept"]
    return {
        "name": name,
        "title": recipe.title,
        "datasets": list(recipe.datasets),
        "labels": list(recipe.labels),
        "held out": list(recipe.hold_out),
        "cases": len(kept) or None,
        "test": sum(row.fold == "test" for row in kept),
        "releases": [f"{name}@v{v}" for v in releases.released(lab.registry.root, name)],
        "folder": str(folder.path),
    }


def why(lab: Lab, set_name: str, case: str) -> Sequence[str]:
    """Explain the decision about *case* (``dataset/case``) in a set, line by line."""
    from medreg.stages.decide import explain

    return explain(lab.registry, lab.plugins, set_name, case)


def findings(lab: Lab, name: str) -> Sequence[tuple[str, str]]:
    """Return (case, finding) for all that `check` found in a dataset."""
    from medreg.tables import CaseRow

    rows = lab.registry.dataset(name).rows("cases.csv", CaseRow)
    return [(row.case, finding) for row in rows for finding in row.findings.split(" | ") if finding]


def status(lab: Lab) -> list[dict[str, str | int | float | None]]:
    """Return a row per tracked dataset and per set: how far it has come."""
    from medreg.versions import releases

    rows: list[dict[str, str | int | float | None]] = [
        {"name": name, "kind": "dataset", "state": state(lab, name)}
        for name in lab.registry.tracked()
    ]
    for name in lab.registry.sets():
        versions = releases.released(lab.registry.root, name)
        curated = (lab.registry.set(name).path / "manifest.csv").is_file()
        reached = f"released v{versions[-1]}" if versions else "curated" if curated else "declared"
        rows.append({"name": name, "kind": "set", "state": reached})
    return rows


@dataclass(frozen=True)
class Health:
    """What `doctor` found: facts in reading order, and problems to mend."""

    facts: Card
    problems: Sequence[Problem]


def doctor(lab: Lab) -> Health:
    """Look at plugins, tiers, programs and the machine."""
    import shutil
    from importlib.metadata import version

    from medreg.plugins import Problem
    from medreg.versions import tiers, track

    plugins = lab.plugins
    problems = list(plugins.problems)
    problems += [
        Problem(f"{one} and {other}", f"both declare {name}; neither is used")
        for name, (one, other) in plugins.clashes.items()
    ]
    problems += [
        Problem(program, "is not installed: apt install git")
        for program in ("git",)
        if shutil.which(program) is None
    ]
    facts: Card = {
        "medreg": version("medreg"),
        "python": sys.version.split()[0],
        "dvc": version("dvc"),
        "registry": str(lab.root) if lab.root else "none here; showing what is bundled",
        "plugins": f"{len(plugins.datasets)} datasets",
        "shadowed": [
            f"{s.own} stands before {s.bundled}" + (", and differs" if s.differs else "")
            for s in plugins.shadowed
        ],
    }
    if lab.root:
        facts["tiers"] = [
            f"{tier.name}  {tier.url}{'  (default)' if tier.default else ''}"
            for tier in tiers.tiers(lab.registry)
        ]
        problems += [Problem(".dvc/config", hazard) for hazard in tiers.hazards(lab.registry)]
        problems += [
            Problem(path, "would be shared by a plain dvc push: medreg track renews its dvc.yaml")
            for path in track.leaks(lab.registry, plugins)
        ]
        free = shutil.disk_usage(lab.root).free
        facts["disk free"] = f"{free / 1e9:.1f} GB"
    return Health(facts, problems)


def preview(lab: Lab, case: str, target: Path) -> None:
    """Draw three planes of the converted *case* (``dataset/case``) with its mask as a PNG."""
    from medreg.imaging import montage
    from medreg.stages.sidecar import load_case

    name, _, item = case.partition("/")
    labels = lab.plugins.get(name).dataset.labels
    folder = lab.registry.dataset(name).converted / item
    if not folder.is_dir():
        raise NotFound(f"there is no converted case {case}", hint=f"medreg convert {name}")
    image, mask = load_case(folder)
    names = {value: label for value, label in labels.items() if isinstance(value, int)}
    montage.montage(image, mask, target, title=case, names=names)


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Let plugins add their commands."""
    caller = open_lab_or_bundled().plugins.manager.hook.medreg_commands
    for implementation in caller.get_hookimpls():
        implementation.function(commands=commands)
