"""Files of a Hugging Face repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from medreg.errors import DeclarationError
from medreg.sources.choose import check_base, check_files, check_shape, check_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer
    from medreg.sources.remote import Remote
    from medreg.sources.web import Web

THREADS = 4


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """Files of the repository *repo* at *revision*: a commit, tag or branch.

    *files* are paths or glob patterns; all files when empty. Large files are proved by their
    SHA-256, small ones by git's SHA-1. A token is taken from `HF_TOKEN`, or from where
    ``hf auth login`` puts it; a gated repository needs one. *kind* is what the repository holds.
    """

    repo: str
    files: tuple[str, ...] = ()
    revision: str = "main"
    kind: Literal["dataset", "model"] = "dataset"
    base_url: str = "https://huggingface.co"
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        example = 'HuggingFace(repo="owner/name")'
        check_shape("HuggingFace", "repo", self.repo, r"(?:[\w.-]+/)?[\w.-]+", example)
        check_words("HuggingFace", revision=self.revision)
        check_files(self.files, "HuggingFace")
        check_base(self.base_url)
        if self.kind not in ("dataset", "model"):
            raise DeclarationError(f'HuggingFace: kind is "dataset" or "model", not {self.kind!r}')

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the files as declared, or the repository."""
        return self.files or (f"hf:{self.repo}",)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download what is not here; raises as `Http.fetch`, `ActionNeeded` for a closed gate."""
        from medreg.sources import listed, tokens
        from medreg.sources.web import asking, connected

        page = f"{self._home}/tree/{self.revision}"
        steps = (
            f"Open {self._home}, log in, and ask for access or accept its terms.",
            "hf auth login, or: export HF_TOKEN=...",
        )
        token = tokens.bearer(tokens.hugging_face(), self.base_url)
        with connected(token) as web, asking(f"hf:{self.repo} is not open to everybody", steps):
            remotes = listed.pick(self._listed(web), self.files, page)
            remotes = listed.pinned(remotes, job, f"{self._home}/resolve/")
            yield from listed.bring(job, remotes, web.move, threads=THREADS, files=self.files)

    @property
    def _home(self) -> str:
        base = self.base_url.rstrip("/")
        return f"{base}/{self.repo}" if self.kind == "model" else f"{base}/datasets/{self.repo}"

    def _listed(self, web: Web) -> Iterator[Remote]:
        """Yield every file of the revision, which is a commit once it is listed."""
        from urllib.parse import parse_qsl, quote, urlsplit

        from medreg.sources.remote import GIT, Remote
        from medreg.sources.web import there

        api = f"{self.base_url.rstrip('/')}/api/{self.kind}s/{self.repo}"
        at = f"{api}/revision/{quote(self.revision, safe='')}"
        commit = there(there(web.json(at), dict, at).get("sha"), str, at)
        url = f"{api}/tree/{commit}"
        query = {"recursive": "true", "expand": "false"}
        while True:
            answer = web.ask(url, query)
            for entry in there(answer.json(), list, url):
                if entry["type"] != "file":
                    continue
                large, path = entry.get("lfs"), entry["path"]
                checksum = f"sha256:{large['oid']}" if large else f"{GIT}:{entry['oid']}"
                yield Remote(
                    path,
                    (f"{self._home}/resolve/{commit}/{quote(path)}",),
                    size=(large or entry)["size"],
                    checksum=checksum,
                    version=commit,
                )
            after = answer.links.get("next", {}).get("url")
            if not after:
                return
            query = dict(parse_qsl(urlsplit(after).query))
