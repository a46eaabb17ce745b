"""Files that somebody shares on Google Drive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from medreg.errors import ActionNeeded, DeclarationError, Transient
from medreg.sources.choose import check_base, check_files, check_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer
    from medreg.sources.partial import Partial
    from medreg.sources.web import Web

QUOTA = ("quota", "too many users")  # what Google's page of refusal says


@dataclass(frozen=True, slots=True)
class GoogleDrive:
    """Shared files: *files* maps names in the raw folder to Google's ids of files.

    Google states no checksum, asks before it hands out large files, which is answered, and limits
    how often a file is downloaded in a day.
    """

    files: Mapping[str, str]
    base_url: str = "https://drive.usercontent.google.com"
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.files or not hasattr(self.files, "items"):
            raise DeclarationError('GoogleDrive: write files={"name.zip": "ID"}')
        check_files(tuple(self.files), "GoogleDrive")
        for name in self.files.values():
            check_shape("GoogleDrive", "files", name, r"[\w-]{10,}", '{"name.zip": "1AbC..."}')
        check_base(self.base_url)

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the files' names."""
        return tuple(self.files)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download what is not here; raises as `Http.fetch`, `Transient` for a spent quota."""
        from medreg.sources import listed
        from medreg.sources.remote import Remote
        from medreg.sources.web import connected

        url = f"{self.base_url.rstrip('/')}/download?export=download&confirm=t&id="
        with connected() as web:

            def move(url: str, part: Partial, moved: Callable[[int], None]) -> str:
                try:
                    return web.move(url, part, moved)
                except ActionNeeded as page:
                    return web.move(_confirmed(web, url, page), part, moved)

            remotes = [
                Remote(name, (f"{url}{key}",), version=key) for name, key in self.files.items()
            ]
            remotes = listed.pick(remotes, (), "Google Drive")
            yield from listed.bring(job, remotes, move, threads=1)


def _confirmed(web: Web, url: str, page: ActionNeeded) -> str:
    """Return the address behind the form that warns of a large file; raises *page* without one."""
    import re
    from html import unescape
    from urllib.parse import urlencode

    from medreg.sources.patience import redacted

    text = web.ask(url).text
    if any(word in text.lower() for word in QUOTA):
        raise Transient(
            f"{redacted(url)}: the file was downloaded too often today",
            hint="run the same command tomorrow; or download it in a browser, and use --from",
        )
    form = re.search(r"<form[^>]*id=\"download-form\".*?</form>", text, re.DOTALL)
    hidden = re.findall(r'name="(\w+)"\s+value="([^"]*)"', form[0]) if form else []
    if not hidden:
        raise page
    return f"{redacted(url)}?{urlencode([(name, unescape(value)) for name, value in hidden])}"
