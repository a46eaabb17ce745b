"""Which of the tools that made a release are of another version here."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROVENANCE = "provenance.json"


def changed_tools(folder: Path) -> dict[str, str]:
    """Return what the release in *folder* was made with and is of another version here.

    By name, as ``"5.3.2 then, 5.4.0 now"``. A release without ``provenance.json`` does not tell.
    """
    file = folder / PROVENANCE
    if not file.is_file():
        return {}
    then = recorded(json.loads(file.read_bytes()))
    now = _here(then)
    return {
        name: f"{then[name]} then, {now[name] or 'none'} now"
        for name in sorted(then)
        if then[name] != now[name]
    }


def recorded(provenance: Mapping[str, Any]) -> dict[str, str]:
    """Return the version of each tool that a ``provenance.json`` names."""
    found = {name: str(provenance[name]) for name in ("medreg", "python") if name in provenance}
    return {**found, **dict(provenance.get("libraries", {}))}


def _here(names: Mapping[str, str]) -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in names:
        try:
            found[name] = platform.python_version() if name == "python" else version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found
