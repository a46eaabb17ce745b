"""Series of a collection in The Cancer Imaging Archive."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from medreg.sources.choose import check_base, check_files, check_shape, check_tuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer

SERIES = 3  # at once


@dataclass(frozen=True, slots=True)
class Tcia:
    """The series of *collection*, of all or of some *modalities*, through NBIA's API.

    *files* are ``.tcia`` manifests, by name: they lie where ``--from`` says, and just the series
    they list are taken. A series is one stored zip of its instances, each proved by NBIA's MD5:
    ``{PatientID}/{StudyInstanceUID}/{Modality}_{SeriesInstanceUID}.zip``. What IDC has comes
    faster from `Idc`; what is no DICOM is `Http` or `Manual`.
    """

    collection: str
    files: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    base_url: str = "https://nbia.cancerimagingarchive.net/nbia-api/services/v4"
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        example = 'Tcia(collection="CT-ORG")'
        check_shape("Tcia", "collection", self.collection, r"\S(?:.*\S)?", example)
        check_files(self.files, "Tcia")
        for name in self.files:
            check_shape("Tcia", "files", name, r".+\.tcia", 'files=("manifest.tcia",)')
        check_tuple("Tcia", self.modalities)
        for modality in self.modalities:
            check_shape("Tcia", "modalities", modality, r"[A-Z0-9]{2,16}", 'modalities=("CT",)')
        check_base(self.base_url)

    @property
    def access(self) -> Literal["open", "manual"]:
        """Return ``"open"``, or ``"manual"`` where a person brings the manifests."""
        return "manual" if self.files else "open"

    @property
    def steps(self) -> str:
        """How a person gets the manifests."""
        page = "https://www.cancerimagingarchive.net"
        return f"Download {', '.join(self.files)} from the page of {self.collection} at {page}."

    def wanted(self) -> Sequence[str]:
        """Return the manifests, or the collection, once for each modality."""
        name = f"tcia:{self.collection}"
        return self.files or tuple(f"{name}/{m}" for m in self.modalities) or (name,)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Download, prove and pack each series that is not here; raises as `Http.fetch`."""
        from medreg.sources import nbia
        from medreg.sources.series import bring_series, paced
        from medreg.sources.web import asking, connected

        uids = nbia.listed_in(self, job)
        page = "https://www.cancerimagingarchive.net"
        steps = (f"Look at {page} how {self.collection} is had: some went to other archives.",)
        with connected() as web, asking(f"tcia:{self.collection} is closed", steps):
            found = nbia.chosen_series(web, self, uids)
            collect = paced(job, partial(nbia.instances, web))
            yield from bring_series(job, found, collect, threads=SERIES)
