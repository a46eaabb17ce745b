"""A session that asks one server for thousands of small files.

`requests` works out login, proxy and trust for every request anew, and reads a head in many small
steps, which costs more than the bytes of a small file; here the former is done once for each
server. What is not plain (a proxy, cookies, a redirect, a signed request, an odd URL) goes the way
of `requests`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from requests import Request, Session
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy

from medreg.sources.wire import Requested, Wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medreg.sources.wire import Reply

# a server, and what needs no quoting
PLAIN = re.compile(r"(https?://[^/?#]+)(/[A-Za-z0-9/._~!$&'()*+,;=:@?%-]*)")


class QuickSession(Session):
    """A `requests.Session` whose `opened` is cheap for many files of one server."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, Wire | None] = {}

    def opened(self, url: str, headers: Mapping[str, str], timeout: tuple[float, float]) -> Reply:
        """Return the answer to a GET of *url*, whose body is still to be read.

        *timeout* is the seconds to connect, and to wait for the next bytes.

        Raises `requests.RequestException` and `urllib3.exceptions.HTTPError`.
        """
        plain = PLAIN.fullmatch(url)
        if plain and self.auth is None and not self.cookies:
            server, target = plain.groups()
            if server not in self._known:
                self._known[server] = self._wire(url, server)
            wire = self._known[server]
            reply = wire.ask(target, headers, timeout) if wire else None
            if reply:
                return reply
            self._known[server] = None
        return Requested(self.get(url, headers=dict(headers), stream=True, timeout=timeout))

    def close(self) -> None:
        """Close every connection."""
        for wire in self._known.values():
            if wire:
                wire.close()
        super().close()

    def _wire(self, url: str, server: str) -> Wire | None:
        """Return a connection to the *server* of *url*; None through a proxy."""
        asked = self.prepare_request(Request("GET", url))
        how = self.merge_environment_settings(asked.url or url, {}, True, None, None)
        adapter = self.get_adapter(url)
        if select_proxy(url, how["proxies"]) or not isinstance(adapter, HTTPAdapter):
            return None
        pool = adapter.get_connection_with_tls_context(asked, how["verify"], cert=how["cert"])
        adapter.cert_verify(pool, asked.url or url, how["verify"], how["cert"])
        said = {
            name: value if isinstance(value, str) else value.decode("latin-1")
            for name, value in asked.headers.items()
        }
        return Wire(pool, said, host=server.partition("://")[2].rpartition("@")[2])
