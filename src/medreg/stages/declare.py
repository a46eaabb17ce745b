"""The stage ``declare``: write down what a plugin says, as far as it decides bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg import plugins as finder
from medreg.registry import json_bytes
from medreg.report import StageReport
from medreg.stages.run import replaced

if TYPE_CHECKING:
    from medreg.plugins import Plugins
    from medreg.registry import Registry

FILE = "declared.json"


def declare(registry: Registry, plugins: Plugins, name: str) -> StageReport:
    """Write ``declared.json``; an edit of a docstring or citation changes nothing in it.

    Raises `NotFound` for an unknown dataset and `DeclarationError` for a label that the
    vocabulary does not know.
    """
    described = finder.describe(plugins.get(name).dataset, registry.vocabulary())
    files = {FILE: json_bytes(described)}
    return StageReport("declare", name, replaced(registry.dataset(name), files))
