from __future__ import annotations

import gzip
import os
import stat
import struct
import tarfile
import time
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medreg.errors import NotFound, Refused
from medreg.files import bombs
from medreg.files.archive import RawTree, open_archive
from tests.files.hostile import (
    BAD_NAMES,
    COLLIDING,
    make,
    make_tar,
    make_zip,
    patched,
    special_tar,
    special_zip,
)

if TYPE_CHECKING:
    from pathlib import Path

KINDS = (".zip", ".tar", ".tar.gz", ".tgz")
MEMBERS = {f"case_{n}/volume-{n}.nii": np.random.default_rng(n).bytes(5000 + n) for n in range(12)}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_archives_look_like_folders_of_their_own_name(raw: Path, kind: str) -> None:
    (raw / "deep").mkdir()
    make(raw / "deep" / f"batch{kind}", MEMBERS)
    (raw / "loose.nii").write_bytes(b"loose")
    with RawTree(raw) as tree:
        inside = [f"deep/batch/case_{n}/volume-{n}.nii" for n in range(12)]
        assert list(tree.paths()) == [*inside, "loose.nii"]
        assert {tree.container(path) for path in inside} == {f"deep/batch{kind}"}
        assert tree.container("loose.nii") == tree.read("loose.nii").decode() + ".nii"
        for path in reversed(inside):  # any order
            assert tree.read(path) == MEMBERS[path.removeprefix("deep/batch/")]


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_is_copied_without_some_members(raw: Path, kind: str) -> None:
    make(raw / f"batch{kind}", {**MEMBERS, "__MACOSX/case_3/._volume-3.nii": b"litter"})
    gone = {"case_3/volume-3.nii", "case_7/volume-7.nii"}
    for name in (f"first{kind}", f"second{kind}"):
        open_archive(raw / f"batch{kind}", "batch" + kind).copy(raw / name, without=gone)
    made = open_archive(raw / f"first{kind}", "first" + kind)
    assert {*made.paths} == MEMBERS.keys() - gone
    assert {path: made.open(path).read() for path in made.paths} == {
        path: data for path, data in MEMBERS.items() if path not in gone
    }
    assert b"litter" not in (raw / f"first{kind}").read_bytes()
    assert (raw / f"first{kind}").read_bytes() == (raw / f"second{kind}").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_members_seek_and_can_be_open_together(raw: Path, kind: str) -> None:
    make(raw / f"b{kind}", MEMBERS)
    with RawTree(raw) as tree:
        streams = {path: tree.open(path) for path in tree.paths()}
        for path, stream in streams.items():
            data = MEMBERS[path.removeprefix("b/")]
            assert stream.read(10) == data[:10]
        for path, stream in streams.items():
            data = MEMBERS[path.removeprefix("b/")]
            assert stream.seek(3000) == 3000
            assert stream.read(100) == data[3000:3100]
            stream.seek(-50, os.SEEK_CUR)
            assert stream.read(100) == data[3050:3150]
            stream.seek(0)
            assert stream.read() == data
            stream.close()


@pytest.mark.parametrize("kind", KINDS)
def test_folders_are_no_files_not_even_the_root(raw: Path, kind: str) -> None:
    kind_of = make_zip if kind == ".zip" else make_tar
    folders: list[Any] = ["./", "./a/", "empty/"]
    if kind != ".zip":
        folders = [special_tar(tarfile.DIRTYPE, name=name) for name in folders]
    kind_of(raw / f"x{kind}", [*((folder, b"") for folder in folders), ("./a/1.dcm", b"1")])
    with RawTree(raw) as tree:
        assert list(tree.paths()) == ["x/a/1.dcm"]


def test_litter_is_not_listed(raw: Path) -> None:
    make(
        raw / "a.zip",
        {
            "a/1.dcm": b"1",
            "a/.DS_Store": b"",
            "__MACOSX/a/._1.dcm": b"",
            "a/Thumbs.db": b"",
            ".hidden/x": b"",
        },
    )
    (raw / ".b.zip.part").write_bytes(b"half")
    (raw / ".gitignore").write_bytes(b"/x")
    with RawTree(raw) as tree:
        assert list(tree.paths()) == ["a/a/1.dcm"]


