"""500 hostile archives, drawn by seed: each ends in a named refusal, and writes nothing (F038)."""

from __future__ import annotations

import io
import random
import stat
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from medreg.errors import Refused
from medreg.files.archive import RawTree, open_archive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = (
    "../evil", "a/../../evil", "/etc/evil", "..\\evil", "C:\\evil", "a/b/../../../evil", "//evil",
    "a\x00b", "evil\n", "./../evil", "a/..", "\\\\host\\evil",
)  # fmt: skip
LINKS = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)


def zipped(dice: random.Random) -> bytes:
    data = io.BytesIO()
    evil = dice.randrange(5)
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(dice.randrange(4)):
            archive.writestr(f"scan{number}.nii", dice.randbytes(50))
        if evil == 0:
            info = zipfile.ZipInfo("x")
            info.filename = dice.choice([n for n in NAMES if "\x00" not in n])
            archive.writestr(info, b"evil")
        elif evil == 1:
            info = zipfile.ZipInfo("link")
            kind = dice.choice((stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFBLK))
            info.create_system, info.external_attr = 3, (kind | 0o777) << 16
            archive.writestr(info, dice.choice(NAMES).replace("\x00", ""))
        elif evil == 2:
            archive.writestr("Case.nii", b"1")
            archive.writestr("case.NII", b"2")
        elif evil == 3:
            archive.writestr("bomb", bytes(1000))
        else:
            archive.writestr("secret.nii", b"1234")
    body = bytearray(data.getvalue())
    at, central = body.rfind(b"PK\x03\x04"), body.rfind(b"PK\x01\x02")
    if evil == 3:  # say that a few bytes unpack to a gigabyte or more, in both headers
        size = dice.randrange(1 << 30, 1 << 31).to_bytes(4, "little")
        body[at + 22 : at + 26] = body[central + 24 : central + 28] = size
    if evil == 4:  # say that it is encrypted
        body[at + 6] |= 1
        body[central + 8] |= 1
    return bytes(body)


def tarred(dice: random.Random) -> bytes:
    data = io.BytesIO()
    evil = dice.randrange(3)
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:

        def put(name: str, kind: bytes = tarfile.REGTYPE, to: str = "") -> None:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, to
            body = b"evil" if kind == tarfile.REGTYPE else b""
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))

        for number in range(dice.randrange(4)):
            put(f"scan{number}.nii")
        if evil == 0:
            put(dice.choice([n for n in NAMES if "\x00" not in n]))
        elif evil == 1:
            put("link", dice.choice(LINKS), dice.choice(("/etc/passwd", "../evil", "scan0.nii")))
        else:
            put("Case.nii")
            put("case.NII")
    return data.getvalue()


def cut(dice: random.Random) -> bytes:
    """Return an honest archive that lost its end, or some bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("scan.nii", dice.randbytes(1000))
    body = data.getvalue()
    return body[: dice.randrange(1, len(body) - 30)]


@pytest.mark.parametrize("block", range(10))
def test_hostile_archives(tmp_path: Path, block: int) -> None:
    makers: tuple[tuple[Callable[[random.Random], bytes], str], ...]
    makers = ((zipped, ".zip"), (tarred, ".tar"), (cut, ".zip"))
    inside = tmp_path / "deep" / "raw"
    inside.mkdir(parents=True)
    for seed in range(block * 50, block * 50 + 50):
        dice = random.Random(seed)  # noqa: S311  # which evil
        make, ending = makers[seed % 3]
        file = inside / f"evil{ending}"
        file.write_bytes(make(dice))
        with pytest.raises(Refused) as caught:
            open_archive(file, file.name).close()
        assert file.name in f"{caught.value}", seed
        with RawTree(inside) as tree, pytest.raises(Refused):
            tree.paths()
        assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [file.name], seed
        file.unlink()
