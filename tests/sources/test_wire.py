"""Files come over one connection that is kept, however a server answers (F030)."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from medreg.errors import Transient
from medreg.sources import Http

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sources.lab import Lab

BODY = bytes(range(256)) * 40
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 10240\r\n\r\n" + BODY
FILES = [f"{number}.nii" for number in range(4)]


@contextmanager
def answering(answer: bytes, *, hangs_up: bool = False) -> Iterator[tuple[str, list[int]]]:
    """Give *answer* to every request; yield the address, and the requests of each connection."""
    asked: list[int] = []

    def serve(line: socket.socket, number: int) -> None:
        with line:
            while line.recv(1 << 16):
                asked[number] += 1
                line.sendall(answer)
                if hangs_up:
                    return

    def accept() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            asked.append(0)
            threading.Thread(target=serve, args=(line, len(asked) - 1), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_one_connection_brings_file_after_file(lab: Lab) -> None:
    with answering(PLAIN) as (url, asked):
        lab.fetch(Http({name: f"{url}/{name}" for name in FILES}))
    assert lab.files() == dict.fromkeys(FILES, BODY)
    assert asked == [len(FILES)]


@pytest.mark.parametrize(
    "answer",
    [
        PLAIN,
        b"HTTP/1.1 200 OK\r\n\r\n" + BODY,
        b"HTTP/1.0 200 OK\r\nVary: a\r\nVary: b\r\n\r\n" + BODY,
        b"HTTP/1.1 200\r\ncontent-length:10240\r\nconnection: Close\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2800\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 10240\r\n\r\n" + BODY,
    ],
    ids=["silent", "no length", "old", "said", "chunked", "cookie"],
)
def test_a_server_that_hangs_up_after_each_answer(
    lab: Lab, naps: list[float], answer: bytes
) -> None:
    """It is no failure: nobody waits before asking for the next file."""
    with answering(answer, hangs_up=True) as (url, _):
        lab.fetch(Http({name: f"{url}/{name}" for name in FILES}))
    assert lab.files() == dict.fromkeys(FILES, BODY)
    assert naps == []


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 200 OK\r\nX: " + bytes(1 << 17), PLAIN[:-1]],
    ids=["nothing", "half a head", "no end", "a byte short"],
)
def test_an_answer_that_breaks_off(lab: Lab, naps: list[float], answer: bytes) -> None:
    with answering(answer, hangs_up=True) as (url, _), pytest.raises(Transient):
        lab.fetch(Http({"0.nii": f"{url}/0.nii"}))
    assert lab.files() == {}
    assert naps
