"""``provenance.json``: what decided a set's bytes and terms. No name of a machine, no date."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from medreg import __version__
from medreg.files.hashing import sha256_bytes

if TYPE_CHECKING:
    from medreg.stages.planned import Planned

# what reads or writes voxels; a test holds it against pyproject.toml
LIBRARIES = (
    "SimpleITK",
    "isal",
    "nibabel",
    "numpy",
    "pillow",
    "pydicom",
    "pyjpegls",
    "pylibjpeg-openjpeg",
    "python-gdcm",
)


def provenance(whole: Planned, manifest: bytes) -> dict[str, Any]:
    """Return the provenance of a set with that *manifest*."""
    folder, registry = whole.folder, whole.registry
    return {
        "set": whole.name,
        "manifest": _digest(manifest),
        "medreg": __version__,
        "codec": codec(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "recipe": _digest(folder.read("recipe.yaml")),
        "selection": _digest(folder.read("selection.csv")),
        "splits": _digest(folder.read("splits.json")),
        "facts": {
            file: _digest((registry.facts / file).read_bytes())
            for file in ("terms.csv", "vocabulary.csv")
        }
        | {where: _digest(text.encode()) for where, text in registry.overlaps().items()},
        "labels": dict(whole.labels.values),
        "ignore": whole.labels.ignore,
        "mapping": _mapping(whole),
        **({"transform": whole.recipe.transform.asked()} if whole.recipe.transform else {}),
        "datasets": {name: _dataset(whole, name) for name in whole.recipe.datasets},
        "terms": {
            use: {"answer": verdict.answer, "reason": verdict.reason}
            for use, verdict in whole.terms.items()
        },
    }


def _mapping(whole: Planned) -> dict[str, Any]:
    """Return, by dataset, what became of each raw value, by the labels that a case knows."""
    found: dict[str, dict[str, Any]] = {}
    for row in whole.kept.values():
        mapping = whole.mapping(row)
        found.setdefault(row.dataset, {})[" ".join(mapping.known)] = mapping.values
    return {
        name: {
            "raw": {str(raw): label for raw, label in whole.datasets[name].raw_labels.items()},
            "values": {
                known: {str(raw): value for raw, value in sorted(values.items())}
                for known, values in sorted(found[name].items())
            },
        }
        for name in sorted(found)
    }


def codec() -> dict[str, Any]:
    """Return what compressed the volumes, as exactly as their bytes depend on it."""
    from medreg.imaging.gzipped import CHUNK, LEVEL

    return {"name": "isal", "version": version("isal"), "level": LEVEL, "chunk": CHUNK}


def _dataset(whole: Planned, name: str) -> dict[str, Any]:
    """Return the inputs of one dataset, and what may be done with it."""
    folder = whole.registry.dataset(name)
    declared = whole.plugins.get(name)
    return {
        "plugin": f"sha256:{declared.digest}",
        "home": declared.home,
        "declared": _digest(folder.read("declared.json")),
        "cases": _digest(folder.read("cases.csv")),
        "manifest": _digest(folder.read("manifest.csv")),
        "selected": sum(row.dataset == name for row in whole.kept.values()),
        "claims": [asdict(claim) for claim in declared.dataset.licenses],
        "terms": {
            use: {"answer": verdict.answer, "reason": verdict.reason}
            for use, verdict in whole.verdicts[name].items()
        },
    }


def _digest(data: bytes) -> str:
    return f"sha256:{sha256_bytes(data)}"
