"""Files that somebody shares on Box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal
from urllib.parse import urlsplit

from medreg.errors import ActionNeeded, DeclarationError, Transient
from medreg.sources.choose import check_base, check_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer
    from medreg.sources.partial import Partial

QUOTA = ("bandwidth", "exceeded", "too many")  # what Box's page of refusal says


@dataclass(frozen=True, slots=True)
class Box:
    """Shared files: *files* maps names in the raw folder to direct links of Box.

    A direct link ends in ``/shared/static/<id>.<ending>``. Box states no checksum. *base_url*
    stands in for the host of every link.
    """

    files: Mapping[str, str]
    base_url: str = ""
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.files or not hasattr(self.files, "items"):
            raise DeclarationError('Box: write files={"name.zip": "https://..."}')
        check_files(tuple(self.files), "Box")
        for url in self.files.values():
            if urlsplit(url).scheme != "https" or "/shared/static/" not in url:
                raise DeclarationError(
                    f"Box: {url!r} is no direct link",
                    hint="such as https://nihcc.box.com/shared/static/ID.gz",
                )
        if self.base_url:
            check_base(self.base_url)

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the files' names."""
        return tuple(self.files)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download what is not here; raises as `Http.fetch`, `Transient` for a spent allowance."""
        from medreg.sources import listed
        from medreg.sources.remote import Remote
        from medreg.sources.web import connected

        with connected() as web:

            def move(url: str, part: Partial, moved: Callable[[int], None]) -> str:
                try:
                    return web.move(url, part, moved)
                except ActionNeeded:
                    if any(word in web.ask(url).text.lower() for word in QUOTA):
                        raise Transient(
                            f"{url}: its owner's allowance at Box is spent for now",
                            hint="run the same command tomorrow",
                        ) from None
                    raise

            remotes = [Remote(name, (self._at(url),)) for name, url in self.files.items()]
            remotes = listed.pick(remotes, (), "Box")
            yield from listed.bring(job, remotes, move, threads=2)

    def _at(self, url: str) -> str:
        return f"{self.base_url.rstrip('/')}{urlsplit(url).path}" if self.base_url else url
