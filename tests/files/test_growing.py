"""A file that grows, past the page cache or through it: the same bytes, whatever the disk says."""

from __future__ import annotations

import errno
import os
from mmap import mmap
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medreg.files import growing
from medreg.files.growing import AGAIN, BLOCK, DIRECT, FURTHER, LEAST, NEW, Growing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROOM = 1 << 20
BYTES = bytes(range(251)) * (ROOM // 251 + 1)


@pytest.fixture
def room() -> memoryview:
    made = mmap(-1, ROOM)
    made.write(BYTES[:ROOM])
    return memoryview(made)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> dict[int, growing.Disk]:
    disks: dict[int, growing.Disk] = {}
    monkeypatch.setattr(growing, "_disks", disks)
    return disks


def wrote(file: Path, *pieces: memoryview, mode: int = AGAIN) -> bytes:
    stream = Growing(file, mode)
    for piece in pieces:
        stream.write(piece)
    stream.close()
    return file.read_bytes()


def past_writes(monkeypatch: pytest.MonkeyPatch, answer: Callable[[int], int]) -> list[int]:
    """Let *answer* say, or raise, how much of each direct write is taken; return what was asked."""
    asked: list[int] = []
    real = os.write

    def write(file: int, data: memoryview) -> int:
        import fcntl

        if not fcntl.fcntl(file, fcntl.F_GETFL) & DIRECT:
            return real(file, data)
        asked.append(len(data))
        return real(file, data[: answer(len(data))])

    monkeypatch.setattr(growing.os, "write", write)
    return asked


SIZES = st.lists(
    st.one_of(
        st.sampled_from([0, 1, BLOCK - 1, BLOCK, LEAST - 1, LEAST, LEAST + 1, ROOM]),
        st.integers(0, ROOM),
    ),
    max_size=5,
)


@given(sizes=SIZES, cut=st.integers(0, 4))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_pieces_are_all_there(
    tmp_path: Path, room: memoryview, sizes: list[int], cut: int
) -> None:
    """Also where the file is left, and taken up again."""
    pieces = [room[:size] for size in sizes]
    wrote(tmp_path / "a", *pieces[:cut])
    assert wrote(tmp_path / "a", *pieces[cut:], mode=FURTHER) == b"".join(pieces)


def test_large_pieces_go_past_the_page_cache(
    tmp_path: Path, room: memoryview, fresh: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = past_writes(monkeypatch, lambda size: size)
    wrote(tmp_path / "a", room, room[: LEAST + 5], room, room[:100])
    assert asked == ([ROOM, LEAST] if DIRECT else [])  # the third begins within a block


@pytest.mark.parametrize("code", growing.UNABLE)
def test_a_file_system_that_cannot(
    tmp_path: Path,
    room: memoryview,
    fresh: dict[int, growing.Disk],
    monkeypatch: pytest.MonkeyPatch,
    code: int,
) -> None:
    """It is asked once."""

    def refuses(_: int) -> int:
        raise OSError(code, os.strerror(code))

    asked = past_writes(monkeypatch, refuses)
    assert wrote(tmp_path / "a", room, room) == bytes(room) * 2
    assert len(asked) <= 1
    assert not any(disk.able for disk in fresh.values())


def test_a_write_that_is_taken_in_part(
    tmp_path: Path, room: memoryview, fresh: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_writes(monkeypatch, lambda size: size // 2)
    assert wrote(tmp_path / "a", room, room[:700_000]) == bytes(room) + BYTES[:700_000]


def test_a_slow_disk_is_left_to_the_kernel(
    tmp_path: Path,
    room: memoryview,
    fresh: dict[int, growing.Disk],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a trial, of 64 MB."""
    now = 0.0

    def takes_a_while(size: int) -> int:
        nonlocal now
        now += size / growing.SLOW * 1.5
        return size

    monkeypatch.setattr(growing.time, "monotonic", lambda: now)
    asked = past_writes(monkeypatch, takes_a_while)
    stream = Growing(tmp_path / "a", AGAIN)
    for _ in range(80):
        stream.write(room)
    stream.close()
    assert sum(asked) == (growing.TRIAL if DIRECT else 0)
    assert (tmp_path / "a").stat().st_size == 80 * ROOM


def test_nothing_lies_behind_what_failed(
    tmp_path: Path, room: memoryview, fresh: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Growing(tmp_path / "a", AGAIN)
    stream.write(room[:10])
    with monkeypatch.context() as patch:

        def full(*_: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        patch.setattr(growing.os, "write", full)
        with pytest.raises(OSError, match="No space"):
            stream.write(room[10:20])
    with pytest.raises(OSError, match="No space"):
        stream.write(room[20:30])
    stream.close()
    assert (tmp_path / "a").read_bytes() == BYTES[:10]


def test_what_is_there_is_not_new(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    with pytest.raises(FileExistsError):
        Growing(tmp_path / "a", NEW)
