"""What kind of dataset an entry is: by size, dimensions, difficulty and phase, each by a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medreg.catalog.entries import Entry

CLASSES = (  # more scans or images than this, and what such a dataset is good for (F010)
    (10_000, "mega", "foundation models"),
    (999, "large", "production models"),
    (99, "medium", "research"),
    (0, "small", "validation, fine-tuning"),
)
OPEN = ("open", "generated")  # what a program may fetch


def size_class(entry: Entry) -> str:
    """Return mega (> 10,000 scans or images), large (>= 1,000), medium (>= 100), small, unknown."""
    return next((name for over, name, _ in CLASSES if entry.size > over), "unknown")


def storage_gb(entry: Entry) -> float | None:
    """Estimate the disk that *entry* takes: raw as it came, and as much again once converted."""
    return None if entry.size_gb is None else 2 * entry.size_gb


def dimensions(entry: Entry) -> str:
    """Tell volumes from images, and both from films."""
    if entry.portal:
        return "-"
    if "videos" in entry.tags:
        return "2-D + time"
    return " and ".join(
        word
        for word, has in (("3-D", entry.scans or not entry.images), ("2-D", entry.images))
        if has
    )


def level(entry: Entry) -> int | None:
    """Return how much a user should bring (F020).

    1 where open pictures are tagged to start with; 3 behind a gate, above 100 GB, or with ten
    labels and more; else 2.
    """
    if entry.portal:
        return None
    gated = entry.access not in OPEN
    if "start" in entry.tags and entry.images and not entry.scans and not gated:
        return 1
    large = (entry.size_gb or 0) > 100 or len(entry.labels) >= 10  # noqa: PLR2004 - as said
    return 3 if gated or large else 2


def phase(entry: Entry) -> str:
    """Return the project's phase that it belongs to (F116).

    2A: CT alone that a program can fetch; 2B: CT alone that a person must get; 2C: one's own scans,
    for fine-tuning; 3: everything else, magnetic resonance first.
    """
    if entry.portal:
        return ""
    if any(claim.value == "LicenseRef-Institutional" for claim in entry.licenses):
        return "2C"
    if entry.modalities == ("CT",):
        return "2A" if entry.access in OPEN else "2B"
    return "3"
