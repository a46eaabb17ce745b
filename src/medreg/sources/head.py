"""What a server says of a file without sending it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from medreg.sources.patience import PARTIAL_CONTENT, TIMEOUT, network_failure
from medreg.sources.stated import md5

if TYPE_CHECKING:
    from requests import Response

    from medreg.sources.quick import QuickSession

NO_HEAD = (403, 405, 501)  # where only GET may be asked, as addresses that are signed for it


@dataclass(frozen=True, slots=True)
class Head:
    """What a server says of one address: *status* is 0 where nobody answers, for a *reason*.

    *checksum* is as ``"md5:..."``; *version* the ETag, where it proves the bytes; *page* whether
    a web page comes in place of a file.
    """

    status: int = 0
    size: int | None = None
    checksum: str = ""
    version: str = ""
    page: bool = False
    reason: str = ""

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
    except (RequestException, HTTPError) as error:
        return Head(reason=str(network_failure(error, url)))
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
        checksum=md5(headers),
        version="" if etag.startswith("W/") else etag,
        page=kind == "text/html" and not urlsplit(url).path.lower().endswith((".html", ".htm")),
    )
