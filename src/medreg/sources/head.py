"""What a server says of a file without sending it."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from medreg.sources.patience import PARTIAL_CONTENT, TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests import Response

    from medreg.sources.quick import QuickSession

NO_HEAD = (403, 405, 501)  # where only GET may be asked, as addresses that are signed for it
MD5 = 16  # bytes


@dataclass(frozen=True, slots=True)
class Head:
    """What a server says of one address: *status* is 0 where nobody answers.

    *checksum* is as ``"md5:..."``; *version* the ETag, where it proves the bytes; *page* whether
    a web page comes in place of a file.
    """

    status: int = 0
    size: int | None = None
    checksum: str = ""
    version: str = ""
    page: bool = False

    @property
    def good(self) -> bool:
        """Tell whether the file is there."""
        return self.status in range(200, 300) and not self.page


def ask(session: QuickSession, url: str) -> Head:
    """Ask for the head of *url*, or else for its first byte."""
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    headers = {"Accept-Encoding": "identity"}
    try:
        told = session.head(url, timeout=TIMEOUT, allow_redirects=True, headers=headers)
        if told.status_code in NO_HEAD:
            headers["Range"] = "bytes=0-0"
            told = session.get(url, timeout=TIMEOUT, stream=True, headers=headers)
            told.close()
    except (RequestException, HTTPError):
        return Head()
    return _read(told, url)


def _read(told: Response, url: str) -> Head:
    headers = told.headers
    if not told.ok:
        return Head(told.status_code)
    length = headers.get("Content-Length", "")
    if told.status_code == PARTIAL_CONTENT:
        length = headers.get("Content-Range", "").rpartition("/")[2]
    etag = headers.get("ETag", "")
    kind = headers.get("Content-Type", "").partition(";")[0].strip()
    return Head(
        told.status_code,
        size=int(length) if length.isdecimal() else None,
        checksum=_checksum(headers),
        version="" if etag.startswith("W/") else etag,
        page=kind == "text/html" and not urlsplit(url).path.lower().endswith((".html", ".htm")),
    )


def _checksum(headers: Mapping[str, str]) -> str:
    """Return the MD5 of the whole file, where headers say it (RFC 1864, and Google's)."""
    hashes = headers.get("x-goog-hash", "").replace(" ", "").split(",")
    told = next((one[4:] for one in hashes if one.startswith("md5=")), "")
    try:
        digest = b64decode(told or headers.get("Content-MD5", ""), validate=True)
    except ValueError:
        return ""
    return f"md5:{digest.hex()}" if len(digest) == MD5 else ""
