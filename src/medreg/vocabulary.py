"""Canonical label names: what every dataset's masks are told in.

A label is a concept: a SNOMED CT code, a side, and what it is a part of. `Vocabulary.within` is
what puts a carved-out part (a liver's tumor) back into its whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, cast

from medreg.errors import DeclarationError, NotFound
from medreg.tables import declared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Side = Literal["", "left", "right"]
Kind = Literal["anatomy", "abnormality"]

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One row of ``vocabulary.csv``.

    *code* and *meaning* are SNOMED CT's (empty where nobody verified one); *side* is its
    laterality (7771000 left, 24028007 right); *part_of* names the smallest label that contains
    it; *kind* is DICOM's category (anatomy 123037004, abnormality 49755003); *color* is
    ``#rrggbb``, its own; *source* says where the code was verified.
    """

    name: str
    code: str
    meaning: str
    side: Side
    part_of: str
    kind: Kind
    color: str
    source: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All labels, by name, in the order of the table."""

    labels: Mapping[str, Label]

    @classmethod
    def parse(cls, text: str, where: str = "vocabulary.csv") -> Vocabulary:
        """Read the table; *where* names the file in errors.

        Raises `DeclarationError` for a wrong row, a name, color or concept given twice, and a
        whole that is unknown or part of its own part.
        """
        reader = declared(text, [f.name for f in fields(Label)], where)
        labels: dict[str, Label] = {}
        taken: dict[str, str] = {}
        for row in reader:
            label = _label(row, f"{where}, line {reader.line_num}")
            for key in _unique(label):
                if other := taken.get(key):
                    raise DeclarationError(
                        f"{where}, line {reader.line_num}: {label.name} and {other} share {key}"
                    )
                taken[key] = label.name
            labels[label.name] = label
        vocabulary = cls(labels)
        for label in labels.values():
            vocabulary._check_wholes(label, where)
        return vocabulary

    def __getitem__(self, name: str) -> Label:
        """Return the label *name*; raises `NotFound` with the nearest name."""
        try:
            return self.labels[name]
        except KeyError:
            raise NotFound.named(
                "label", name, self.names, hint="add a row to registry/vocabulary.csv"
            ) from None

    def __contains__(self, name: object) -> bool:
        """Tell whether a label has that name."""
        return name in self.labels

    def __iter__(self) -> Iterator[Label]:
        """Yield every label, in the order of the table."""
        return iter(self.labels.values())

    def __len__(self) -> int:
        """Count the labels."""
        return len(self.labels)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, in the order of the table."""
        return tuple(self.labels)

    def wholes(self, name: str) -> tuple[str, ...]:
        """Return what *name* is part of, smallest first; raises `NotFound`."""
        found = []
        whole = self[name].part_of
        while whole:
            found.append(whole)
            whole = self[whole].part_of
        return tuple(found)

    def colors(self, names: Mapping[int, str]) -> dict[int, str]:
        """Return the color of each value by what it is called; of a name that is here."""
        return {value: self[name].color for value, name in names.items() if name in self}

    def within(self, part: str, whole: str) -> bool:
        """Tell whether every voxel of *part* belongs to *whole*; a label is within itself.

        Raises `NotFound` when either is unknown.
        """
        return self[whole].name in (part, *self.wholes(part))

    def _check_wholes(self, label: Label, where: str) -> None:
        seen = {label.name}
        whole = label.part_of
        while whole:
            if whole not in self.labels:
                raise DeclarationError(f"{where}: {label.name} is part of an unknown {whole!r}")
            if whole in seen:
                raise DeclarationError(f"{where}: {label.name} is part of itself, by {whole!r}")
            seen.add(whole)
            whole = self.labels[whole].part_of


def _unique(label: Label) -> Iterator[str]:
    """Yield what no two labels share: the name, the color, the concept."""
    yield f"the name {label.name}"
    yield f"the color {label.color}"
    if label.code:
        place = " ".join(filter(None, (label.side, label.part_of and f"in {label.part_of}")))
        yield f"the concept {label.code} {place}".rstrip()


def _label(row: Mapping[str, str], where: str) -> Label:
    cells = {key: value or "" for key, value in row.items()}
    problem = next(_problems(cells), None)
    if problem:
        raise DeclarationError(f"{where}: {problem}")
    return Label(
        name=cells["name"],
        code=cells["code"],
        meaning=cells["meaning"],
        side=cast("Side", cells["side"]),
        part_of=cells["part_of"],
        kind=cast("Kind", cells["kind"]),
        color=cells["color"],
        source=cells["source"],
    )


def _problems(cells: Mapping[str, str]) -> Iterator[str]:
    if len(cells) != len(fields(Label)):
        yield "it has more cells than columns; quote a cell that holds a comma"
    if not _NAME.fullmatch(cells["name"]):
        yield f"{cells['name']!r} is not snake_case"
    if cells["code"] and not cells["code"].isdecimal():
        yield f"{cells['code']!r} is no SNOMED CT code"
    if bool(cells["code"]) != bool(cells["meaning"]):
        yield "code and meaning come together"
    if cells["side"] not in ("", "left", "right"):
        yield f"side is left, right or empty, not {cells['side']!r}"
    if cells["kind"] not in ("anatomy", "abnormality"):
        yield f"kind is anatomy or abnormality, not {cells['kind']!r}"
    if not _COLOR.fullmatch(cells["color"]):
        yield f"color is like #d86c36, not {cells['color']!r}"
    if not cells["source"]:
        yield "it names no source"
