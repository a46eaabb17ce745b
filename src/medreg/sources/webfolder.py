"""A folder that a web server lists: a lab's copy of what publishers offered."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from medreg.errors import NotFound
from medreg.files.names import is_litter, member_path
from medreg.sources.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from medreg.report import Progress
    from medreg.sources.web import Web

LINK = re.compile(r"""<a\s[^>]*?href\s*=\s*["']([^"'?#]+)["']""", re.IGNORECASE)
DEPTH = 32  # folders in each other: a server whose folder lists itself ends here
THREADS = 8


def bring(url: str, name: str, into: Path, progress: Progress) -> Path:
    """Copy all files of the folder *name* at *url* to *into*, and return it.

    All of *url* is copied where it has no such folder. Files that are here stay, so that a killed
    copy goes on. The server lists folders as nginx, Apache and Python do. Raises `NotFound` for a
    folder that is not listed or empty, and as `transfer`.
    """
    from medreg.model import FetchJob
    from medreg.sources.listed import download_into
    from medreg.sources.web import connected

    base = url.rstrip("/")
    with connected() as web:
        try:
            remotes = list(_below(web, f"{base}/{quote(name)}/", ""))
        except NotFound:
            remotes = list(_below(web, f"{base}/", ""))
        if not remotes:
            raise NotFound(f"{url} lists no file", hint="the server must list its folders")
        job = FetchJob(into=into, scratch=into, given=None, known={}, today="", progress=progress)
        progress.start(f"copy {name}", len(remotes), "files")
        download_into(into, remotes, job, web.move, progress.moved, threads=THREADS)
        progress.finish()
    return into


def _below(web: Web, url: str, path: str, depth: int = 0) -> Iterator[Remote]:
    """Yield every file in and below the folder at *url*, whose own path is *path*."""
    page = web.ask(url).text
    for link in sorted({html.unescape(link) for link in LINK.findall(page)}):
        name = unquote(link).removeprefix("./")
        if "/" in name.rstrip("/") or name.rstrip("/") in ("", ".", "..") or ":" in link:
            continue  # the folder above, or elsewhere
        inside = f"{path}{name}"
        if name.endswith("/") and depth < DEPTH:
            yield from _below(web, f"{url}{link}", inside, depth + 1)
        elif not name.endswith("/") and not is_litter(inside):
            yield Remote(member_path(inside, url), (f"{url}{link}",))