def test_an_unknown_path_is_not_found(raw: Path) -> None:
    make(raw / "a.zip", MEMBERS)
    with RawTree(raw) as tree:
        for path in ("b", "a/b", "a", "a.zip", ""):
            with pytest.raises(NotFound, match="holds no file"):
                tree.open(path)
    with pytest.raises(NotFound):
        RawTree(raw / "absent")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "word"), BAD_NAMES.items())
def test_hostile_names_are_refused(raw: Path, kind: str, name: str, word: str) -> None:
    make(raw / f"evil{kind}", {"good.dcm": b"1", name: b"2"})
    with RawTree(raw) as tree, pytest.raises(Refused, match=word) as caught:
        tree.paths()
    assert f"evil{kind}" in caught.value.message


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("one", "two"), COLLIDING)
def test_names_that_are_one_file_somewhere_are_refused(
    raw: Path, kind: str, one: str, two: str
) -> None:
    kind_of = make_zip if kind == ".zip" else make_tar
    kind_of(raw / f"evil{kind}", [(one, b"1"), (two, b"2")])
    with RawTree(raw) as tree, pytest.raises(Refused, match="evil"):
        tree.paths()


def test_an_archive_may_not_shadow_a_plain_file(raw: Path) -> None:
    make(raw / "a.zip", {"x.nii": b"1"})
    (raw / "a").mkdir()
    (raw / "a" / "x.nii").write_bytes(b"2")
    with RawTree(raw) as tree, pytest.raises(Refused, match="twice"):
        tree.paths()


@pytest.mark.parametrize(
    "mode", [stat.S_IFLNK | 0o777, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK]
)
def test_links_and_devices_in_a_zip_are_refused(raw: Path, mode: int) -> None:
    make_zip(raw / "evil.zip", [(special_zip(mode), b"/etc/passwd")])
    with RawTree(raw) as tree, pytest.raises(Refused, match="link or a device"):
        tree.paths()


@pytest.mark.parametrize("ending", [".tar", ".tgz"])
@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_a_tar_are_refused(raw: Path, kind: bytes, ending: str) -> None:
    make_tar(raw / f"evil{ending}", [("good", b"1"), (special_tar(kind), b"")])
    with RawTree(raw) as tree, pytest.raises(Refused, match=r"evil.*'link' is a link, a device"):
        tree.paths()


def test_encrypted_members_are_refused(raw: Path) -> None:
    def encrypt(data: bytearray) -> None:
        data[6] |= 1  # local header
        data[data.index(b"PK\x01\x02") + 8] |= 1  # central directory

    patched(make_zip(raw / "evil.zip", [("a", b"secret")]), encrypt)
    with RawTree(raw) as tree, pytest.raises(Refused, match="encrypted"):
        tree.paths()


def test_names_that_are_not_utf8_are_refused(raw: Path) -> None:
    def spoil(data: bytearray) -> None:
        while b"\xc3\xa9" in data:
            at = data.index(b"\xc3\xa9")
            data[at : at + 2] = b"\xff\xfe"

    patched(make_zip(raw / "evil.zip", [("caf\u00e9", b"1")]), spoil)
    with RawTree(raw) as tree, pytest.raises(Refused, match=r"evil\.zip"):
        tree.paths()
    (raw / "evil.zip").unlink()
    make_tar(raw / "evil.tar", [("caf\udcff", b"1")])
    with RawTree(raw) as tree, pytest.raises(Refused, match="UTF-8"):
        tree.paths()


def test_old_zips_keep_their_names(raw: Path) -> None:
    """UTF-8 without the flag that says so, and backslashes: wrong, and common."""

    def unflag(data: bytearray) -> None:
        for at in (6, data.index(b"PK\x01\x02") + 8):
            flags = struct.unpack_from("<H", data, at)[0]
            struct.pack_into("<H", data, at, flags & ~0x800)

    patched(make_zip(raw / "old.zip", [("caf\u00e9\\1.dcm", b"1")]), unflag)
    with RawTree(raw) as tree:
        assert list(tree.paths()) == ["old/caf\u00e9/1.dcm"]
        assert tree.read("old/caf\u00e9/1.dcm") == b"1"


