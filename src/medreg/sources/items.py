"""Loose files of a folder as raw files: DICOM is grouped by series, all else stays as it is."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from medreg.errors import Refused
from medreg.files.atomic import copy
from medreg.files.hashing import sha256_file
from medreg.files.names import is_litter, member_path
from medreg.files.pack import holds, write_stored
from medreg.imaging.fields import text
from medreg.imaging.scan import FEW, HEAD, scan_head
from medreg.sources.records import Content
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

PREAMBLE = 128  # bytes before "DICM" (PS3.10 section 7.1)
UID = re.compile(r"[0-9.]{1,64}")  # PS3.5 section 9.1
ENDINGS = (".dcm", ".dicom", ".ima")


class Item(Protocol):
    """What a raw file is made from."""

    @property
    def note(self) -> str:
        """What a person should know of it."""

    def agrees(self, target: Path, content: Content) -> bool:
        """Tell whether the raw file *target*, which holds *content*, is what this would make."""

    def write(self, part: Path, moved: Callable[[int], None]) -> Content:
        """Make it, over *part*."""


@dataclass(frozen=True, slots=True)
class OneFile:
    """A raw file that is a copy of *file*."""

    file: Path
    note: ClassVar[str] = ""

    def agrees(self, target: Path, content: Content) -> bool:
        """Tell whether *target*, which holds *content*, is a copy already."""
        return self.file == target or (
            self.file.stat().st_size == content.size and sha256_file(self.file) == content.sha256
        )

    def write(self, part: Path, moved: Callable[[int], None]) -> Content:
        """Write it over *part*."""
        return Content(self.file.stat().st_size, copy(self.file, part, moved))


@dataclass(frozen=True, slots=True)
class OneSeries:
    """A raw file that is a stored zip of *members* (name -> DICOM file)."""

    members: Mapping[str, Path]

    @property
    def note(self) -> str:
        """What a person should know."""
        return f"packed {len(self.members)} DICOM files"

    def agrees(self, target: Path, content: Content) -> bool:  # noqa: ARG002  # an `Item`
        """Tell whether *target* holds the same members, by name, size and CRC-32."""
        return holds(target, self.members)

    def write(self, part: Path, moved: Callable[[int], None]) -> Content:
        """Write it over *part*."""
        write_stored(self.members, part, moved)
        return Content.of(part)


def items_below(
    folder: Path, prefix: str, root: Path, left_out: list[str]
) -> Iterator[tuple[str, Item]]:
    """Yield the raw path and item of everything in *folder*, whose own raw path is *prefix*.

    The DICOM files that lie directly in one folder become ``<folder>.zip`` when they are one
    series, ``<folder>/<SeriesInstanceUID>.zip`` each when they are several. Litter (hidden files,
    ``Thumbs.db``) is added to *left_out*. A link must lead to a file within *root*.
    """
    files: dict[str, Path] = {}
    for entry in sorted(os.scandir(folder), key=lambda entry: natural(entry.name)):
        path = member_path(f"{prefix}/{entry.name}" if prefix else entry.name, str(folder))
        if is_litter(entry.name):
            left_out.append(path)
        elif entry.is_dir(follow_symlinks=False):
            yield from items_below(Path(entry.path), path, root, left_out)
        else:
            files[entry.name] = regular(Path(entry.path), root)
    yield from _grouped(files, prefix, taken=os.path.lexists(f"{folder}.zip"))


def regular(file: Path, root: Path) -> Path:
    """Return *file*; raises `Refused` for a device, or for a link that leaves *root*."""
    if not file.is_file():
        raise Refused(f"{file} is not a regular file")
    if file.is_symlink() and not file.resolve().is_relative_to(root.resolve()):
        raise Refused(
            f"{file} is a link to a file outside {root}", hint="put the file itself there"
        )
    return file


def _grouped(files: Mapping[str, Path], prefix: str, *, taken: bool) -> Iterator[tuple[str, Item]]:
    series: dict[str, dict[str, Path]] = {}
    for name, file in files.items():
        uid = series_uid(file)
        if uid:
            series.setdefault(uid, {})[name] = file
        else:
            yield f"{prefix}/{name}" if prefix else name, OneFile(file)
    alone = len(series) == 1 and prefix and not taken
    for uid, members in series.items():
        path = prefix if alone else f"{prefix}/{uid}".lstrip("/")
        yield f"{path}.zip", OneSeries(members)


def series_uid(file: Path) -> str:
    """Return the SeriesInstanceUID of a DICOM file; empty for any other file.

    A file is DICOM by its preamble, or, when its name says so, by a data set that can be read.
    """
    with file.open("rb") as stream:
        head = stream.read(FEW)
        if head[PREAMBLE : PREAMBLE + 4] != b"DICM" and file.suffix.lower() not in ENDINGS:
            return ""
        found = scan_head(head, FEW) or scan_head(head + stream.read(HEAD - FEW), HEAD)
    uid = text(found.attributes, "SeriesInstanceUID") if found else _read_uid(file)
    return uid if UID.fullmatch(uid) else ""


def _read_uid(file: Path) -> str:
    from pydicom import dcmread

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd values elsewhere do not matter here
            header = dcmread(
                file, stop_before_pixels=True, specific_tags=["SeriesInstanceUID"], force=True
            )
            return str(header.get("SeriesInstanceUID", ""))
    except OSError:
        raise
    except Exception:  # noqa: BLE001  # broken bytes raise anything; the file stays loose
        return ""


def names(paths: Sequence[str], most: int = 3) -> str:
    """Join up to *most* of *paths* for a person to read.

    >>> names(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    shown = ", ".join(paths[:most])
    return f"{shown} and {len(paths) - most} more" if len(paths) > most else shown
