"""The stage ``declare``: write down what a plugin says, as far as it decides anything."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from medreg import plugins as finder
from medreg.registry import json_bytes
from medreg.report import StageReport
from medreg.stages.run import replaced

if TYPE_CHECKING:
    from medreg.plugins import Plugins
    from medreg.registry import Registry

FILE = "declared.json"  # what decides bytes
CLAIMS = "claims.json"  # what decides terms, and so what a set may hold


def declare(registry: Registry, plugins: Plugins, name: str) -> StageReport:
    """Write ``declared.json`` and ``claims.json``; a docstring or citation is in neither.

    Raises `NotFound` for an unknown dataset and `DeclarationError` for a label that the
    vocabulary does not know.
    """
    dataset = plugins.get(name).dataset
    described = finder.describe(dataset, registry.vocabulary(), registry.tissues())
    claims = [asdict(claim) for claim in dataset.licenses]
    files = {CLAIMS: json_bytes(claims), FILE: json_bytes(described)}
    return StageReport("declare", name, replaced(registry.dataset(name), files))
