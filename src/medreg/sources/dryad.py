"""Files of a dataset at Dryad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from medreg.sources.choose import check_base, check_files, check_shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer
    from medreg.sources.remote import Remote
    from medreg.sources.web import Web

THREADS = 2  # 100 downloads in an hour


@dataclass(frozen=True, slots=True)
class Dryad:
    """Files of the newest version of *doi*, all or those that *files* names.

    Dryad states a digest of each file, which must be met. Bytes want a token:
    ``DRYAD_TOKEN``, which a person makes from the API account of their profile.
    """

    doi: str
    files: tuple[str, ...] = ()
    base_url: str = "https://datadryad.org"
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_shape(
            "Dryad", "doi", self.doi, r"10\.\d+/\S+", 'Dryad(doi="10.5061/dryad.9s4mw6mc9")'
        )
        check_files(self.files, "Dryad")
        check_base(self.base_url)

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the files as declared, or the DOI."""
        return self.files or (f"doi:{self.doi}",)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download what is not here; raises as `Http.fetch`, `ActionNeeded` without a token."""
        from medreg.errors import ActionNeeded
        from medreg.sources import listed, tokens
        from medreg.sources.web import asking, connected

        base = self.base_url.rstrip("/")
        page = f"{base}/dataset/doi:{self.doi}"
        steps = (
            f"Download it in a browser from {page}, and use --from;",
            "or ask for a token with the API account of your profile: export DRYAD_TOKEN=...",
        )
        token = tokens.bearer(tokens.from_environment("DRYAD_TOKEN"), base)
        with connected(token) as web, asking(f"doi:{self.doi} is closed", steps):
            try:
                found = list(self._listed(web))
            except ActionNeeded:
                with connected() as anybody:  # a token that has expired closes even the list
                    found = list(self._listed(anybody))
            remotes = listed.pick(found, self.files, page)
            yield from listed.bring(job, remotes, web.move, threads=THREADS, files=self.files)

    def _listed(self, web: Web) -> Iterator[Remote]:
        from urllib.parse import quote, urljoin

        from medreg.sources.remote import Remote
        from medreg.sources.web import there

        base = f"{self.base_url.rstrip('/')}/"
        url = f"{base}api/v2/datasets/{quote(f'doi:{self.doi}', safe='')}"
        dataset = there(web.json(url), dict, url)
        version = dataset["_links"]["stash:version"]["href"]
        number = 1
        while True:
            url = urljoin(base, f"{version}/files")
            page = there(web.json(url, {"page": str(number)}), dict, url)
            for entry in page["_embedded"]["stash:files"]:
                kind = entry.get("digestType", "").replace("-", "")
                digest = entry.get("digest") or ""
                known = kind in ("md5", "sha1", "sha256", "sha512") and digest
                yield Remote(
                    entry["path"],
                    (urljoin(base, entry["_links"]["stash:download"]["href"]),),
                    size=entry["size"],
                    checksum=f"{kind}:{digest}" if known else "",
                    version=version.rpartition("/")[2],
                )
            if "next" not in page.get("_links", {}):
                return
            number += 1
