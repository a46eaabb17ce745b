"""Files of a Zenodo record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from medreg.sources.choose import check_base, check_files, check_shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer

THREADS = 2  # a guest may ask 60 times in a minute


@dataclass(frozen=True, slots=True)
class Zenodo:
    """Files of the Zenodo *record* with that number, all or those that *files* names.

    *files* are names or glob patterns. The record's MD5 of each file must be met. A record is
    one version: when the publisher has a newer one, the outcome says so. `ZENODO_TOKEN` opens
    restricted records. *base_url* is where InvenioRDM's API answers below ``/api``.
    """

    record: str
    files: tuple[str, ...] = ()
    base_url: str = "https://zenodo.org"
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_shape("Zenodo", "record", self.record, r"[A-Za-z0-9-]+", 'Zenodo(record="3431873")')
        check_files(self.files, "Zenodo")
        check_base(self.base_url)

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the files as declared, or the record."""
        return self.files or (f"zenodo:{self.record}",)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download what is not here; raises as `Http.fetch`, `ActionNeeded` for closed records."""
        from urllib.parse import quote

        from medreg.errors import ActionNeeded
        from medreg.sources import listed, tokens
        from medreg.sources.remote import Remote
        from medreg.sources.web import asking, connected, there

        base = self.base_url.rstrip("/")
        url, page = f"{base}/api/records/{self.record}", f"{base}/records/{self.record}"
        steps = (
            f"Open {page}, log in, and ask its owners for access.",
            "Make a token in your Zenodo account, then: export ZENODO_TOKEN=...",
        )
        token = tokens.bearer(tokens.from_environment("ZENODO_TOKEN"), base)
        with connected(token) as web, asking(f"zenodo:{self.record} is closed", steps):
            record = there(web.json(url), dict, url)
            found = record.get("files", ())
            entries = found.get("entries", {}).values() if isinstance(found, dict) else found
            meta = there(record.get("metadata", {}), dict, url)
            if not entries and meta.get("access_right", "open") != "open":
                raise ActionNeeded(f"its files are {meta['access_right']}", steps=steps)
            versions = meta.get("relations", {}).get("version", ())
            old = any(version.get("is_last") is False for version in versions)
            note = f"a newer version is at {base}/records/{record.get('conceptrecid')}"
            remotes = [
                Remote(
                    entry["key"],
                    (f"{url}/files/{quote(entry['key'], safe='')}/content",),
                    size=entry["size"],
                    checksum=entry.get("checksum", ""),
                    note=note if old else "",
                )
                for entry in entries
            ]
            remotes = listed.pick(remotes, self.files, page)
            yield from listed.bring(job, remotes, web.move, threads=THREADS, files=self.files)
