"""Objects of an S3 bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from medreg.sources.choose import (
    check_base,
    check_files,
    check_shape,
    check_words,
    chosen,
    prefixes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer

THREADS = 16


@dataclass(frozen=True, slots=True)
class S3:
    """Objects of *bucket* whose keys *files* names; a raw path is the whole key.

    *files* are keys or glob patterns (``"data/ABIDE/**"``); all objects when empty. Without
    *anonymous*, requests are signed with the keys of the AWS profile (``AWS_PROFILE``, or what
    the environment has). *base_url* is another S3 service, addressed as ``base_url/bucket/key``;
    when empty it is Amazon's in *region*. Where a bucket keeps versions, what is on record comes
    back after it was replaced or deleted there.
    """

    bucket: str
    files: tuple[str, ...] = ()
    region: str = "us-east-1"
    anonymous: bool = True
    base_url: str = ""
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_shape("S3", "bucket", self.bucket, r"[A-Za-z0-9._-]{3,}", 'S3(bucket="fcp-indi")')
        check_words("S3", region=self.region)
        check_files(self.files, "S3")
        if self.base_url:
            check_base(self.base_url)

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the files as declared, or the bucket."""
        return self.files or (f"s3://{self.bucket}",)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download what is not here, many objects at once; raises as `Http.fetch`."""
        from medreg.sources import listed, tokens
        from medreg.sources.buckets import s3_objects
        from medreg.sources.revisions import as_recorded
        from medreg.sources.stated import WITH_CHECKSUM
        from medreg.sources.web import asking, connected

        base = self.base_url or f"https://s3.{self.region}.amazonaws.com"
        steps = (
            f"Ask the owner of s3://{self.bucket} for access."
            if self.anonymous
            else "Look at your keys and their rights: aws sts get-caller-identity",
        )
        auth = None if self.anonymous else tokens.signed(self.region)
        with connected(auth, WITH_CHECKSUM) as web, asking(f"s3://{self.bucket} is closed", steps):
            objects = (
                remote
                for prefix in prefixes(self.files)
                for remote in s3_objects(web, base, self.bucket, prefix, plain=self.anonymous)
            )
            remotes = listed.pick(objects, self.files, f"s3://{self.bucket}")
            known = {path: job.known[path] for path in chosen(self.files, job.known)}
            remotes = as_recorded(web, base, self.bucket, remotes, known)
            yield from listed.bring(job, remotes, web.move, threads=THREADS, files=self.files)
