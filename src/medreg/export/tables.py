"""A set as CSV: who trains, validates and tests, and a row per subject for TorchIO."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medreg.files.atomic import write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from medreg.model import SetCase, SetContent

SPLITS, SUBJECTS = "splits.csv", "subjects.csv"


@dataclass(frozen=True, slots=True)
class Splits:
    """Writes ``splits.csv``: a row per case, with what it is for."""

    name = "splits"

    def write(self, content: SetContent, into: Path) -> None:
        """Write the table into *into* (the set's ``data/``)."""
        write_bytes(into / SPLITS, splits_csv(content, into))


@dataclass(frozen=True, slots=True)
class Torchio:
    """Writes ``subjects.csv``: a row per subject, with the path of each channel and its label.

    Paths are relative to the file. ``tio.Subject`` takes a row's channels as `ScalarImage` and its
    label as `LabelMap`.
    """

    name = "torchio"

    def write(self, content: SetContent, into: Path) -> None:
        """Write the table into *into* (the set's ``data/``)."""
        head = ["subject", *content.modalities, "label", "fold", "part"]
        rows = (
            [
                case.id,
                *paths(case, into),
                "" if case.fold is None else case.fold,
                content.part(case),
            ]
            for case in content.cases
        )
        write_bytes(into / SUBJECTS, csv_bytes(head, rows))


def paths(case: SetCase, base: Path) -> list[str]:
    """Return the images of *case* in order, then its mask, relative to *base*."""
    return [file.relative_to(base).as_posix() for file in (*case.images.values(), case.mask)]


def splits_csv(content: SetContent, base: Path) -> bytes:
    """Return ``splits.csv``; paths are relative to *base*.

    ``fold`` is the fold that validates on the case, empty for the held-out test; ``part`` says
    the same in a word (`SetContent.part`); ``valid`` lists the labels to learn from it.
    """
    head = ["id", "dataset", "case", "group", "fold", "part", "valid"]
    rows = (
        [
            case.id,
            case.dataset,
            case.case,
            case.group or f"{case.dataset}/{case.case}",
            _fold(case),
            content.part(case),
            " ".join(valid(case, content)),
            *paths(case, base),
        ]
        for case in content.cases
    )
    return csv_bytes([*head, *(f"image_{name}" for name in content.modalities), "mask"], rows)


def _fold(case: SetCase) -> int | str:
    return "" if case.fold is None else case.fold


def valid(case: SetCase, content: SetContent) -> Sequence[str]:
    """Return the labels to learn from *case*, background included where it is one of them."""
    return [name for name in content.labels if case.valid is None or name in case.valid]


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[object]], separator: str = ",") -> bytes:
    """Return a table of text, UTF-8 with LF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode()
