"""Coded concepts of DICOM (PS3.3 section 8.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medreg.imaging.masks.structures import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydicom import Dataset


def code_sequences(dataset: Dataset, sequences: Mapping[str, str]) -> dict[str, tuple[Code, ...]]:
    """Return the codes in each of *sequences* (name to keyword) that *dataset* has."""
    found = {
        name: tuple(code for item in dataset.get(keyword) or () if (code := _code(item)))
        for name, keyword in sequences.items()
    }
    return {name: codes for name, codes in found.items() if codes}


def _code(item: Dataset) -> Code | None:
    value = next(
        (
            str(said)
            for name in ("CodeValue", "LongCodeValue", "URNCodeValue")
            if (said := item.get(name))
        ),
        "",
    )
    if not value:
        return None
    return Code(
        value, str(item.get("CodingSchemeDesignator") or ""), str(item.get("CodeMeaning") or "")
    )
