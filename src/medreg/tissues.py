"""What tissues look like in CT, and what their masks may look like: ``tissues.csv``.

*typical* is what the *source* says of a tissue without contrast agent; *low* and *high* are wider:
no label's median lies beyond them in any phase, or in disease. Where no row speaks of a label, the
nearest whole's Hounsfield units do: a vertebra is bone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from medreg.errors import DeclarationError
from medreg.model import Tissue
from medreg.tables import declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medreg.vocabulary import Vocabulary

COLUMNS = tuple(Tissue.__dataclass_fields__)


def parse(text: str, where: str = "tissues.csv") -> dict[str, Tissue]:
    """Read the table; raises `DeclarationError` naming the line of a wrong row."""
    reader = declared(text, COLUMNS, where)
    found: dict[str, Tissue] = {}
    for row in reader:
        try:
            tissue = _tissue(row)
        except (ValueError, TypeError) as error:
            raise DeclarationError(f"{where}, line {reader.line_num}: {error}") from None
        if tissue.label in found:
            raise DeclarationError(f"{where}, line {reader.line_num}: {tissue.label} stands twice")
        found[tissue.label] = tissue
    return found


def _tissue(row: Mapping[str, str]) -> Tissue:
    if None in row or None in row.values():
        raise ValueError("it has not as many cells as columns; quote a cell that holds a comma")
    low, high = int(row["low"]), int(row["high"])
    if low >= high:
        raise ValueError(f"low {low} is not below high {high}")
    if row["solid"] not in ("yes", "no"):
        raise ValueError(f"solid is yes or no, not {row['solid']!r}")
    if not row["label"] or not row["source"]:
        raise ValueError("it names no label or no source")
    return Tissue(
        label=row["label"],
        low=low,
        high=high,
        typical=row["typical"],
        pieces=int(row["pieces"] or 0),
        solid=row["solid"] == "yes",
        least=float(row["least"] or 0),
        appearance=row["appearance"],
        rule=row["rule"],
        source=row["source"],
    )


def of_labels(
    table: Mapping[str, Tissue], vocabulary: Vocabulary, labels: Iterable[str]
) -> dict[str, Tissue]:
    """Return what is known of *labels*: a row of their own, or the units of the nearest whole.

    An abnormality may have any density.
    """
    found = {}
    for label in labels:
        if label in table:
            found[label] = table[label]
        elif label in vocabulary and vocabulary[label].kind == "anatomy":
            whole = next((w for w in vocabulary.wholes(label) if w in table), "")
            if whole:
                found[label] = replace(table[whole], label=label, pieces=0, solid=False, least=0.0)
    return found
