"""Move one file from one URL to its part, through drops and stalls."""

from __future__ import annotations

import base64
import binascii
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

if TYPE_CHECKING:
    from collections.abc import Callable

    from medreg.sources.partial import Partial
    from medreg.sources.quick import QuickSession
    from medreg.sources.wire import Reply

SNIFF = 1 << 14  # bytes that tell a web page
MD5, MD5_BYTES = re.compile("[0-9a-f]{32}"), 16
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
        part.begin(_validator(response), _proof(response, url), etag)
    part.total = total = _total(response)
    with part.open() as stream:
        part.room()[: len(first)] = first
        size = len(first) or response.into(part.room())
        while size:
            part.append(stream, size)
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


def _proof(response: Reply, url: str) -> str:
    """Return the MD5 that the server states of the whole body, as ``"md5:<hex>"``, if it does.

    In ``Content-MD5`` (RFC 1864), in Google's ``x-goog-hash``, or as the ETag of an S3 object of
    one part that no key encrypts, which is none in a directory bucket (``--x-s3``).
    """
    told = response.headers
    etag = told.get("ETag", "").strip('"').lower()
    sealed = told.get("x-amz-server-side-encryption", "AES256") != "AES256"
    sealed |= "x-amz-server-side-encryption-customer-algorithm" in told or "--x-s3" in url
    if "x-amz-request-id" in told and not sealed and MD5.fullmatch(etag):
        return f"md5:{etag}"
    stored_as_sent = told.get("x-goog-stored-content-encoding", "identity") == "identity"
    google = re.search(r"\bmd5=([^,\s]+)", told.get("x-goog-hash", "") if stored_as_sent else "")
    try:
        stated = base64.b64decode(google[1] if google else told.get("Content-MD5", ""))
    except binascii.Error:
        return ""
    return f"md5:{stated.hex()}" if len(stated) == MD5_BYTES else ""


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