@pytest.mark.parametrize(
    ("size", "packed"), [(2 << 40, 1 << 30), (5 << 30, 20 << 20), (2 << 20, 1000), (1 << 40, 0)]
)
def test_declared_bombs_are_refused(raw: Path, size: int, packed: int) -> None:
    with pytest.raises(Refused, match="bomb"):
        bombs.Watch("x.zip", 1 << 40).declare("a", size, packed)


def test_honest_masks_are_no_bombs() -> None:
    watch = bombs.Watch("masks.zip", 131 * 400_000)
    for case in range(131):  # int16 512 x 512 x 800, deflated about as far as deflate can
        watch.declare(f"segmentation-{case}.nii", 419_430_752, 411_000)


def test_a_zip_that_declares_too_much_is_refused(raw: Path) -> None:
    def lie(data: bytearray) -> None:
        at = data.index(b"PK\x01\x02")
        struct.pack_into("<L", data, at + 24, 0xFFFF_FF00)

    patched(make_zip(raw / "evil.zip", [("a", bytes(100))]), lie)
    with RawTree(raw) as tree, pytest.raises(Refused, match="bomb"):
        tree.paths()


def test_a_tar_that_declares_too_much_is_refused_before_it_is_inflated(raw: Path) -> None:
    info = tarfile.TarInfo("zeros.nii")
    info.size = 1 << 40
    with gzip.open(raw / "evil.tgz", "wb") as stream:
        stream.write(info.tobuf())
        stream.write(bytes(1 << 20))
    with RawTree(raw) as tree, pytest.raises(Refused, match="bomb"):
        tree.paths()


def test_overlapping_members_are_refused(raw: Path) -> None:
    def overlap(data: bytearray) -> None:
        second = data.rindex(b"PK\x01\x02")
        struct.pack_into("<L", data, second + 42, 0)  # both begin at the first local header

    patched(make_zip(raw / "evil.zip", [("a", b"1" * 50), ("b", b"2" * 50)]), overlap)
    with RawTree(raw) as tree, pytest.raises(Refused, match="overlaps"):
        tree.paths()


def read_all(folder: Path) -> dict[str, bytes]:
    with RawTree(folder) as tree:
        return {path: tree.read(path) for path in tree.paths()}


def read_or_refusal(folder: Path) -> tuple[dict[str, bytes], str]:
    try:
        return read_all(folder), ""
    except Refused as refusal:
        return {}, refusal.message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.999])
def test_truncated_archives_are_refused(raw: Path, kind: str, share: float) -> None:
    file = make(raw / f"cut{kind}", MEMBERS)
    size = file.stat().st_size
    if kind == ".tar":  # the padding after the end marker may be missing
        size = 12 * (512 + 5120) + 1024
    os.truncate(file, int((size - 513) * share))
    with pytest.raises(Refused, match=f"cut{kind}.*damaged or incomplete") as caught:
        read_all(raw)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("kind", [".tar", ".tgz"])
def test_a_tar_cut_between_two_members_is_refused(raw: Path, kind: str) -> None:
    file = make(raw / "cut.tar", MEMBERS)
    whole = file.read_bytes()
    with tarfile.open(file) as tar:
        at = tar.getmembers()[5].offset
    file.unlink()
    (raw / f"cut{kind}").write_bytes(whole[:at] if kind == ".tar" else gzip.compress(whole[:at]))
    with pytest.raises(Refused, match="its end is missing"):
        read_all(raw)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kind=st.sampled_from(KINDS),
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4
    ),
)
def test_a_damaged_archive_never_gives_other_bytes(
    tmp_path_factory: pytest.TempPathFactory, kind: str, changes: list[tuple[float, int]]
) -> None:
    """Whatever byte flips: the same bytes, or a refusal. (A plain tar has no checksum of data.)"""
    raw = tmp_path_factory.mktemp("raw")
    members = {path: data[:300] for path, data in MEMBERS.items()}
    file = make(raw / f"a{kind}", members)

    def flip(data: bytearray) -> None:
        for place, value in changes:
            data[int(place * len(data))] = value

    patched(file, flip)
    found, refusal = read_or_refusal(raw)
    allowed = {f"a/{path}": data for path, data in members.items()}
    if refusal:
        assert f"a{kind}" in refusal
    elif kind in (".zip", ".tar"):  # names and types have weak checksums there, or none
        assert all(data in allowed.values() or kind == ".tar" for data in found.values())
    else:
        assert found == allowed


