"""What a Kaggle dataset or competition has, as the one zip that Kaggle hands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from medreg.errors import DeclarationError
from medreg.sources.choose import check_base, check_shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Kaggle:
    """All files of a *dataset* (``"owner/name"``) or of a *competition*, in ``<name>.zip``.

    *version* is the number of a dataset's version; the newest when it is 0. The key is that of
    Kaggle's own tools: ``KAGGLE_USERNAME`` and ``KAGGLE_KEY``, or ``~/.kaggle/kaggle.json``. A
    competition's rules must be accepted on its page first. Kaggle states no checksum.
    """

    dataset: str = ""
    competition: str = ""
    version: int = 0
    base_url: str = "https://www.kaggle.com"
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if bool(self.dataset) == bool(self.competition):
            raise DeclarationError("Kaggle has a dataset= or a competition=, one of them")
        if self.dataset:
            example = 'Kaggle(dataset="owner/name")'
            check_shape("Kaggle", "dataset", self.dataset, r"[\w.-]+/[\w.-]+", example)
        else:
            example = 'Kaggle(competition="name")'
            check_shape("Kaggle", "competition", self.competition, r"[\w.-]+", example)
        check_base(self.base_url)

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed, once the rules are accepted."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the zip."""
        return (f"{(self.dataset or self.competition).rpartition('/')[2]}.zip",)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download the zip where it is not here; raises as `Http.fetch`."""
        from medreg.model import Offer
        from medreg.sources import tokens
        from medreg.sources.download import Download
        from medreg.sources.remote import Remote
        from medreg.sources.web import asking, connected

        base = self.base_url.rstrip("/")
        kind = f"datasets/{self.dataset}" if self.dataset else f"competitions/{self.competition}"
        url = f"{base}/api/v1/competitions/data/download-all/{self.competition}"
        if self.dataset:
            chosen = f"?datasetVersionNumber={self.version}" if self.version else ""
            url = f"{base}/api/v1/datasets/download/{self.dataset}{chosen}"
        steps = (
            f"Open {base}/{kind}, log in, and accept its rules.",
            "Create a token in the settings of your account, as ~/.kaggle/kaggle.json",
        )
        with connected(tokens.kaggle(base)) as web, asking(f"kaggle:{kind} is closed", steps):
            remote = Remote(self.wanted()[0], (url,))
            if job.choose([Offer(remote.path)]) and not job.listing:
                yield Download(remote, job, web.move, job.progress.moved).bring()
