"""Read the files in a zip in place, after refusing everything that a zip should not hold."""

from __future__ import annotations

import shutil
import stat
import zipfile
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, cast

from medreg.errors import Refused
from medreg.files.bombs import Watch
from medreg.files.names import is_litter, member_path, refuse_collisions
from medreg.files.streams import damaged, guarded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

ENCRYPTED = 0x1 | 0x40 | 0x2000  # bits 0, 6 and 13 (APPNOTE.TXT 4.4.4)
UTF8 = 0x800  # bit 11
LOCAL_HEADER = 30  # bytes before the name (APPNOTE.TXT 4.3.7)
TYPES = {0, stat.S_IFREG, stat.S_IFDIR}


class Zip:
    """The files in the zip *file*; *label* names it in errors.

    Raises `Refused` for a damaged zip, and for one with a member that no dataset needs: see
    `medreg.files.archive`.
    """

    def __init__(self, file: Path, label: str) -> None:
        self._label = label
        with damaged(label):
            self._zip = zipfile.ZipFile(file)
        try:
            with damaged(label):
                self._members = self._index(file.stat().st_size)
        except BaseException:  # tidied up, and raised again
            self.close()
            raise

    def _index(self, packed_size: int) -> Mapping[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        named = [(self._checked(info), info) for info in infos]
        files = [(path, info) for path, info in named if not _is_folder(info)]
        refuse_collisions((path for path, _ in files), self._label)
        _refuse_overlap(infos, self._zip.start_dir, self._label)
        watch = Watch(self._label, packed_size)
        for path, info in files:
            watch.declare(path, info.file_size, info.compress_size)
        return {path: info for path, info in files if not is_litter(path)}

    def _checked(self, info: zipfile.ZipInfo) -> str:
        path = member_path(_name(info), self._label, is_folder=_is_folder(info))
        if stat.S_IFMT(info.external_attr >> 16) not in TYPES:
            raise Refused(f"{self._label}: the member {path!r} is a link or a device, not a file")
        if info.flag_bits & ENCRYPTED:
            raise Refused(
                f"{self._label}: the member {path!r} is encrypted",
                hint="unpack it with its password, and fetch the folder that this gives",
            )
        return path

    @property
    def paths(self) -> Collection[str]:
        """The paths of all files but litter."""
        return self._members.keys()

    def open(self, path: str) -> BinaryIO:
        """Open one file; reading it raises `Refused` where its bytes are damaged."""
        where = f"{self._label}: the member {path!r}"
        with damaged(where):
            return guarded(cast("zipfile.ZipExtFile", self._zip.open(self._members[path])), where)

    def copy(self, target: Path, *, without: Collection[str]) -> None:
        """Write a zip of all files but those and litter to *target*, each packed as it was."""
        with zipfile.ZipFile(target, "w") as made:
            for path, info in self._members.items():
                if path not in without:
                    entry = zipfile.ZipInfo(path, info.date_time)
                    entry.compress_type, entry.file_size = info.compress_type, info.file_size
                    with self.open(path) as old, made.open(entry, "w") as new:
                        shutil.copyfileobj(old, new)

    def close(self) -> None:
        """Close the archive."""
        self._zip.close()


def _name(info: zipfile.ZipInfo) -> str:
    """Return the name as it was meant.

    Old tools write backslashes, and UTF-8 without saying so, against APPNOTE.TXT 4.4.17.
    """
    name = info.orig_filename
    if not (info.flag_bits & UTF8 or name.isascii()):
        with suppress(UnicodeError):  # else it is in code page 437, as appendix D says
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return _name(info).endswith("/") or stat.S_ISDIR(info.external_attr >> 16)


def _refuse_overlap(infos: Sequence[zipfile.ZipInfo], end: int, label: str) -> None:
    """Raise `Refused` when two members share bytes: how the densest bombs are built."""
    starts = sorted((info.header_offset, info.compress_size, info.orig_filename) for info in infos)
    for (start, size, name), (following, _, _) in pairwise([*starts, (end, 0, "")]):
        if start < 0 or start + LOCAL_HEADER + size > following:
            raise Refused(
                f"{label}: the member {name!r} overlaps the next one, or lies outside the file"
            )
