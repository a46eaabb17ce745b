from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medreg.errors import CannotHere, Transient
from medreg.files import atomic
from medreg.files.atomic import clear_scratch, place, whole_file, whole_folder, write_bytes
from medreg.files.hashing import sha256_bytes, sha256_file
from medreg.files.lock import lock


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_file_is_whole_and_leaves_nothing_beside(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "a.bin"
    write_bytes(target, b"one")
    write_bytes(target, b"two")
    assert tree(tmp_path) == {"new/folder/a.bin": b"two"}


def break_after(file: Path, error: type[BaseException]) -> None:
    file.write_bytes(b"half")
    raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "a.bin"
    write_bytes(target, b"old")
    with pytest.raises(error), whole_file(target) as part:
        break_after(part, error)
    assert tree(tmp_path) == {"a.bin": b"old"}


def test_a_folder_replaces_all_of_the_old_one(tmp_path: Path) -> None:
    target, scratch = tmp_path / "case_1", tmp_path / "scratch"
    for content in ({"a": b"1", "sub/b": b"2"}, {"c": b"3"}):
        with whole_folder(target, scratch) as fresh:
            for name, data in content.items():
                write_bytes(fresh / name, data)
        assert tree(tmp_path) == {f"case_1/{name}": data for name, data in content.items()}
        assert list(scratch.iterdir()) == []


def test_an_error_leaves_the_old_folder(tmp_path: Path) -> None:
    target, scratch = tmp_path / "case_1", tmp_path / "scratch"
    with whole_folder(target, scratch) as fresh:
        (fresh / "a").write_bytes(b"old")
    with pytest.raises(KeyError), whole_folder(target, scratch) as fresh:
        break_after(fresh / "a", KeyError)
    assert tree(tmp_path) == {"case_1/a": b"old"}


def test_folders_of_one_name_share_a_scratch(tmp_path: Path) -> None:
    one, two = tmp_path / "one" / "case", tmp_path / "two" / "case"
    with (
        whole_folder(one, tmp_path / "scratch") as first,
        whole_folder(two, tmp_path / "scratch") as second,
    ):
        (first / "a").write_bytes(b"1")
        (second / "a").write_bytes(b"2")
    assert tree(tmp_path) == {"one/case/a": b"1", "two/case/a": b"2"}


def test_scratch_is_cleared_of_everything(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_bytes(b"1")
    (tmp_path / "file").write_bytes(b"1")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    clear_scratch(tmp_path)
    assert list(tmp_path.iterdir()) == []
    clear_scratch(tmp_path / "absent")


def test_no_half_of_a_folder_keeps_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a run is killed while it clears, the next must not take what is left for whole."""

    def killed(path: Path) -> None:
        for first in list(path.iterdir())[:1]:
            first.unlink()
        raise KeyboardInterrupt

    whole = {"folder/a": b"1", "folder/b": b"1"}
    for _ in range(4):
        for path, data in whole.items():
            write_bytes(tmp_path / path, data)
        with monkeypatch.context() as patch:
            patch.setattr(atomic.shutil, "rmtree", killed)
            with pytest.raises(KeyboardInterrupt):
                clear_scratch(tmp_path)
        named = {path: data for path, data in tree(tmp_path).items() if path in whole}
        assert named in ({}, whole)
    clear_scratch(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_placing_copies_and_never_links(tmp_path: Path) -> None:
    source, target, moved = tmp_path / "a", tmp_path / "deep" / "b", []
    data = os.urandom(3_000_000)
    source.write_bytes(data)
    assert place(source, target, moved.append) == hashlib.sha256(data).hexdigest()
    assert sum(moved) == len(data)
    assert source.stat().st_ino != target.stat().st_ino
    target.write_bytes(b"changed")
    assert source.read_bytes() == data


def test_hashes_are_sha256(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1
    assert sha256_file(tmp_path / "a") == sha256_bytes(b"abc") == expected


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_with_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(_path: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic, "_sync", full)
    with pytest.raises(CannotHere, match="bytes free") as caught:
        write_bytes(tmp_path / "a.nii.gz", b"data")
    assert "a.nii.gz" in caught.value.message
    assert caught.value.exit_code == 7
    assert tree(tmp_path) == {}


def test_a_really_full_disk() -> None:
    device = Path("/dev/full")  # where every write meets a full disk
    with pytest.raises(CannotHere, match=r"/dev/full.*bytes free"), atomic.machine_errors(device):
        device.write_bytes(b"x")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_missing_permission_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def forbidden(self: Path, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(self))

    monkeypatch.setattr("pathlib.Path.mkdir", forbidden)
    with pytest.raises(CannotHere, match=r"no permission for .*sub"):
        write_bytes(tmp_path / "sub" / "a", b"data")


def test_other_errors_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), atomic.machine_errors(tmp_path):
        raise IsADirectoryError(errno.EISDIR, "is a directory")


WRITER = """
import sys, time
from pathlib import Path
from medreg.files.atomic import place, whole_folder, write_bytes

def slow(size):
    print(size, flush=True)
    time.sleep(0.02)

source, target = map(Path, sys.argv[2:])
if sys.argv[1] == "file":
    place(source, target, slow)
else:
    with whole_folder(target, target.parent / "scratch") as fresh:
        for n in range(8):
            write_bytes(fresh / f"{n}", source.read_bytes()[:1000])
            slow(1000)
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_killed_at_any_moment_and_run_again(tmp_path: Path, kind: str) -> None:
    source, target = tmp_path / "source", tmp_path / "raw" / "target"
    source.write_bytes(bytes(range(256)) * 32_000)  # eight chunks
    command = [sys.executable, "-c", WRITER, kind, str(source), str(target)]
    for chunks in (1, 4, 7):
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert child.stdout
        with child, child.stdout:
            for _ in range(chunks):
                child.stdout.readline()
            child.send_signal(signal.SIGKILL)
        assert not target.exists()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    if kind == "file":
        assert tree(target.parent) == {"target": source.read_bytes()}
    else:
        expected = {f"target/{n}": source.read_bytes()[:1000] for n in range(8)}
        assert tree(target.parent) == expected


HOLDER = """
import sys, time
from pathlib import Path
from medreg.files.lock import lock

with lock(Path(sys.argv[1]), "medreg fetch lits"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_names_its_holder_and_dies_with_it(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "lits.lock"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    with child, child.stdout:
        assert child.stdout.readline() == "held\n"
        with (
            pytest.raises(Transient, match=f"process {child.pid} is busy: medreg fetch lits"),
            lock(path, "other"),
        ):
            pass
        child.kill()
    begin = time.monotonic()
    with lock(path, "after the kill"):
        assert path.read_text() == f"{os.getpid()} after the kill\n"
    with lock(path, "again"):
        pass
    assert time.monotonic() - begin < 5


def test_a_lock_holds_within_one_process_too(tmp_path: Path) -> None:
    with (
        lock(tmp_path / "a.lock", "one"),
        pytest.raises(Transient, match="one"),
        lock(tmp_path / "a.lock", "two"),
    ):
        pass
