"""A session that asks one server for thousands of small files.

`requests` works out login, proxy and trust for every request anew, which costs more than the
bytes of a small file; here that is done once for each server. What is not plain (a proxy, cookies,
a redirect, a signed request, an odd URL) goes the way of `requests`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from requests import Request, Response, Session
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN = re.compile(r"[A-Za-z0-9/._~!$&'()*+,;=:@?%-]+")  # what needs no quoting
ASK_AGAIN = {301, 302, 303, 307, 308, 401}  # a redirect, or a login of a kind of its own


class QuickSession(Session):
    """A `requests.Session` whose `opened` is cheap for many files of one server."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, tuple[HTTPConnectionPool, dict[str, str]] | None] = {}

    def opened(
        self, url: str, headers: Mapping[str, str], timeout: tuple[float, float]
    ) -> Response:
        """Return the answer to a GET of *url*, whose body is still to be read.

        *timeout* is the seconds to connect, and to wait for the next bytes.

        Raises `requests.RequestException` and `urllib3.exceptions.HTTPError`.
        """
        parts = urlsplit(url)
        server = f"{parts.scheme}://{parts.netloc}"
        plain = self.auth is None and not self.cookies and PLAIN.fullmatch(url[len(server) :])
        if plain and server not in self._known:
            self._known[server] = self._prepared(url)
        known = self._known.get(server) if plain else None
        if known is None:
            return self.get(url, headers=dict(headers), stream=True, timeout=timeout)
        pool, said = known
        raw = pool.urlopen(
            "GET",
            url[len(server) :],
            headers={**said, **headers},
            retries=False,
            redirect=False,
            timeout=Timeout(connect=timeout[0], read=timeout[1]),
            preload_content=False,
            decode_content=False,
        )
        if raw.status in ASK_AGAIN or "Set-Cookie" in raw.headers:
            raw.close()
            self._known[server] = None
            return self.get(url, headers=dict(headers), stream=True, timeout=timeout)
        return _answer(raw, url)

    def _prepared(self, url: str) -> tuple[HTTPConnectionPool, dict[str, str]] | None:
        """Return where *url* is asked, and the headers for that server; None through a proxy."""
        asked = self.prepare_request(Request("GET", url))
        how = self.merge_environment_settings(asked.url or url, {}, True, None, None)
        adapter = self.get_adapter(url)
        if select_proxy(url, how["proxies"]) or not isinstance(adapter, HTTPAdapter):
            return None
        pool = adapter.get_connection_with_tls_context(asked, how["verify"], cert=how["cert"])
        adapter.cert_verify(pool, asked.url or url, how["verify"], how["cert"])
        return pool, {
            name: value if isinstance(value, str) else value.decode("latin-1")
            for name, value in asked.headers.items()
        }


def _answer(raw: BaseHTTPResponse, url: str) -> Response:
    response = Response()
    response.status_code, response.reason, response.url = raw.status, raw.reason or "", url
    response.headers = raw.headers  # type: ignore[assignment]  # as blind to case
    response.raw = raw
    return response
