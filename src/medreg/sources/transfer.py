"""Move one file from one URL to its part, through drops, stalls and servers that say "later"."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from medreg.errors import ActionNeeded, CannotHere, NotFound, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from requests import Response, Session

    from medreg.sources.partial import Partial

TIMEOUT = (15.0, 60.0)  # seconds to connect; to wait for the next bytes
ATTEMPTS = 5  # without a single new byte, before it is called transient
PATIENCE = 60.0  # seconds: a server that asks for more is left alone
BACKOFF = 1.0  # seconds before the second attempt, doubled for each further one
CHUNK = 1 << 20
_sleep = time.sleep
OK, PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 200, 206, 416
LATER = {408, 425, 429, 500, 502, 503, 504}
CLOSED = {401, 403, 407}
PAGES = (".html", ".htm", ".xml", ".svg")
PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)


class _AgainError(Exception):
    """An attempt came to nothing: *reason*; the server wants *wait* seconds, if it said so."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


def redacted(url: str) -> str:
    """Return *url* without login, query and fragment, which may hold secrets.

    >>> redacted("https://me:pw@example.org/a.zip?signature=abc#x")
    'https://example.org/a.zip'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def transfer(session: Session, url: str, part: Partial, moved: Callable[[int], None]) -> str:
    """Bring the rest of *url* to *part*; return the version (ETag) that the server names.

    Tries again while bytes keep coming, and a few times when none do, honoring ``Retry-After``.
    Raises `Transient`, `NotFound`, `ActionNeeded` or `CannotHere`, naming the URL.
    """
    failures, most = 0, part.size
    while True:
        try:
            return _attempt(session, url, part, moved)
        except _AgainError as again:
            failures = 0 if part.size > most else failures + 1
            most = max(most, part.size)
            wait = BACKOFF * 2.0 ** max(0, failures - 1) if again.wait is None else again.wait
            if failures >= ATTEMPTS or wait > PATIENCE:
                asked = f", it asks to wait {wait:.0f} s" if again.wait else ""
                raise Transient(
                    f"{redacted(url)}: {again}{asked}",
                    hint="run the same command later: it goes on where it stopped",
                ) from None
            _sleep(wait)


def _attempt(session: Session, url: str, part: Partial, moved: Callable[[int], None]) -> str:
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    headers = {"Accept-Encoding": "identity"}  # the bytes, not a packed form of them
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
        if part.validator:
            headers["If-Range"] = part.validator
    try:
        with session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            _refuse_status(response, url, part)
            _receive(response, url, part, moved)
            return response.headers.get("ETag", "")
    except (RequestException, HTTPError) as error:
        raise _network_failure(
            error, url, part
        ) from None  # their texts quote the URL, query and all


def _refuse_status(response: Response, url: str, part: Partial) -> None:
    """Raise what a status means, unless a body of the file follows."""
    status, where = response.status_code, redacted(url)
    if status in (OK, PARTIAL_CONTENT):
        return
    if status == RANGE_NOT_SATISFIABLE and part.size:
        if _total(response) != part.size:
            part.begin("")
            raise _AgainError("what was here is longer than the file")
        return
    if status in LATER:
        raise _AgainError(f"the server answers {status}", _retry_after(response))
    if status in CLOSED:
        raise _login(url, f"{where} answers {status}: it wants a login, or the link has expired")
    raise NotFound(f"{where} answers {status} {response.reason}")


def _receive(response: Response, url: str, part: Partial, moved: Callable[[int], None]) -> None:
    if response.status_code == RANGE_NOT_SATISFIABLE:
        return  # all of it is here
    chunks = _chunks(response)
    first = next(chunks, b"")
    if response.status_code == PARTIAL_CONTENT:
        if _first_byte(response) != part.size:
            part.begin("")
            raise _AgainError("the server resumed at another byte than asked")
        part.joined = part.size > 0
    else:
        _refuse_substitute(response, url, first)
        part.begin(_validator(response))
    with part.file.open("ab") as stream:
        for chunk in chain((first,), chunks):
            part.append(stream, chunk)
            moved(len(chunk))
    total = _total(response)
    if total is not None and part.size != total:
        have = part.size
        if have > total:
            part.begin("")
        raise _AgainError(f"{have:,} of {total:,} bytes arrived")


def _chunks(response: Response) -> Iterator[bytes]:
    while chunk := response.raw.read1(CHUNK, decode_content=False):
        yield chunk


def _refuse_substitute(response: Response, url: str, first: bytes) -> None:
    """Raise when what comes is not the file: a web page, or a packed form of it."""
    path, where = urlsplit(url).path.lower(), redacted(url)
    markup = "html" in response.headers.get("Content-Type", "") and first.lstrip()[:1] == b"<"
    if not path.endswith(PAGES) and (markup or PAGE.match(first)):
        raise _login(
            url, f"{where} sent a web page in place of the file: a login, terms or a quota"
        )
    packing = response.headers.get("Content-Encoding", "identity")
    if packing != "identity" and not path.endswith((".gz", ".tgz")):
        raise NotFound(f"{where} sends the file only in {packing} encoding")


def _login(url: str, message: str) -> ActionNeeded:
    host = urlsplit(url).hostname
    return ActionNeeded(
        message,
        steps=(
            f"Open {redacted(url)} in a browser: log in, and accept the terms.",
            f"If a password is enough, add to ~/.netrc: machine {host} login NAME password WORD",
        ),
        hint="or download it in the browser, and fetch with --from",
    )


def _network_failure(error: Exception, url: str, part: Partial) -> Exception:
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
        return _AgainError(f"the name {urlsplit(url).hostname} does not resolve")
    if part.size:
        return _AgainError(f"the connection broke off after {part.size:,} bytes")
    return _AgainError(f"the connection failed ({type(error).__name__})")


def _validator(response: Response) -> str:
    """Return what proves that two answers are of one file (RFC 9110 section 13.1.5)."""
    etag = response.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return etag
    return response.headers.get("Last-Modified", "")


def _first_byte(response: Response) -> int | None:
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


def _total(response: Response) -> int | None:
    """Return the size of the whole file in bytes, if the server says it."""
    if response.status_code != OK:
        match = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
        return int(match[1]) if match else None
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _retry_after(response: Response) -> float | None:
    """Return the seconds that ``Retry-After`` asks for (RFC 9110 section 10.2.3)."""
    value = response.headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
