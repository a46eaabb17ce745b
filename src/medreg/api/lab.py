"""An open registry: what every verb is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from medreg import plugins as finder
from medreg import settings as registry_settings
from medreg.errors import Misuse, NotFound
from medreg.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medreg.engine import Engine
    from medreg.plugins import Declared, Plugins
    from medreg.references import Reference
    from medreg.settings import Settings
    from medreg.terms import License
    from medreg.vocabulary import Vocabulary


@dataclass(frozen=True)
class Lab:
    """An open registry: its folder, and what is read from it when it is first asked for.

    *root* is None outside any registry, where only what is bundled can be looked at.
    """

    root: Path | None
    asked: Mapping[str, object] = field(default_factory=dict)  # stands above the settings

    @property
    def registry(self) -> Registry:
        """The registry's paths; raises `NotFound` outside any registry."""
        return Registry(self.root or registry_settings.find_root())

    @cached_property
    def settings(self) -> Settings:
        """The registry's settings."""
        return registry_settings.load(self.registry.root, self.asked)

    @cached_property
    def plugins(self) -> Plugins:
        """Every plugin of the registry, of installed packages, and bundled."""
        return finder.load(self.root / "plugins" if self.root else None)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The registry's vocabulary, or the bundled one outside any registry."""
        return self.facts.vocabulary()

    @cached_property
    def licenses(self) -> Mapping[str, License]:
        """The registry's table of terms, or the bundled one outside any registry."""
        return self.facts.licenses()

    @cached_property
    def references(self) -> Mapping[str, Reference]:
        """The works that datasets ask to be cited; the bundled ones outside any registry."""
        return self.facts.references()

    def declared(self, name: str) -> Declared:
        """Return dataset *name* with its plugin; raises `Misuse` for a set, `NotFound`."""
        if self.root and name in self.registry.sets() and name not in self.plugins.datasets:
            raise Misuse(
                f"{name} is a set, not a dataset",
                hint=f"medreg curate {name} makes it, medreg preview {name} draws it",
            )
        return self.plugins.get(name)

    @property
    def facts(self) -> Registry:
        """Where vocabulary, terms, references and overlaps are read: here, or what is bundled."""
        return Registry(self.root or finder.bundled())

    @property
    def engine(self) -> Engine:
        """What runs the cases, as the settings say."""
        from medreg.engine import engine_of

        return engine_of(self.settings)

    @property
    def cluster(self) -> Engine | None:
        """What runs on other machines, if the settings say so."""
        return self.engine if self.settings.engine in registry_settings.CLUSTERS else None


def open_lab(start: Path | None = None, asked: Mapping[str, object] | None = None) -> Lab:
    """Open the registry around *start* (the working folder by default); raises `NotFound`.

    What is *asked* for, such as ``{"engine": "dask"}``, stands above the registry's settings.
    """
    return Lab(registry_settings.find_root(start), asked or {})


def open_lab_or_bundled(start: Path | None = None) -> Lab:
    """Open the registry around the working folder, or what is bundled where there is none."""
    try:
        return open_lab(start)
    except NotFound:
        if start is not None:
            raise
        return Lab(None)
