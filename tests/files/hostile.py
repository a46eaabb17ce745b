"""Archives that no publisher should send, each with the word that its refusal must hold."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BAD_NAMES = {
    "../evil": "leaves",
    "a/../../evil": "leaves",
    "a/..": "leaves",
    "/etc/passwd": "absolute",
    "//server/share": "absolute",
    "C:/Windows/evil": "absolute",
    "c:evil": "absolute",
    "a\nb": "control",
    "a/b\x1b[2J": "control",
}
COLLIDING = [
    ("a.dcm", "A.DCM"),
    ("a.dcm", "a.dcm"),
    ("a.dcm", "./a.dcm"),
    ("a.dcm", "a//b/../../a.dcm"),
    ("a", "a/b"),
    ("caf\u00e9", "cafe\u0301"),
    ("stra\u00dfe", "STRASSE"),
]


def make_zip(target: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return target


def make_tar(target: Path, members: list[tuple[str | tarfile.TarInfo, bytes]]) -> Path:
    mode = "w" if target.name.endswith(".tar") else "w:gz"
    with tarfile.open(target, mode, encoding="utf-8", errors="surrogateescape") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(data) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(data))
    return target


def make(target: Path, members: dict[str, bytes]) -> Path:
    """Write *members* to an archive of the kind that the name of *target* says."""
    kind = make_zip if target.name.endswith(".zip") else make_tar
    return kind(target, list(members.items()))


def special_zip(mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link")
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def special_tar(kind: bytes, name: str = "link") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


def patched(file: Path, change: Callable[[bytearray], None]) -> Path:
    data = bytearray(file.read_bytes())
    change(data)
    file.write_bytes(data)
    return file
