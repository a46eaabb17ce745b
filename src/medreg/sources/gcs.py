"""Objects of a Google Cloud Storage bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from medreg.sources.choose import check_base, check_files, check_shape, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer

THREADS = 16


@dataclass(frozen=True, slots=True)
class Gcs:
    """Objects of the public *bucket* whose names *files* gives; a raw path is the whole name.

    *files* are names or glob patterns; all objects when empty. Google's MD5 must be met.
    """

    bucket: str
    files: tuple[str, ...] = ()
    base_url: str = "https://storage.googleapis.com"
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_shape("Gcs", "bucket", self.bucket, r"[a-z0-9._-]{3,}", 'Gcs(bucket="a-bucket")')
        check_files(self.files, "Gcs")
        check_base(self.base_url)

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the files as declared, or the bucket."""
        return self.files or (f"gs://{self.bucket}",)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download what is not here, many objects at once; raises as `Http.fetch`."""
        from medreg.sources import listed
        from medreg.sources.buckets import gcs_objects
        from medreg.sources.web import asking, connected

        steps = (f"Ask the owner of gs://{self.bucket} for access.",)
        with connected() as web, asking(f"gs://{self.bucket} is closed", steps):
            objects = (
                remote
                for prefix in prefixes(self.files)
                for remote in gcs_objects(web, self.base_url, self.bucket, prefix)
            )
            remotes = listed.pick(objects, self.files, f"gs://{self.bucket}")
            yield from listed.bring(job, remotes, web.move, threads=THREADS, files=self.files)
