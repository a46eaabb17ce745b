"""Connections to web servers: a session for each thread, for files and for what an API answers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from medreg.errors import ActionNeeded, NotFound
from medreg.sources.head import Head, ask
from medreg.sources.patience import (
    TIMEOUT,
    AgainError,
    network_failure,
    patiently,
    redacted,
    refuse_status,
)
from medreg.sources.transfer import transfer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from requests import Response
    from requests.auth import AuthBase

    from medreg.sources.partial import Partial
    from medreg.sources.quick import QuickSession


class Move(Protocol):
    """How the rest of a file comes to its part; returns the version that the server names."""

    def __call__(self, url: str, part: Partial, moved: Callable[[int], None]) -> str:
        """Move it."""


class Web:
    """What asks servers, with *auth* (none: what ``~/.netrc`` has), from any thread.

    *asking* are header's fields that every request has.
    """

    def __init__(
        self, auth: AuthBase | None = None, asking: Mapping[str, str] | None = None
    ) -> None:
        self._auth, self._asking = auth, asking or {}
        self._idle: list[QuickSession] = []

    @contextmanager
    def session(self) -> Iterator[QuickSession]:
        """Lend a session to the calling thread: one that is idle, or a new one."""
        try:
            session = self._idle.pop()
        except IndexError:
            session = self._new()
        try:
            yield session
        finally:
            self._idle.append(session)

    def _new(self) -> QuickSession:
        from importlib.metadata import version

        from medreg.sources.quick import QuickSession

        session = QuickSession()
        # Zenodo and others ask tools to name themselves
        session.headers["User-Agent"] = f"medreg/{version('medreg')}"
        session.headers.update(self._asking)
        session.auth = self._auth
        return session

    def close(self) -> None:
        """Close every connection."""
        while self._idle:
            self._idle.pop().close()

    def move(self, url: str, part: Partial, moved: Callable[[int], None]) -> str:
        """Bring the rest of *url* to *part*: see `transfer`."""
        with self.session() as session:
            return transfer(session, url, part, moved)

    def ask(
        self,
        url: str,
        query: Mapping[str, str] | None = None,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Return the whole answer to a question, which may have a JSON *body*; as `transfer`."""

        def attempt() -> Response:
            from requests import RequestException
            from urllib3.exceptions import HTTPError

            try:
                with self.session() as session:
                    verb = "GET" if body is None else "POST"
                    response = session.request(
                        verb, url, params=query, json=body, headers=headers, timeout=TIMEOUT
                    )
            except (RequestException, HTTPError) as error:
                raise network_failure(error, url) from None
            refuse_status(response, url)
            return response

        return patiently(url, attempt)

    def sizes(self, mirrors: Sequence[Sequence[str]]) -> list[int | None]:
        """Return the bytes of each file, which lies at several addresses, as far as servers say."""
        return [next(filter(None, map(self._size, urls)), None) for urls in mirrors]

    def _size(self, url: str) -> int | None:
        head = self.head(url)
        return head.size if head.good else None

    def head(self, url: str) -> Head:
        """Return what the server says of *url* without sending it; asked once."""
        with self.session() as session:
            return ask(session, url)

    def json(self, url: str, query: Mapping[str, str] | None = None, *, body: Any = None) -> Any:
        """Return the answer's JSON; raises as `ask`, `Transient` where none comes."""

        def attempt() -> Any:
            response = self.ask(url, query, body=body)
            try:
                return response.json() if response.content else None
            except ValueError:
                raise AgainError("the server answers with something else than JSON") from None

        return patiently(url, attempt)


@contextmanager
def connected(
    auth: AuthBase | None = None, asking: Mapping[str, str] | None = None
) -> Iterator[Web]:
    """Yield a `Web` that is closed at the end."""
    web = Web(auth, asking)
    try:
        yield web
    finally:
        web.close()


@contextmanager
def asking(what: str, steps: Sequence[str]) -> Iterator[None]:
    """Let a refused request ask a person for *steps*, saying *what* is closed."""
    try:
        yield
    except ActionNeeded as closed:
        raise ActionNeeded(f"{what}: {closed.message}", steps=steps, hint=closed.hint) from None


def there(value: Any, kind: type | tuple[type, ...], url: str) -> Any:
    """Return *value*, a piece of an API's answer; raises `NotFound` when it is no *kind*."""
    if not isinstance(value, kind):
        raise NotFound(
            f"{redacted(url)} answers in another form than medreg knows",
            hint="look for a newer medreg, or whether base_url leads to such a server",
        )
    return value
