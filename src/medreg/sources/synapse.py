"""Files at Synapse, the repository of Sage Bionetworks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from medreg.errors import ActionNeeded, NotFound
from medreg.sources.choose import check_base, check_files, check_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer
    from medreg.sources.partial import Partial
    from medreg.sources.remote import Remote
    from medreg.sources.web import Web

THREADS = 4
BUNDLE = {"includeEntity": True, "includeFileHandles": True, "includeRestrictionInformation": True}
TYPES = ["file", "folder"]
ROOT = "./"  # of a folder or project, whose files have the names of their entities


@dataclass(frozen=True, slots=True)
class Synapse:
    """The file *id*, or the files below the folder or project *id*, proved by Synapse's MD5.

    *files* are paths below it or glob patterns; all files when empty. The token is that of
    Synapse's own tools: ``SYNAPSE_AUTH_TOKEN``, or ``authtoken`` in ``~/.synapseConfig``. It is
    sent to Synapse alone, never to the storage that a signed address leads to.
    """

    id: str
    files: tuple[str, ...] = ()
    base_url: str = "https://repo-prod.prod.sagebase.org"
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_shape("Synapse", "id", self.id, r"syn\d+", 'Synapse(id="syn3193805")')
        check_files(self.files, "Synapse")
        check_base(self.base_url)

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed, once access was granted."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the files as declared, or the entity."""
        return self.files or (f"synapse:{self.id}",)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download what is not here; raises as `Http.fetch`, `ActionNeeded` without access."""
        from medreg.sources import listed, tokens
        from medreg.sources.manual import Manual
        from medreg.sources.web import asking, connected

        page = f"https://www.synapse.org/Synapse:{self.id}"
        steps = (
            f"Open {page}, log in, and ask for access.",
            "Make a token there that may view and download: export SYNAPSE_AUTH_TOKEN=...",
        )
        auth = tokens.bearer(tokens.synapse(), self.base_url)
        if auth is None and job.given and self.files:
            yield from Manual(self.files, "\n".join(steps)).fetch(job)
            return
        with connected(auth) as web, asking(f"synapse:{self.id} is closed", steps):
            if auth is None:
                raise ActionNeeded("Synapse answers only with a token", steps=steps)

            def move(url: str, part: Partial, moved: Callable[[int], None]) -> str:
                with connected() as storage:  # a signed address, which wants no token
                    return storage.move(self._signed(web, url), part, moved)

            remotes = listed.pick(self._listed(web, self.id, ""), self.files, page)
            yield from listed.bring(job, remotes, move, threads=THREADS, files=self.files)

    def _post(self, web: Web, path: str, body: Any) -> Any:
        from medreg.sources.web import there

        url = f"{self.base_url.rstrip('/')}{path}"
        return there(web.json(url, body=body), dict, url)

    def _listed(self, web: Web, entity: str, folder: str) -> Iterator[Remote]:
        """Yield the files below *entity*, whose paths begin with *folder*."""
        from medreg.sources.remote import Remote

        bundle = self._post(web, f"/repo/v1/entity/{entity}/bundle2", BUNDLE)
        about = bundle["entity"]
        if not about["concreteType"].endswith("FileEntity"):
            yield from self._below(web, entity, folder)
            return
        if bundle.get("restrictionInformation", {}).get("hasUnmetAccessRequirement"):
            raise ActionNeeded(f"{entity} ({about['name']}) has conditions that you did not meet")
        handle = about["dataFileHandleId"]
        data = next((h for h in bundle["fileHandles"] if str(h["id"]) == str(handle)), None)
        if data is None:
            raise NotFound(f"{entity} ({about['name']}) has no file that Synapse keeps itself")
        md5 = data.get("contentMd5") or ""
        yield Remote(
            f"{folder}{about['name']}".removeprefix(ROOT),
            (f"{self.base_url.rstrip('/')}/file/v1/fileHandle/{handle}/{entity}",),
            size=data.get("contentSize"),
            checksum=f"md5:{md5}" if md5 else "",
            version=f"{entity}.{about.get('versionNumber', 1)}",
        )

    def _below(self, web: Web, entity: str, folder: str) -> Iterator[Remote]:
        body: dict[str, Any] = {"parentId": entity, "includeTypes": TYPES, "nextPageToken": None}
        while True:
            page = self._post(web, "/repo/v1/entity/children", body)
            for child in page["page"]:
                if child["type"].endswith("FileEntity"):
                    yield from self._listed(web, child["id"], folder or ROOT)
                else:
                    yield from self._below(web, child["id"], f"{folder}{child['name']}/")
            body["nextPageToken"] = page.get("nextPageToken")
            if not body["nextPageToken"]:
                return

    def _signed(self, web: Web, url: str) -> str:
        """Return where the bytes are for now: an address that is a secret, and expires."""
        handle, entity = url.split("/")[-2:]
        wanted = {
            "fileHandleId": handle,
            "associateObjectId": entity,
            "associateObjectType": "FileEntity",
        }
        body = {"requestedFiles": [wanted], "includePreSignedURLs": True}
        (found,) = self._post(web, "/file/v1/fileHandle/batch", body)["requestedFiles"]
        if found.get("failureCode"):
            raise ActionNeeded(f"Synapse does not hand out {entity}: {found['failureCode']}")
        return str(found["preSignedURL"])
