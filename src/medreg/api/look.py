"""Verbs that only look."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from medreg.api.lab import Lab, open_lab_or_bundled
from medreg.errors import MedregError, Misuse, NotFound

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.model import Claim
    from medreg.plugins import Problem
    from medreg.terms import Use, Verdict
    from medreg.versions.standing import Standing


def verdict(lab: Lab, name: str, use: str) -> Verdict:
    """Tell whether *use* of the dataset is allowed, and by which claim."""
    from medreg import terms

    return terms.verdict(_claims(lab, name), _use(use), lab.licenses)


def verdicts(lab: Lab, names: Sequence[str], use: str) -> Mapping[str, Verdict]:
    """Tell what *use* is allowed of each dataset, and under ``together`` of their combination."""
    from medreg import terms

    found = {name: verdict(lab, name, use) for name in names}
    if len(found) == 1:
        return found
    return {**found, "together": terms.together(found.values(), _use(use), lab.licenses)}


def _claims(lab: Lab, name: str) -> Sequence[Claim]:
    from medreg.api.idc import is_idc

    if is_idc(name):
        from medreg.catalog.idc import claims_of

        return claims_of(name.partition(":")[2])
    return lab.declared(name).dataset.licenses


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


def why(lab: Lab, set_name: str, case: str) -> Sequence[str]:
    """Explain the decision about *case* (``dataset/case``) in a set, line by line.

    Raises `NotFound` for an unknown set or case, and `Misuse` where a dataset is named as the set.
    """
    from medreg.stages.decide import explain

    if set_name in lab.plugins.datasets and set_name not in lab.registry.sets():
        raise Misuse(
            f"{set_name} is a dataset, and no set",
            hint=f"medreg why {set_name}/{case.removeprefix(f'{set_name}/')}",
        )
    return explain(lab.registry, lab.plugins, set_name, case)


def findings(lab: Lab, name: str) -> Sequence[tuple[str, str]]:
    """Return (case, finding) for all that `check` found in a dataset."""
    from medreg.tables import CaseRow

    rows = lab.registry.dataset(name).rows("cases.csv", CaseRow)
    return [(row.case, finding) for row in rows for finding in told(row.findings)]


def findings_of(lab: Lab, case: str) -> Sequence[str]:
    """Tell what conversion and check said of *case* (``dataset/case``), line by line.

    Raises `NotFound` with the nearest name.
    """
    from medreg.tables import CaseRow, RefusedRow

    name, _, item = case.partition("/")
    if not item and name not in lab.plugins.datasets:
        raise NotFound(
            f"there is no case named {case!r}: it is called as DATASET/CASE",
            hint="medreg status names the datasets here",
        )
    lab.declared(name)
    folder = lab.registry.dataset(name)
    refused = {row.case: row.reason for row in folder.rows("refused.csv", RefusedRow)}
    if item in refused:
        return [f"refused  {refused[item]}"]
    checked = {row.case: row for row in folder.rows("cases.csv", CaseRow)}
    known = [f"{name}/{other}" for other in (*checked, *refused)]
    if not item:
        raise NotFound(
            f"{name} is a dataset of {len(known):,} cases: which one?",
            hint=f"medreg why {[*known, f'{name}/CASE'][0]}",
        )
    if item not in checked:
        raise NotFound.named("case", case, known, hint=f"such as {[*known, 'DATASET/CASE'][0]}")
    return told(checked[item].findings) or ["pass  no finding"]


def told(cell: str) -> list[str]:
    """Return each finding of a cell of ``cases.csv`` as a line for people.

    >>> told("body:warn:the mask reaches outside the body")
    ['warn  body: the mask reaches outside the body']
    """
    from medreg.tables import findings as parts

    return [f"{severity}  {check}: {message}" for check, severity, message in parts(cell)]


def status(lab: Lab, *, remote: bool = False) -> Sequence[Standing]:
    """Return how far each tracked dataset and each set has come, and where its bytes lie.

    Nobody is asked, unless *remote*: then every tier is, object by object.
    """
    from medreg.versions import standing

    found = standing.standings(lab.registry)
    if not remote:
        return found
    from medreg.versions import holdings

    return standing.asked(found, holdings.overview(lab.registry))


@dataclass(frozen=True)
class Health:
    """What `doctor` found: facts in reading order, and problems to mend."""

    facts: Mapping[str, str | list[str]]
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
    facts: dict[str, str | list[str]] = {
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
        facts["engine"], unreached = _engine(lab)
        problems += unreached
        problems += _pins(lab.root)
        try:
            facts["tiers"] = [
                f"{tier.name}  {tier.url}"
                + ("  (default)" if tier.default else "")
                + ("" if "://" in tier.url else "  a folder: nobody elsewhere can pull from it")
                for tier in tiers.tiers(lab.registry)
            ]
            problems += [Problem(".dvc/config", hazard) for hazard in tiers.hazards(lab.registry)]
        except MedregError as error:  # such as a full disk: the rest is told all the same
            problems.append(Problem(".dvc", f"{error.message}; {error.hint}"))
        problems += [
            Problem(path, "would be shared by a plain dvc push: medreg track renews its dvc.yaml")
            for path in track.leaks(lab.registry, plugins)
        ]
        free = shutil.disk_usage(lab.root).free
        facts["disk free"] = f"{free / 1e9:.1f} GB"
    return Health(facts, problems)


def _engine(lab: Lab) -> tuple[str, list[Problem]]:
    """Tell where the work is done, and why it cannot be."""
    from medreg.plugins import Problem

    try:
        return lab.engine.reached(), []
    except MedregError as error:
        hint = f"; {error.hint}" if error.hint else ""
        return "none", [Problem("pyproject.toml: engine", f"{error.message}{hint}")]


def _pins(root: Path) -> list[Problem]:
    """Tell of plugins of others that are pinned, and gone."""
    from medreg.errors import MedregError
    from medreg.plugins import Problem, pins

    try:
        gone = [name for name in pins.read(root) if not (root / f"plugins/{name}.py").is_file()]
    except MedregError as error:
        return [Problem(pins.FILE, error.message)]
    return [
        Problem(
            pins.line(root, name), f"plugins/{name}.py is gone: medreg add-plugin {name} --update"
        )
        for name in gone
    ]


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Let plugins add their commands."""
    caller = open_lab_or_bundled().plugins.manager.hook.medreg_commands
    for implementation in caller.get_hookimpls():
        implementation.function(commands=commands)
