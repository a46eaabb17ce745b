"""Files that are read where they lie."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medreg.errors import BytesDiffer, NotFound
from medreg.files import placed
from medreg.files.hashing import sha256_file, unwatched
from medreg.files.pack import write_stored
from medreg.files.placed import Placed, PlacedTree, packed_content

NAMES = st.text("abc019._-", min_size=1, max_size=8).filter(lambda name: name.strip("."))


@given(st.dictionaries(NAMES.map(str.lower), st.binary(max_size=300), min_size=1, max_size=6))
def test_the_digest_of_a_zip_that_is_not_written_is_that_of_the_written_one(
    contents: dict[str, bytes],
) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        members = {}
        for number, (name, data) in enumerate(contents.items()):
            members[name] = Path(scratch) / str(number)
            members[name].write_bytes(data)
        zipped = Path(scratch) / "s.zip"
        write_stored(members, zipped)
        assert packed_content(members, unwatched) == (zipped.stat().st_size, sha256_file(zipped))


def test_a_large_member_does_not_stay_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placed, "HELD", 1000)
    file = tmp_path / "large.dcm"
    file.write_bytes(os.urandom(50_000))
    write_stored({"large.dcm": file}, tmp_path / "s.zip")
    assert packed_content({"large.dcm": file}, unwatched)[1] == sha256_file(tmp_path / "s.zip")


def part(root: Path, name: str) -> tuple[str, int, int]:
    stat = (root / name).stat()
    return name, stat.st_size, stat.st_mtime_ns


def test_a_changed_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.nii").write_bytes(b"one")
    row = Placed("a.nii", 3, "", packed=False, parts=(part(tmp_path, "a.nii"),))
    tree = PlacedTree(tmp_path, [row])
    assert tree.read("a.nii") == b"one"
    assert tree.loose("a.nii") == str(tmp_path / "a.nii")
    (tmp_path / "a.nii").write_bytes(b"other")
    with pytest.raises(BytesDiffer, match=r"a\.nii has changed"):
        tree.read("a.nii")
    with pytest.raises(BytesDiffer):
        tree.loose("a.nii")
    (tmp_path / "a.nii").unlink()
    with pytest.raises(NotFound, match="gone"):
        tree.read("a.nii")


def test_a_series_looks_as_its_zip_would(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    for name in ("p/2.dcm", "p/10.dcm"):
        (tmp_path / name).write_bytes(name.encode())
    parts = tuple(part(tmp_path, name) for name in ("p/2.dcm", "p/10.dcm"))
    tree = PlacedTree(tmp_path, [Placed("p/1.2.zip", 0, "", packed=True, parts=parts)])
    assert tree.paths() == ("p/1.2/2.dcm", "p/1.2/10.dcm")
    assert tree.read("p/1.2/10.dcm") == b"p/10.dcm"
