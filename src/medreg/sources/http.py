"""Files on web servers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal
from urllib.parse import unquote, urlsplit

from medreg.errors import DeclarationError

if TYPE_CHECKING:
    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer


@dataclass(frozen=True, slots=True)
class Http:
    """Files that a web server hands out.

    *urls* maps each file's name in the raw folder to its URL, or to several in order of
    preference (mirrors); plain URLs name the files themselves. *checksums* are the publisher's,
    by file name, as ``"md5:<hex>"`` or ``"sha256:<hex>"``. Logins come from ``~/.netrc``.
    """

    urls: Mapping[str, str | tuple[str, ...]] | tuple[str, ...]
    checksums: Mapping[str, str] = field(default_factory=dict)
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name, mirrors in self.mirrors().items():
            _check_name(name)
            for url in mirrors:
                _check_url(url)
        for name, checksum in self.checksums.items():
            _check_checksum(name, checksum, self.mirrors())

    def mirrors(self) -> Mapping[str, tuple[str, ...]]:
        """Return the URLs of each file, best first, by its name in the raw folder."""
        if isinstance(self.urls, Mapping):
            named = self.urls.items()
            return {name: (urls,) if isinstance(urls, str) else urls for name, urls in named}
        files = {_last_part(url): (url,) for url in self.urls}
        if len(files) < len(self.urls):
            raise DeclarationError(
                f"two of the URLs end in the same name: {', '.join(self.urls)}",
                hint='name the files: Http(urls={"name.zip": "https://..."})',
            )
        return files

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the files' names."""
        return tuple(self.mirrors())

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download what is not here, file by file; a killed download goes on where it stopped.

        A file of that name in ``job.given`` is taken in place of the download.

        Raises
        ------
        ActionNeeded
            A login is wanted, or a web page came in place of the file.
        BytesDiffer
            The bytes are not those on record, or not those of the publisher's checksum.
        NotFound
            No server has the file.
        Refused
            An archive arrived that is damaged or hostile.
        Transient
            No server answers for now.
        """
        from medreg.model import Offer
        from medreg.sources.download import Download
        from medreg.sources.pool import bring_all
        from medreg.sources.remote import Remote
        from medreg.sources.web import connected

        with connected() as web:
            remotes = [
                Remote(name, urls, checksum=self.checksums.get(name, ""))
                for name, urls in self.mirrors().items()
            ]
            sizes = web.sizes([r.urls for r in remotes]) if job.listing else [None] * len(remotes)
            offers = [Offer(r.path, size) for r, size in zip(remotes, sizes, strict=True)]
            now = set(job.choose(offers))
            if job.listing:
                return

            def one(remote: Remote, moved: Callable[[int], None]) -> tuple[FileRecord, Answer]:
                return Download(remote, job, web.move, moved).bring()

            wanted = [remote for remote in remotes if remote.path in now]
            yield from bring_all(job, wanted, one, threads=1)


def _last_part(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _check_name(name: str) -> None:
    from medreg.errors import Refused
    from medreg.files.names import is_litter, member_path

    try:
        good = member_path(name, "Http") == name and not is_litter(name)
    except Refused:
        good = False
    if not good:
        raise DeclarationError(f"{name!r} is no name for a raw file")


def _check_url(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise DeclarationError(f"{url!r} is not a http or https URL")


def _check_checksum(name: str, checksum: str, files: Mapping[str, object]) -> None:
    kind, _, value = checksum.partition(":")
    if name not in files:
        raise DeclarationError(f"there is a checksum for {name!r}, but no URL")
    if kind not in ("md5", "sha1", "sha256", "sha512") or len(value) != _hex_length(kind):
        raise DeclarationError(
            f"{name}: {checksum!r} is no checksum", hint='write it as "md5:<hex>" or "sha256:<hex>"'
        )


def _hex_length(kind: str) -> int:
    return 2 * hashlib.new(kind, usedforsecurity=False).digest_size
