"""Series of a collection in the Imaging Data Commons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from medreg.sources.choose import check_base, check_shape, check_tuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer
    from medreg.sources.series import Series

SERIES, EACH = 4, 4  # at once; connections for each of them


@dataclass(frozen=True, slots=True)
class Idc:
    """The series of *collection*, of all or of some *modalities*, from public S3.

    Taken are the series that were submitted with the collection, and those of the *analyses*
    named: the analysis results (``"dicom_lidc_idri_nodules"``) that others derived from it. *where*
    narrows further: a condition in SQL over the columns of IDC's index. A series is one stored
    zip of its instances: ``{PatientID}/{StudyInstanceUID}/{Modality}_{SeriesInstanceUID}.zip``.
    The index is the package ``idc-index-data`` (``pip install 'medreg[idc]'``).
    """

    collection: str
    modalities: tuple[str, ...] = ()
    analyses: tuple[str, ...] = ()
    where: str = ""
    base_url: str = "https://s3.amazonaws.com"
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        example = 'Idc(collection="lidc_idri", modalities=("CT",))'
        check_tuple("Idc", self.analyses)
        for name in (self.collection, *self.analyses):
            check_shape("Idc", "collection", name, r"[A-Za-z0-9_.-]+", example)
        check_tuple("Idc", self.modalities)
        for modality in self.modalities:
            check_shape("Idc", "modalities", modality, r"[A-Z0-9]{2,16}", example)
        check_base(self.base_url)

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the collection, once for each modality."""
        names = (f"idc:{name}" for name in (self.collection, *self.analyses))
        return tuple(f"{n}/{m}" if m else n for n in names for m in self.modalities or ("",))

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download and pack each series that is not here; its count is that of the index."""
        from medreg.errors import BytesDiffer
        from medreg.sources.buckets import s3_objects
        from medreg.sources.idc_index import chosen_series
        from medreg.sources.listed import download_into
        from medreg.sources.series import bring_series
        from medreg.sources.stated import WITH_CHECKSUM
        from medreg.sources.web import connected

        with connected(asking=WITH_CHECKSUM) as web:

            def collect(
                series: Series, folder: Path, moved: Callable[[int], None]
            ) -> Mapping[str, Path]:
                bucket, _, prefix = series.source.removeprefix("s3://").partition("/")
                objects = [
                    replace(remote, path=remote.path.rpartition("/")[2])
                    for remote in s3_objects(web, self.base_url, bucket, prefix)
                ]
                if len(objects) != (series.count or len(objects)):
                    raise BytesDiffer(
                        f"{series.source} has {len(objects)} instances, "
                        f"IDC's index says {series.count}",
                        hint="pip install --upgrade idc-index-data",
                    )
                return download_into(folder, objects, job, web.move, moved, threads=EACH)

            yield from bring_series(job, chosen_series(self), collect, threads=SERIES)
