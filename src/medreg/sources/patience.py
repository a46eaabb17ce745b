"""Ask a server again and again: servers that say "later", refuse, or break off."""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit, urlunsplit

from medreg.errors import ActionNeeded, CannotHere, NotFound, Transient
from medreg.sources.pool import nap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from requests import Response

    from medreg.sources.wire import Reply

TIMEOUT = (15.0, 60.0)  # seconds to connect; to wait for the next bytes
ATTEMPTS = 5  # without a single new byte, before it is called transient
PATIENCE = 60.0  # seconds: a server that asks for more is left alone
BACKOFF = 1.0  # seconds before the second attempt, doubled for each further one
_sleep = nap
OK, CREATED, PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 200, 201, 206, 416
LATER = {408, 425, 429, 500, 502, 503, 504}
CLOSED = {401, 403, 407}
T = TypeVar("T")
_attempts: ContextVar[int] = ContextVar("attempts", default=ATTEMPTS)


@contextmanager
def hurried() -> Iterator[None]:
    """Ask servers once: somebody only wants to look."""
    token = _attempts.set(1)
    try:
        yield
    finally:
        _attempts.reset(token)


class AgainError(Exception):
    """An attempt came to nothing: *reason*; the server wants *wait* seconds, if it said so."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


@lru_cache(256)
def redacted(url: str) -> str:
    """Return *url* without login, query and fragment, which may hold secrets.

    >>> redacted("https://me:pw@example.org/a.zip?signature=abc#x")
    'https://example.org/a.zip'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def patiently(url: str, attempt: Callable[[], T], arrived: Callable[[], int] = int) -> T:
    """Return what *attempt* returns, asking again after each `AgainError`.

    As long as what *arrived*, in bytes, keeps growing, else a few times, honoring
    ``Retry-After``. Raises `Transient`, naming the *url* without its query.
    """
    failures, most = 0, arrived()
    while True:
        try:
            return attempt()
        except AgainError as again:
            failures = 0 if arrived() > most else failures + 1
            most = max(most, arrived())
            wait = BACKOFF * 2.0 ** max(0, failures - 1) if again.wait is None else again.wait
            if failures >= _attempts.get() or wait > PATIENCE:
                asked = f", it asks to wait {wait:.0f} s" if again.wait else ""
                raise Transient(
                    f"{redacted(url)}: {again}{asked}",
                    hint="run the same command later: it goes on where it stopped",
                ) from None
            _sleep(wait)


def refuse_status(response: Response | Reply, url: str) -> None:
    """Raise what the status of *response* means, unless a body follows."""
    status, where = response.status_code, redacted(url)
    if status in (OK, CREATED, PARTIAL_CONTENT):
        return
    if status in LATER or (status in CLOSED and _spent(response)):
        raise AgainError(f"the server answers {status}", _retry_after(response))
    if status in CLOSED:
        raise login(url, f"{where} answers {status}: it wants a login, or the link has expired")
    region = response.headers.get("x-amz-bucket-region", "")
    raise NotFound(
        f"{where} answers {status} {response.reason}",
        hint=f'the bucket is in another region: region="{region}"' if region else "",
    )


def login(url: str, message: str) -> ActionNeeded:
    """Return what a person does where *url* is not for everybody."""
    host = urlsplit(url).hostname
    return ActionNeeded(
        message,
        steps=(
            f"Open {redacted(url)} in a browser: log in, and accept the terms.",
            f"If a password is enough, add to ~/.netrc: machine {host} login NAME password WORD",
        ),
    )


def network_failure(error: Exception, url: str, arrived: int = 0) -> Exception:
    """Return what a failed connection means, in words that hold no query."""
    from requests import exceptions as no

    text, where = repr(error), redacted(url)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return CannotHere(
            f"{where}: the server's certificate is not signed by anybody this machine trusts",
            hint="if it is your own: export REQUESTS_CA_BUNDLE=/path/to/ca.pem",
        )
    if isinstance(error, no.TooManyRedirects | no.InvalidURL | no.InvalidSchema):
        return NotFound(f"{where} redirects to nowhere")
    if "NameResolutionError" in text:
        return AgainError(f"the name {urlsplit(url).hostname} does not resolve")
    if arrived:
        return AgainError(f"the connection broke off after {arrived:,} bytes")
    return AgainError(f"the connection failed ({type(error).__name__})")


def _spent(response: Response | Reply) -> bool:
    """Tell whether a refusal means that no request is left for now (GitHub's way)."""
    return response.headers.get("X-RateLimit-Remaining") == "0"


def _retry_after(response: Response | Reply) -> float | None:
    """Return the seconds that ``Retry-After`` asks for (RFC 9110 section 10.2.3).

    Without it, those until ``X-RateLimit-Reset``, where no request is left.
    """
    value = response.headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    reset = response.headers.get("X-RateLimit-Reset", "")
    if not value and _spent(response) and reset.isdecimal():
        return max(0.0, float(reset) - time.time())
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
