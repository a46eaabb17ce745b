"""One kept connection to a server, which brings file after file at little more cost than bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self

from urllib3 import HTTPSConnectionPool
from urllib3.exceptions import ProtocolError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from requests import Response
    from urllib3 import HTTPConnectionPool

HEAD = 4096  # bytes asked for at first: the head of an answer, and where its body begins
LONGEST = 1 << 16  # bytes of a head
OK = 200  # below it, an answer is only a word before the answer
VERSIONS = ("HTTP/1.0", "HTTP/1.1")
TRUST = ("assert_hostname", "ca_cert_dir", "ca_certs", "cert_file", "cert_reqs", "key_file")
ASK_AGAIN = {301, 302, 303, 307, 308, 401}  # a redirect, or a login of a kind of its own


class Reply(Protocol):
    """An answer whose body is still to be read."""

    @property
    def status_code(self) -> int:
        """The status."""

    @property
    def reason(self) -> str:
        """What the server calls the status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header's fields, blind to case."""

    def into(self, room: memoryview) -> int:
        """Put the next bytes of the body into *room*; return how many, 0 at its end."""

    def __enter__(self) -> Self:
        """Read it."""

    def __exit__(self, *_: object) -> None:
        """Let its connection go."""


class Requested:
    """An answer that `requests` brought."""

    def __init__(self, response: Response) -> None:
        self._response = response
        self.status_code, self.reason = response.status_code, response.reason
        self.headers: Mapping[str, str] = response.headers

    def into(self, room: memoryview) -> int:
        """Put the next bytes of the body into *room*."""
        chunk: bytes = self._response.raw.read1(len(room), decode_content=False)
        room[: len(chunk)] = chunk
        return len(chunk)

    def __enter__(self) -> Self:
        """Read it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give its connection back."""
        self._response.close()


class Wire:
    """A connection to the server of *pool*, opened when it is needed, for one thread at a time.

    *said* are the header's fields that every request has; *host* is the server, as URLs have it.
    """

    def __init__(self, pool: HTTPConnectionPool, said: Mapping[str, str], host: str) -> None:
        self._pool, self._said, self._host = pool, said, host
        self._line: socket.socket | None = None

    def ask(
        self, target: str, headers: Mapping[str, str], timeout: tuple[float, float]
    ) -> Reply | None:
        """Return the answer to a GET of *target*; None where `requests` must ask in our place.

        Raises `urllib3.exceptions.HTTPError`.
        """
        fields = {"Host": self._host, **self._said, **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        request = f"GET {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
        try:
            reply = _read(self, *self._asked(request, timeout))
        except OSError as error:
            self.close()
            raise ProtocolError("the connection failed", error) from error
        except BaseException:  # tidied up, and raised again
            self.close()
            raise
        if reply is None:
            self.close()
        return reply

    def _asked(self, request: bytes, timeout: tuple[float, float]) -> tuple[bytes, bytes]:
        """Return the head of the answer, and what came of its body with it."""
        kept = self._line
        line = kept or self._connected(timeout)
        try:
            line.sendall(request)
            come = line.recv(HEAD)
        except ConnectionError:
            if not kept:
                raise
            come = b""
        if kept and not come:  # the server had closed it meanwhile
            self.close()
            return self._asked(request, timeout)
        while (end := come.find(b"\r\n\r\n")) < 0:
            more = line.recv(HEAD)
            if not more or len(come) > LONGEST:
                raise ProtocolError("the answer breaks off in its head")
            come += more
        return come[:end], come[end + 4 :]

    def _connected(self, timeout: tuple[float, float]) -> socket.socket:
        pool, trust = self._pool, {}
        if isinstance(pool, HTTPSConnectionPool):
            trust = {name: getattr(pool, name) for name in TRUST}
        made: Any = pool.ConnectionCls(
            pool.host, pool.port, timeout=timeout[0], **trust, **pool.conn_kw
        )
        made.connect()
        line: socket.socket = made.sock
        line.settimeout(timeout[1])
        self._line = line
        return line

    def receive(self, room: memoryview) -> int:
        """Put the next bytes into *room*; return how many, 0 where the server is through."""
        try:
            return self._line.recv_into(room) if self._line else 0
        except OSError as error:
            raise ProtocolError("the connection broke off", error) from error

    def close(self) -> None:
        """Close the connection."""
        if self._line:
            self._line.close()
            self._line = None


class Fields(Mapping[str, str]):
    """The fields of a head, blind to case; *values* have small letters."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        """Return the value of a field."""
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        """Yield the names, in small letters."""
        return iter(self._values)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._values)


class Wired:
    """An answer that a `Wire` brings, of *length* bytes, or all until the server hangs up."""

    def __init__(  # noqa: PLR0913, PLR0917  # what an answer consists of
        self,
        wire: Wire,
        status: int,
        reason: str,
        headers: Fields,
        rest: bytes,
        length: int | None,
        *,
        keep: bool,
    ) -> None:
        self.status_code, self.reason = status, reason
        self.headers: Mapping[str, str] = headers
        self._wire, self._rest, self._left = wire, rest[:length], length
        self._keep = keep

    def into(self, room: memoryview) -> int:
        """Put the next bytes of the body into *room*; raises `urllib3.exceptions.HTTPError`."""
        if self._left == 0:
            return 0
        if self._rest:
            size = min(len(self._rest), len(room))
            room[:size], self._rest = self._rest[:size], self._rest[size:]
        else:
            most = len(room) if self._left is None else min(len(room), self._left)
            size = self._wire.receive(room[:most])
            if not size and self._left:
                raise ProtocolError(f"the server hung up before the last {self._left} bytes")
        if self._left is not None:
            self._left -= size
        return size

    def __enter__(self) -> Self:
        """Read it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Keep the connection for the next request, where nothing is left to read."""
        if self._left != 0 or not self._keep:
            self._wire.close()


def _read(wire: Wire, head: bytes, rest: bytes) -> Wired | None:
    """Return the answer that begins with *head*; None where it is none of the plain kind."""
    first, *lines = head.decode("latin-1").split("\r\n")
    version, status, reason = [*first.split(" ", 2), "", ""][:3]
    told: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():
            return None
        name, value = name.lower(), value.strip()
        told[name] = f"{told[name]}, {value}" if name in told else value  # of two, both
    headers = Fields(told)
    if version not in VERSIONS or not status.isdecimal() or "Set-Cookie" in headers:
        return None
    if int(status) in ASK_AGAIN or int(status) < OK or "Transfer-Encoding" in headers:
        return None
    length = headers.get("Content-Length")
    if length is not None and not length.isdecimal():
        return None
    size = None if length is None else int(length)
    said = headers.get("Connection", "close" if version == "HTTP/1.0" else "").lower()
    return Wired(wire, int(status), reason, headers, rest, size, keep="close" not in said)
