"""Move one file from one URL to its part, through drops and stalls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from medreg.errors import NotFound
from medreg.sources.patience import (
    OK,
    PARTIAL_CONTENT,
    RANGE_NOT_SATISFIABLE,
    TIMEOUT,
    AgainError,
    login,
    network_failure,
    patiently,
    redacted,
    refuse_status,
)
from medreg.sources.stated import checksum

if TYPE_CHECKING:
    from collections.abc import Callable

    from medreg.sources.partial import Partial
    from medreg.sources.quick import QuickSession
    from medreg.sources.wire import Reply

SNIFF = 1 << 14  # bytes that tell a web page
PAGES = (".html", ".htm", ".xml", ".svg")
PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)


def transfer(session: QuickSession, url: str, part: Partial, moved: Callable[[int], None]) -> str:
    """Bring the rest of *url* to *part*; return the version (ETag) that the server names.

    Tries again while bytes keep coming, and a few times when none do, honoring ``Retry-After``.
    Raises `Transient`, `NotFound`, `ActionNeeded` or `CannotHere`, naming the URL.
    """
    return patiently(url, lambda: _attempt(session, url, part, moved), lambda: part.size)


def _attempt(session: QuickSession, url: str, part: Partial, moved: Callable[[int], None]) -> str:
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    headers = {"Accept-Encoding": "identity"}  # the bytes, not a packed form of them
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
        if part.validator:
            headers["If-Range"] = part.validator
    try:
        with session.opened(url, headers, TIMEOUT) as response:
            _refuse_range(response, url, part)
            _receive(response, url, part, moved)
            return response.headers.get("ETag") or part.version  # 416 names none
    except (RequestException, HTTPError) as error:
        # their texts quote the URL, query and all
        raise network_failure(error, url, part.size) from None


def _refuse_range(response: Reply, url: str, part: Partial) -> None:
    """Raise when the server has less than is here."""
    if response.status_code != RANGE_NOT_SATISFIABLE or not part.size:
        refuse_status(response, url)
    elif _total(response) != part.size:
        part.begin("")
        raise AgainError("what was here is longer than the file")


def _receive(response: Reply, url: str, part: Partial, moved: Callable[[int], None]) -> None:
    if response.status_code == RANGE_NOT_SATISFIABLE:
        return  # all of it is here
    first = b""
    if response.status_code == PARTIAL_CONTENT:
        if _first_byte(response) != part.size:
            part.begin("")
            raise AgainError("the server resumed at another byte than asked")
        part.joined = part.size > 0
    else:
        room = bytearray(SNIFF)
        first = bytes(room[: response.into(memoryview(room))])
        _refuse_substitute(response, url, first)
        etag = response.headers.get("ETag", "")
        part.begin(_validator(response), checksum(response.headers, url), etag)
    part.total = total = _total(response)
    with part.open():
        part.room()[: len(first)] = first
        size = len(first) or response.into(part.room())
        while size:
            part.append(size)
            moved(size)
            size = response.into(part.room())
    if total is not None and part.size != total:
        have = part.size
        if have > total:
            part.begin("")
        raise AgainError(f"{have:,} of {total:,} bytes arrived")


def _refuse_substitute(response: Reply, url: str, first: bytes) -> None:
    """Raise when what comes is not the file: a web page, or a packed form of it."""
    markup = "html" in response.headers.get("Content-Type", "") and first.lstrip()[:1] == b"<"
    page = markup or PAGE.match(first)
    packing = response.headers.get("Content-Encoding", "identity")
    if not page and packing == "identity":
        return
    path, where = urlsplit(url).path.lower(), redacted(url)
    if page and not path.endswith(PAGES):
        raise login(url, f"{where} sent a web page in place of the file: a login, terms or a quota")
    if packing != "identity" and not path.endswith((".gz", ".tgz")):
        raise NotFound(f"{where} sends the file only in {packing} encoding")


def _validator(response: Reply) -> str:
    """Return what proves that two answers are of one file (RFC 9110 section 13.1.5)."""
    etag = response.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return etag
    return response.headers.get("Last-Modified", "")


def _first_byte(response: Reply) -> int | None:
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


def _total(response: Reply) -> int | None:
    """Return the size of the whole file in bytes, if the server says it."""
    if response.status_code != OK:
        match = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
        return int(match[1]) if match else None
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None
