"""Write fabricated files where a listing says: loose, or into the archives that it names."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

from medreg.tables import natural
from medreg.testing.listing import archive_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_FILE = 0o644 << 16


def write(files: Mapping[str, bytes], into: Path) -> list[Path]:
    """Write *files* (contents by listed path) below *into*; return what lies there now, sorted.

    The same files give the same bytes: archives hold them in natural order, uncompressed (but for
    ``.tar.gz``), without times or owners.
    """
    members: dict[str, dict[str, bytes]] = {}
    written = []
    for path in sorted(files, key=natural):
        if split := archive_of(path):
            members.setdefault(split[0], {})[split[1]] = files[path]
        else:
            written.append(_whole(into / path, files[path]))
    for archive, inside in members.items():
        packed = _zip(inside) if archive.lower().endswith(".zip") else _tar(inside, archive)
        written.append(_whole(into / archive, packed))
    return sorted(written)


def _whole(target: Path, data: bytes) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return target


def _zip(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, date_time=_DATE)
            info.create_system, info.external_attr = 3, _FILE  # Unix, whatever this system is
            archive.writestr(info, data)
    return stream.getvalue()


def _tar(members: Mapping[str, bytes], name: str) -> bytes:
    import gzip

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, data in members.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    plain = stream.getvalue()
    return plain if name.lower().endswith(".tar") else gzip.compress(plain, mtime=0)