NAMES = st.one_of(
    st.sampled_from([*BAD_NAMES, *(name for pair in COLLIDING for name in pair)]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20),
)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    names=st.lists(NAMES, min_size=1, max_size=4),
    types=st.lists(st.sampled_from([tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE])),
)
def test_hostile_archives_are_listed_safely_or_refused(
    tmp_path_factory: pytest.TempPathFactory, kind: str, names: list[str], types: list[bytes]
) -> None:
    raw = tmp_path_factory.mktemp("around") / "raw"
    raw.mkdir()
    if kind == ".zip":
        make_zip(raw / "a.zip", [(name, b"x") for name in names])
    else:
        members = []
        for n, name in enumerate(names):
            info = tarfile.TarInfo(name)
            info.type = types[n] if n < len(types) else tarfile.REGTYPE
            members.append((info, b"x"))
        make_tar(raw / f"a{kind}", members)
    found, refusal = read_or_refusal(raw)
    if refusal:
        assert f"a{kind}" in refusal
    folded = [path.casefold() for path in found]
    assert len(set(folded)) == len(folded)
    assert all(p.startswith("a/") and ".." not in p.split("/") for p in found)
    assert [*raw.parent.iterdir(), *raw.iterdir()] == [raw, raw / f"a{kind}"]


def test_links_in_the_raw_folder_are_refused(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (raw / "innocent.nii").symlink_to(tmp_path / "secret")
    with pytest.raises(Refused, match=r"innocent\.nii is a link"):
        RawTree(raw)


def test_gzipped_tars_are_entered_where_they_are_wanted(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random access through checkpoints gives the bytes that reading through gives."""
    monkeypatch.setattr("medreg.files.streams.SPAN", 1 << 16)
    members = {f"v{n}": np.random.default_rng(n).bytes(40_000) + bytes(90_000) for n in range(40)}
    make(raw / "a.tgz", members)
    order = list(members)
    np.random.default_rng(0).shuffle(order)
    with RawTree(raw) as tree:
        for name in order:
            with tree.open(f"a/{name}") as stream:
                stream.seek(39_000)
                assert stream.read(2000) == members[name][39_000:41_000]
            assert tree.read(f"a/{name}") == members[name]


def test_gzip_in_several_members_and_padded_reads_as_one(raw: Path) -> None:
    plain = make(raw / "x.tar", MEMBERS).read_bytes()
    (raw / "x.tar").unlink()
    third = len(plain) // 3
    pieces = (plain[:third], plain[third : 2 * third], b"", plain[2 * third :])
    (raw / "x.tgz").write_bytes(b"".join(map(gzip.compress, pieces)) + bytes(600))
    assert read_all(raw) == {f"x/{path}": data for path, data in MEMBERS.items()}


def test_a_hundred_thousand_members_are_listed_quickly(raw: Path) -> None:
    with zipfile.ZipFile(raw / "many.zip", "w") as archive:
        for n in range(100_000):
            archive.writestr(f"s{n // 300}/i{n}.dcm", b"x")
    begin = time.process_time()
    with RawTree(raw) as tree:
        assert len(tree.paths()) == 100_000
    assert time.process_time() - begin < 10  # about 1.7 s; a loose bound for busy machines


def test_an_empty_archive_is_empty(raw: Path) -> None:
    for kind in KINDS:
        make(raw / f"a{kind}", {})
    assert read_all(raw) == {}


def test_a_name_tells_the_kind_of_an_archive(raw: Path) -> None:
    make(raw / "a.zip", MEMBERS)
    (raw / "a.zip").rename(raw / "temporary")
    archive = open_archive(raw / "temporary", "Training_Batch1.zip")
    assert set(archive.paths) == set(MEMBERS)
    archive.close()
