from __future__ import annotations

import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from medreg.errors import NotFound, Refused
from medreg.files.archive import RawTree
from medreg.files.atomic import write_bytes
from medreg.files.hashing import sha256_bytes, sha256_file
from medreg.files.manifest import Difference, compare, describe, sha256sums
from medreg.files.pack import holds, write_stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = {
    "v10.nii": b"ten",
    "v2.nii": b"two",
    "sub/a b\u00e9.json": b"{}",
    ".hidden": b"h",
    "e": b"",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        write_bytes(tmp_path / "content" / name, data)
    (tmp_path / "content" / "empty").mkdir()
    return tmp_path / "content"


def test_every_file_is_described_in_natural_order(folder: Path) -> None:
    rows = describe(folder)
    assert [row.path for row in rows] == [".hidden", "e", "sub/a b\u00e9.json", "v2.nii", "v10.nii"]
    assert all(row.sha256 == sha256_bytes(FILES[row.path]) for row in rows)
    assert all(row.size == len(FILES[row.path]) for row in rows)
    assert compare(folder, rows) == []


def test_links_are_refused(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "e")
    with pytest.raises(Refused, match="link is not a regular file"):
        describe(folder)
    (folder / "link").unlink()
    (folder / "link").symlink_to(folder / "sub")
    with pytest.raises(Refused, match="link is not a regular file"):
        describe(folder)


CHANGES: dict[str, tuple[Callable[[Path], object], Difference]] = {
    "same size": (
        lambda f: (f / "v2.nii").write_bytes(b"TWO"),
        Difference(
            "v2.nii", "differs", f"sha256 {sha256_bytes(b'TWO')}, not {sha256_bytes(b'two')}"
        ),
    ),
    "other size": (
        lambda f: (f / "v2.nii").write_bytes(b"twoo"),
        Difference("v2.nii", "differs", "4 bytes, not 3"),
    ),
    "gone": (
        lambda f: (f / "e").unlink(),
        Difference("e", "missing", f"0 bytes, sha256 {sha256_bytes(b'')}"),
    ),
    "new": (
        lambda f: (f / "sub" / ".x.part").write_bytes(b""),
        Difference("sub/.x.part", "extra", "not in the manifest"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_difference_is_named(folder: Path, change: str) -> None:
    rows = describe(folder)
    apply, expected = CHANGES[change]
    apply(folder)
    assert compare(folder, rows) == [expected]
    assert compare(folder, rows, extra_ok={"sub/.x.part"}) == [expected][: change != "new"]


def test_a_link_to_the_right_bytes_is_no_difference(folder: Path, tmp_path: Path) -> None:
    rows = describe(folder)
    (folder / "v2.nii").rename(tmp_path / "cached")
    (folder / "v2.nii").symlink_to(tmp_path / "cached")
    assert compare(folder, rows) == []


def test_a_missing_folder_misses_every_file(folder: Path, tmp_path: Path) -> None:
    found = compare(tmp_path / "absent", describe(folder))
    assert [difference.problem for difference in found] == ["missing"] * len(FILES)
    with pytest.raises(NotFound, match="absent"):
        describe(tmp_path / "absent")


def test_sha256sum_reads_the_sums(folder: Path) -> None:
    for odd in ("back\\slash", "line\nend"):
        (folder / odd).write_bytes(b"odd")
    (folder.parent / "SHA256SUMS").write_bytes(sha256sums(describe(folder)))
    command = ["sha256sum", "--strict", "-c", "../SHA256SUMS"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK") == len(FILES) + 2


def test_packing_depends_on_names_and_contents_alone(tmp_path: Path) -> None:
    members = {f"i{n}.dcm": tmp_path / f"i{n}" for n in range(12)}
    for n, file in enumerate(members.values()):
        file.write_bytes(bytes([n]) * n * 1000)
    write_stored(members, tmp_path / "one.zip")
    for file in members.values():
        data = file.read_bytes()
        file.unlink()
        file.write_bytes(data)
        file.chmod(0o600)
    moved: list[int] = []
    write_stored(dict(reversed(members.items())), tmp_path / "two.zip", moved.append)
    assert sha256_file(tmp_path / "one.zip") == sha256_file(tmp_path / "two.zip")
    assert sum(moved) == 66_000
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        infos = archive.infolist()
        assert archive.testzip() is None
    assert [info.filename for info in infos] == list(members)  # natural order
    assert {info.compress_type for info in infos} == {zipfile.ZIP_STORED}
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.flag_bits for info in infos} == {0}


def test_a_packed_series_stays_the_same_forever(tmp_path: Path) -> None:
    """The bytes are on record in many places: a change here is a change of format."""
    (tmp_path / "a").write_bytes(b"slice one")
    (tmp_path / "b").write_bytes(b"slice two")
    write_stored({"i10.dcm": tmp_path / "b", "i2.dcm": tmp_path / "a"}, tmp_path / "s.zip")
    assert sha256_file(tmp_path / "s.zip") == PACKED


PACKED = "bf92242f10fbd8b7cbedea27ffbcb7928a6632aead5e481d31ef3ba963264ab3"


@pytest.mark.parametrize("name", ["../a", "/a", "a\\b", ""])
def test_unsafe_names_are_not_packed(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").write_bytes(b"1")
    with pytest.raises(Refused):
        write_stored({name: tmp_path / "a"}, tmp_path / "s.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]


def test_a_zip_tells_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")
    write_stored({"x": tmp_path / "a"}, tmp_path / "s.zip")
    assert holds(tmp_path / "s.zip", {"x": tmp_path / "a"})
    assert not holds(tmp_path / "s.zip", {"x": tmp_path / "b"})
    assert not holds(tmp_path / "s.zip", {"y": tmp_path / "a"})
    assert not holds(tmp_path / "s.zip", {"x": tmp_path / "a", "y": tmp_path / "b"})
    assert not holds(tmp_path / "a", {"x": tmp_path / "a"})


def test_a_packed_series_reads_like_its_folder(tmp_path: Path) -> None:
    (tmp_path / "i1.dcm").write_bytes(b"1")
    (tmp_path / "raw" / "CT").mkdir(parents=True)
    write_stored({"i1.dcm": tmp_path / "i1.dcm"}, tmp_path / "raw" / "CT" / "DICOM_anon.zip")
    with RawTree(tmp_path / "raw") as tree:
        assert list(tree.paths()) == ["CT/DICOM_anon/i1.dcm"]
