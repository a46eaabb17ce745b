"""What some datasets add up to: by modality, region and size (F002, F010-F012)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medreg.catalog import units
from medreg.catalog.entries import download_gb
from medreg.catalog.kinds import CLASSES, size_class

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medreg.catalog.entries import Entry
    from medreg.catalog.shared import Shared

KEY_DATASETS = 3


def totals(
    found: Iterable[Entry], together: Shared, per_second: float = units.BANDWIDTH
) -> dict[str, Any]:
    """Add up *found*; portals count as portals alone, and scans that are shared once."""
    every = list(found)
    real = [entry for entry in every if not entry.portal]
    ct = [
        entry for entry in real if entry.annotation == "segmentation" and "CT" in entry.modalities
    ]
    size = download_gb(real)
    return {
        "datasets": len(real),
        "families": len({entry.family for entry in real if entry.family}),
        "portals": len(every) - len(real),
        "ct segmentation datasets": len(ct),
        **_sums(real),
        "distinct scans": together.distinct(entry.name for entry in real),
        "size_gb": round(size, 1),
        "download": units.duration(units.seconds(size, per_second)) if size else None,
        "size not stated": sum(entry.size_gb is None for entry in real),
        "scans not stated": sum(not entry.size for entry in real),
        "by modality": _by(real, lambda entry: entry.modalities),
        "by region": _by(real, lambda entry: entry.region),
        "by size": _by_size(real),
    }


def _sums(found: Sequence[Entry]) -> dict[str, int]:
    return {
        "scans": sum(entry.scans or 0 for entry in found),
        "annotated": sum(entry.annotated or 0 for entry in found),
        "images": sum(entry.images or 0 for entry in found),
        "patients": sum(entry.patients or 0 for entry in found),
    }


def _by(found: Sequence[Entry], words: Any) -> dict[str, dict[str, Any]]:
    """Group by each of an entry's words: one that has several counts under each."""
    groups: dict[str, list[Entry]] = {}
    for entry in found:
        for word in words(entry) or ("not stated",):
            groups.setdefault(word, []).append(entry)
    return {word: _group(groups[word]) for word in sorted(groups)}


def _group(found: Sequence[Entry]) -> dict[str, Any]:
    largest = sorted(found, key=lambda entry: (-entry.size, entry.name))
    return {
        "datasets": len(found),
        **_sums(found),
        "largest": [entry.name for entry in largest[:KEY_DATASETS]],
    }


def _by_size(found: Sequence[Entry]) -> Mapping[str, dict[str, Any]]:
    uses = {name: use for _, name, use in CLASSES}
    names = [*uses, "unknown"]
    groups = {name: [entry for entry in found if size_class(entry) == name] for name in names}
    return {
        name: {"use": uses.get(name, ""), **_group(group)}
        for name, group in groups.items()
        if group
    }
