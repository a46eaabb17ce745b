"""Each verb as a function: what the command line calls and notebooks import.

>>> from medreg import api
>>> lab = api.open_lab()                                    # doctest: +SKIP
>>> api.fetch(lab, "lits", given=Path("Downloads"))         # doctest: +SKIP
>>> api.convert(lab, "lits")                                # doctest: +SKIP
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medreg import plugins as plugin_finder
from medreg import settings as registry_settings
from medreg.errors import MedregError, NotFound
from medreg.registry import Registry
from medreg.report import Progress, Silent, StageReport

if TYPE_CHECKING:
    import argparse

    from medreg.curate.decide import Decision
    from medreg.engine import Engine
    from medreg.plugins import Declared, Plugins
    from medreg.settings import Settings
    from medreg.terms import License, Verdict
    from medreg.versions.release import Release
    from medreg.versions.reproduce import Reproduction
    from medreg.vocabulary import Vocabulary


@dataclass(frozen=True)
class Lab:
    """An open registry: its folder, and what is read from it when it is first asked for.

    *root* is None outside any registry, where only what is bundled can be looked at.
    """

    root: Path | None

    @cached_property
    def registry(self) -> Registry:
        """The registry's paths; raises `NotFound` outside any registry."""
        return Registry(self.root or registry_settings.find_root())

    @cached_property
    def settings(self) -> Settings:
        """The registry's settings."""
        return registry_settings.load(self.registry.root)

    @cached_property
    def plugins(self) -> Plugins:
        """Every plugin of the registry, of installed packages, and bundled."""
        return plugin_finder.load(self.registry.plugins if self.root else None)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The registry's vocabulary, or the bundled one outside any registry."""
        from medreg.vocabulary import Vocabulary

        file = self._facts / "vocabulary.csv"
        return Vocabulary.parse(file.read_text(encoding="utf-8"), str(file))

    @cached_property
    def licenses(self) -> Mapping[str, License]:
        """The registry's table of terms, or the bundled one outside any registry."""
        from medreg import terms

        file = self._facts / "terms.csv"
        return terms.parse(file.read_text(encoding="utf-8"), str(file))

    @property
    def _facts(self) -> Path:
        return self.registry.facts if self.root else plugin_finder.bundled() / "registry"

    @property
    def engine(self) -> Engine:
        """What the settings say runs the cases."""
        from medreg.engine import engine_of

        return engine_of(self.settings)


def open_lab(start: Path | None = None) -> Lab:
    """Open the registry around *start* (the working folder by default)."""
    return Lab(registry_settings.find_root(start))


def open_lab_or_bundled(start: Path | None = None) -> Lab:
    """Open the registry around *start*, or only what is bundled where there is none."""
    try:
        return open_lab(start)
    except NotFound:
        if start is not None:
            raise
        return Lab(None)


# --- look --------------------------------------------------------------------------------------


def verdict(lab: Lab, name: str, use: str) -> Verdict:
    """Tell whether *use* of the dataset is allowed, and by which claim."""
    from medreg import terms

    return terms.verdict(lab.plugins.get(name).dataset.licenses, terms.use(use), lab.licenses)


def state(lab: Lab, name: str) -> str:
    """Return how far a dataset has come: declared, fetched, converted or checked."""
    if lab.root is None:
        return "declared"
    folder = lab.registry.dataset(name).path
    for file, reached in (
        ("cases.csv", "checked"),
        ("refused.csv", "converted"),
        ("files.csv", "fetched"),
    ):
        if (folder / file).is_file():
            return reached
    return "declared"


def why(lab: Lab, set_name: str, case: str) -> Sequence[str]:
    """Explain the decision about *case* (``dataset/case``) in a set, line by line."""
    from medreg.stages.decide import explain

    return explain(lab.registry, lab.plugins, set_name, case)


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Let plugins add their commands."""
    for implementation in open_lab_or_bundled().plugins.manager.hook.medreg_commands.get_hookimpls():
        implementation.function(commands=commands)


# --- own ---------------------------------------------------------------------------------------


def init(folder: Path) -> Sequence[str]:
    """Make a new registry in *folder*; returns what was made. Running it again changes nothing."""
    from medreg.versions.init import init as make

    return make(folder)


def add_plugin(lab: Lab, name: str, *, dry_run: bool = False) -> Mapping[str, str]:
    """Write the scaffold of a plugin and its listing; returns the text by path."""
    from medreg.files.atomic import write_bytes
    from medreg.plugins import scaffold

    files = scaffold(name)
    if name in lab.plugins.datasets:
        raise MisuseOfName(name, lab.plugins.datasets[name].file)
    if not dry_run:
        for path, text in files.items():
            target = lab.registry.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(target, text.encode())
    return files


class MisuseOfName(MedregError):
    """A plugin was asked for under a name that is taken."""

    exit_code = 2

    def __init__(self, name: str, file: Path) -> None:
        super().__init__(f"{name} exists already in {file}", hint=f"medreg show {name}")
