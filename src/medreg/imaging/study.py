"""Which DICOM series lie in a folder, an archive or a lone file, and under which names."""

from __future__ import annotations

import io
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from medreg.errors import NotFound, Refused
from medreg.files.archive import RawTree, ending, open_archive
from medreg.imaging import fields
from medreg.imaging.dicom import PREAMBLE
from medreg.imaging.headers import (
    ENHANCED,
    STORAGE,
    class_name,
    class_of,
    keep,
    read_header,
    set_aside,
)
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from medreg.files.archive import Archive
    from medreg.imaging.attributes import Attributes
    from medreg.model import Tree

DIRECTIONS = 2  # decimals of direction cosines by which a localizer's planes are told apart


@dataclass(frozen=True, slots=True)
class Series:
    """The files of one series, and the *stem* that what is made of them is called by."""

    stem: str
    modality: str
    uid: str
    number: int | None
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """What was found: series in the order of their numbers, and why other files are none."""

    series: Sequence[Series]
    aside: dict[str, str]  # path -> reason: no image of CT, MR or PET
    refused: dict[str, str]  # path -> reason: DICOM, but damaged


@contextmanager
def opened(source: Path) -> Iterator[Tree]:
    """Yield the files of a folder (its archives included), of one archive, or a lone file."""
    if source.is_dir():
        with RawTree(source) as tree:
            yield tree
    elif not source.is_file():
        raise NotFound(f"there is no file or folder {source}")
    else:
        lone = _Lone(source, open_archive(source, source.name) if ending(source.name) else None)
        try:
            yield lone
        finally:
            lone.close()


class _Lone:
    """One file, or the members of one archive, as `medreg.model.Tree`."""

    def __init__(self, file: Path, archive: Archive | None) -> None:
        self._file, self._archive = file, archive

    def paths(self) -> Sequence[str]:
        if self._archive is None:
            return [self._file.name]
        return sorted(self._archive.paths, key=natural)

    def open(self, path: str) -> BinaryIO:
        return self._archive.open(path) if self._archive else io.BytesIO(self._file.read_bytes())

    def read(self, path: str) -> bytes:
        with self.open(path) as stream:
            return stream.read()

    def container(self, path: str) -> str:  # noqa: ARG002 - there is only one
        return self._file.name

    def close(self) -> None:
        if self._archive:
            self._archive.close()


def find(tree: Tree) -> Study:
    """Group the CT, MR and PET images of *tree* into series, by what their headers say.

    One series is one SeriesInstanceUID (one folder where there is none), Modality, size, plane
    direction and frame of reference; names of files do not count.
    """
    groups: defaultdict[tuple[Any, ...], list[str]] = defaultdict(list)
    aside: dict[str, str] = {}
    refused: dict[str, str] = {}
    for path in tree.paths():
        try:
            header = read_header(tree, path)
        except Refused as refusal:
            (refused if _is_dicom(tree, path) else aside)[path] = refusal.message
            continue
        said = header.attributes
        reason, torn = set_aside(said) or _no_image(said), _torn(said)
        if reason:
            aside[path] = reason
        elif torn:
            refused[path] = f"{path} {torn}"
        else:
            groups[_key(said, path)].append(path)
            keep(tree, path, header)
    return Study(_named(groups), aside, refused)


def _is_dicom(tree: Tree, path: str) -> bool:
    with tree.open(path) as stream:
        return stream.read(PREAMBLE)[-4:] == b"DICM"


def _no_image(said: Attributes) -> str:
    uid, modality = class_of(said), fields.text(said, "Modality")
    if uid and uid not in STORAGE and uid not in ENHANCED:
        return f"{class_name(uid)}, no image of CT, MR or PET"
    if not uid and modality not in STORAGE.values():
        return f"Modality {modality or '(none)'}, not CT, MR or PT"
    return ""


def _torn(said: Attributes) -> str:
    """Return how an image contradicts its own class, as one does whose header is cut."""
    uid, modality = class_of(said), fields.text(said, "Modality")
    expected = STORAGE.get(uid) or ENHANCED.get(uid) or modality
    return "" if modality == expected else f"is {class_name(uid)}, of Modality {modality or 'none'}"


def _key(said: Attributes, path: str) -> tuple[Any, ...]:
    numbers = said.get("SeriesNumber", ())
    turned = tuple(round(x, DIRECTIONS) + 0.0 for x in said.get("ImageOrientationPatient", ()))
    return (
        int(numbers[0]) if numbers else -1,
        fields.text(said, "SeriesInstanceUID"),
        "" if fields.text(said, "SeriesInstanceUID") else path.rpartition("/")[0],
        fields.text(said, "Modality"),
        fields.text(said, "FrameOfReferenceUID"),
        said.get("Rows", 0),
        said.get("Columns", 0),
        turned,
    )


def _named(groups: dict[tuple[Any, ...], list[str]]) -> list[Series]:
    """Name each group ``ct_201``, after modality and number; a second one ``ct_201-2``."""
    seen: defaultdict[str, int] = defaultdict(int)
    found = []
    for key in sorted(groups):
        number, uid, _, modality, *_ = key
        name = modality.lower() if number < 0 else f"{modality.lower()}_{number}"
        seen[name] += 1
        stem = name if seen[name] == 1 else f"{name}-{seen[name]}"
        files = tuple(sorted(groups[key], key=natural))
        found.append(Series(stem, modality, uid, None if number < 0 else number, files))
    return found
