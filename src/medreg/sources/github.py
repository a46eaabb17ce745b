"""Files of a GitHub repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from medreg.errors import NotFound
from medreg.sources.choose import check_base, check_files, check_shape, check_words, chosen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer
    from medreg.sources.remote import Remote
    from medreg.sources.web import Web

THREADS = 4
ATTRIBUTES = ".gitattributes"


@dataclass(frozen=True, slots=True)
class GitHub:
    """Files of the repository *repo* at *revision* (a tag or commit), or *assets* of its release.

    *files* are paths or glob patterns in the repository, proved by git's SHA-1 (not those in Git
    LFS); *assets* are names or patterns among what was uploaded to the release of the tag
    *revision*. All files of the repository when neither is given. `GITHUB_TOKEN`, where set,
    lifts the limit of requests. *base_url* is GitHub, or an Enterprise server with its API below
    ``/api/v3``.
    """

    repo: str
    revision: str
    files: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    base_url: str = "https://github.com"
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        example = 'GitHub(repo="owner/name", revision="v1.0")'
        check_shape("GitHub", "repo", self.repo, r"[\w.-]+/[\w.-]+", example)
        check_words("GitHub", revision=self.revision)
        check_files(self.files, "GitHub")
        check_files(self.assets, "GitHub")
        check_base(self.base_url)

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return files and assets as declared, or the repository."""
        return (*self.files, *self.assets) or (f"github:{self.repo}@{self.revision}",)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download what is not here; raises as `Http.fetch`."""
        from medreg.sources import listed, tokens
        from medreg.sources.web import asking, connected

        steps = (
            f"Look whether {self._home} is open to you.",
            "gh auth login, or: export GITHUB_TOKEN=...",
        )
        token = tokens.bearer(tokens.from_environment("GITHUB_TOKEN"), self._api)
        with connected(token) as web, asking(f"github:{self.repo} is closed", steps):
            remotes: list[Remote] = []
            if self.files or not self.assets:
                remotes += listed.pick(self._blobs(web), self.files, self._home)
            if self.assets:
                release = f"{self._home}/releases/tag/{self.revision}"
                remotes += listed.pick(self._assets(web), self.assets, release)
            remotes = listed.pinned(remotes, job, f"{self._home}/raw/")
            files = (*self.files, *self.assets)
            yield from listed.bring(job, remotes, web.move, threads=THREADS, files=files)

    @property
    def _home(self) -> str:
        return f"{self.base_url.rstrip('/')}/{self.repo}"

    @property
    def _api(self) -> str:
        base = self.base_url.rstrip("/")
        return "https://api.github.com" if base == "https://github.com" else f"{base}/api/v3"

    def _blobs(self, web: Web) -> Iterator[Remote]:
        """Yield every file of the commit that the revision is."""
        from urllib.parse import quote

        from medreg.sources.remote import GIT, Remote
        from medreg.sources.web import there

        at = f"{self._api}/repos/{self.repo}/commits/{quote(self.revision, safe='')}"
        commit = there(there(web.json(at), dict, at).get("sha"), str, at)
        url = f"{self._api}/repos/{self.repo}/git/trees/{commit}"
        tree = there(web.json(url, {"recursive": "1"}), dict, url)
        if tree.get("truncated"):
            raise NotFound(
                f"{self._home} has more files than GitHub lists",
                hint=f"fetch its archive: Http(urls=('{self._home}/archive/{commit}.zip',))",
            )
        blobs = {entry["path"]: entry for entry in tree["tree"] if entry["type"] == "blob"}
        raw = f"{self._home}/raw/{commit}"
        rules = web.ask(f"{raw}/{ATTRIBUTES}").text if ATTRIBUTES in blobs else ""
        for path, entry in blobs.items():
            large = _in_lfs(path, rules)  # what is listed is then a pointer to it
            yield Remote(
                path,
                (f"{raw}/{quote(path)}",),
                size=None if large else entry["size"],
                checksum="" if large else f"{GIT}:{entry['sha']}",
                version=commit,
            )

    def _assets(self, web: Web) -> Iterator[Remote]:
        """Yield what was uploaded to the release."""
        from urllib.parse import quote

        from medreg.sources.remote import Remote
        from medreg.sources.web import there

        tag = quote(self.revision, safe="")
        url = f"{self._api}/repos/{self.repo}/releases/tags/{tag}"
        for entry in there(web.json(url), dict, url)["assets"]:
            yield Remote(
                entry["name"],
                (f"{self._home}/releases/download/{tag}/{quote(entry['name'])}",),
                size=entry["size"],
                checksum=entry.get("digest") or "",
                version=self.revision,
            )


def _in_lfs(path: str, rules: str) -> bool:
    """Tell whether *rules*, a ``.gitattributes``, keep *path* in Git LFS.

    >>> _in_lfs("data/a.nii", "*.nii filter=lfs diff=lfs"), _in_lfs("a.csv", "*.nii filter=lfs")
    (True, False)
    """
    for line in rules.splitlines():
        pattern, *attributes = line.split() or [""]
        if "filter=lfs" in attributes:
            anchored = pattern.lstrip("/") if "/" in pattern else f"**/{pattern}"
            if chosen((anchored,), (path,)):
                return True
    return False
