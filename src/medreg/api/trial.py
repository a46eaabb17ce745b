"""Ask a plugin what CI asks every bundled one."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medreg.api.lab import Lab
    from medreg.plugins import Declared, Plugins
    from medreg.testing.trial import Answer


def check_plugin(lab: Lab, word: str) -> Mapping[str, Sequence[Answer]]:
    """Return the answers of each dataset that *word*, a dataset, family or file, declares.

    A miniature goes through fetch, convert and check in a registry that is thrown away. Raises
    `NotFound` for an unknown name, and `DeclarationError` or `BytesDiffer`, naming file and line,
    for a plugin that cannot be loaded.
    """
    from medreg.plugins import audit
    from medreg.testing import trial

    facts, tables = audit.Facts(lab.vocabulary, lab.licenses), lab.facts.facts
    if not word.endswith(".py"):
        chosen = _of_name(lab.plugins, word)
        return {d.dataset.name: list(trial.ask(trial.trial_of(d, facts, tables))) for d in chosen}
    file = Path(word).expanduser().resolve()
    if not file.is_file():
        raise NotFound(f"there is no file {word}", hint="medreg check-plugin NAME")
    chosen = _of_file(lab.plugins, file)
    if chosen:
        return {d.dataset.name: list(trial.ask(trial.trial_of(d, facts, tables))) for d in chosen}
    from medreg.plugins import load

    with tempfile.TemporaryDirectory(prefix="medreg_plugin_") as scratch:
        copy = Path(scratch) / "plugins" / file.name
        copy.parent.mkdir()
        shutil.copyfile(file, copy)  # alone: what lies beside it is not loaded
        beside = (file.parents[1] / "tests/listings", file.parent / "listings", file.parent)
        answers = {
            d.dataset.name: list(
                trial.ask(replace(trial.trial_of(d, facts, tables), listings=beside))
            )
            for d in _of_file(load(copy.parent), copy, shown=word)
        }
        return {
            name: [replace(a, told=[t.replace(str(copy), word) for t in a.told]) for a in each]
            for name, each in answers.items()
        }


def _of_name(plugins: Plugins, name: str) -> Sequence[Declared]:
    family = [d for d in plugins.datasets.values() if d.file.stem == name]
    if name not in plugins.datasets and family:
        return family
    return [plugins.get(name)]


def _of_file(plugins: Plugins, file: Path, shown: str = "") -> Sequence[Declared]:
    """Return what *file*, *shown* so, declares; raises its problem, if it has one."""
    for problem in plugins.problems:
        if Path(problem.where) == file:
            raise problem.error(f"{shown or file}, {problem.reason}", hint=problem.hint)
    found = [d for d in plugins.datasets.values() if d.file == file]
    for name, both in plugins.clashes.items():
        if file in both:
            raise DeclarationError(
                f"two plugins declare {name}: {both[0]} and {both[1]}", hint="rename one of them"
            )
    return found
