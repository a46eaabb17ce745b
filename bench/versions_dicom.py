"""The part of `bench.versions` that asks what packing loose DICOM saves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bench.versions_lab import Row


def dicom_part(place: Path, scale: float, runs: int) -> dict[str, Row]:
    raise NotImplementedError
