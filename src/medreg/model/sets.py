"""A set as its exporters see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medreg.model.datasets import Dataset
    from medreg.model.words import Modality


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCase:
    """One case of a set, as an exporter sees it: files that exist, and where it stands."""

    id: str  # "<dataset>__<case>"
    dataset: str
    case: str
    images: Mapping[str, Path]
    mask: Path
    fold: int | None  # the fold that validates on it; None for the held-out test
    group: str = ""  # the same for all cases that show one patient; empty: itself
    valid: tuple[str, ...] | None = None  # the labels to learn from it; None: all of the set


@dataclass(frozen=True, slots=True, kw_only=True)
class SetContent:
    """What an exporter writes: the cases, and what the set's values mean."""

    name: str
    title: str
    modalities: Mapping[str, Modality]
    labels: Mapping[str, int]  # background included, as 0
    ignore: int | None  # the value of voxels that nobody judged
    cases: Sequence[SetCase]
    license: str
    references: Sequence[str]
    validating: int | None = None  # folds that validate, from 0; None: every fold that occurs
    regions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # labels of many values
    datasets: Mapping[str, Dataset] = field(default_factory=dict)  # those that gave a case
    colors: Mapping[str, str] = field(default_factory=dict)  # of labels, as #rrggbb
    codes: Mapping[str, str] = field(default_factory=dict)  # of labels, in SNOMED CT

    def part(self, case: SetCase) -> str:
        """Return what *case* is for: ``test``, ``train``, or ``fold0`` which validates on it."""
        if case.fold is None:
            return "test"
        validates = self.validating is None or case.fold < self.validating
        return f"fold{case.fold}" if validates else "train"

    def folds(self) -> Sequence[Mapping[str, Sequence[str]]]:
        """Return nnU-Net's splits: per fold the case ids to train and to validate on."""
        training = [case for case in self.cases if case.fold is not None]
        return [
            {
                "train": [case.id for case in training if case.fold != fold],
                "val": [case.id for case in training if case.fold == fold],
            }
            for fold in sorted({case.fold for case in training if case.fold is not None})
            if self.validating is None or fold < self.validating
        ]


@runtime_checkable
class Exporter(Protocol):
    """Writes what one reader wants, beside the images of a set."""

    name: str

    def write(self, content: SetContent, into: Path) -> None:
        """Write this reader's files below *into* (the set's ``data/``)."""


@runtime_checkable
class Divided(Exporter, Protocol):
    """An exporter that reads voxels, and may do so piece by piece on several machines."""

    def write(self, content: SetContent, into: Path) -> None:
        """Write one piece after the other, then the rest."""
        told = [self.write_piece(content, into, piece)[1] for piece in self.pieces(content)]
        self.write_rest(content, into, told)

    def pieces(self, content: SetContent) -> Sequence[str]:
        """Name the pieces: the cases by number, unless they are others, such as shards."""
        return [str(number) for number in range(len(content.cases))]

    def write_piece(
        self, content: SetContent, into: Path, piece: str
    ) -> tuple[Sequence[Path], str]:
        """Write one piece; return its files, and as text what `write_rest` must know of it."""

    def write_rest(self, content: SetContent, into: Path, told: Sequence[str]) -> None:
        """Write what is of all pieces; *told* stands in their order."""
