"""Pack files into a zip whose bytes depend on their names and contents alone."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from typing import TYPE_CHECKING

from medreg.files.hashing import CHUNK, unwatched
from medreg.files.names import member_path, refuse_collisions
from medreg.tables import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can say
UNIX = 3
ATTRIBUTES = (stat.S_IFREG | 0o644) << 16


def write_stored(
    members: Mapping[str, Path], file: Path, moved: Callable[[int], None] = unwatched
) -> None:
    """Write the files *members* (name in the zip -> file) over *file* as a zip, uncompressed.

    Natural order, one date, fixed attributes: the same members give the same bytes on every
    machine. *file* is a temporary, as a zip is whole or not at all. Raises `Refused` for a name
    that is unsafe or collides.
    """
    names = sorted((member_path(name, file.name) for name in members), key=natural)
    refuse_collisions(names, file.name)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            add_stored(archive, name, members[name])
            moved(members[name].stat().st_size)


def holds(archive: Path, members: Mapping[str, Path]) -> bool:
    """Tell whether the zip *archive* holds just *members*, by name, size and CRC-32."""
    try:
        with zipfile.ZipFile(archive) as packed:
            found = {info.filename: (info.file_size, info.CRC) for info in packed.infolist()}
    except zipfile.BadZipFile:
        return False
    return found.keys() == members.keys() and all(
        size == members[name].stat().st_size and crc == _crc32(members[name])
        for name, (size, crc) in found.items()
    )


def _crc32(file: Path) -> int:
    crc = 0
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            crc = zlib.crc32(chunk, crc)
    return crc


def add_stored(archive: zipfile.ZipFile, name: str, file: Path) -> None:
    """Add *file* to *archive* as *name*, in a way that depends on its bytes alone."""
    info = zipfile.ZipInfo(name, date_time=EPOCH)
    info.create_system = UNIX
    info.external_attr = ATTRIBUTES
    info.file_size = file.stat().st_size  # decides whether the member needs zip64
    with file.open("rb") as old, archive.open(info, "w") as new:
        shutil.copyfileobj(old, new, CHUNK)
