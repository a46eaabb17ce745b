"""Series of a hospital's archive (PACS) over DICOM's own network protocol."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from medreg.errors import DeclarationError
from medreg.sources.choose import check_shape, check_tuple
from medreg.sources.dicomweb import check_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer

PORTS = range(1, 1 << 16)


@dataclass(frozen=True, slots=True)
class Dimse:
    """The series of all studies that match *query*, of all or of some *modalities*.

    *host*, *port* and *called* (its AE title) say where the archive is, *calling* who asks.
    Studies are found by C-FIND and brought by C-GET; by C-MOVE to *calling* where *receive* is the
    port at which the archive knows this machine. *query* maps attributes to what they match:
    ``{"PatientID": "R*", "StudyDate": "20200101-20201231"}``. Needs ``pip install 'medreg[pacs]'``.
    A series is one stored zip:
    ``{PatientID}/{StudyInstanceUID}/{Modality}_{SeriesInstanceUID}.zip``. With *deidentify*, as
    hospitals need it, these and all that is in it are new names (`medreg.sources.arrival`).
    """

    host: str
    port: int
    called: str
    query: Mapping[str, str] = field(default_factory=dict)
    modalities: tuple[str, ...] = ()
    calling: str = "MEDREG"
    receive: int = 0
    deidentify: bool = True
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_shape("Dimse", "host", self.host, r"[A-Za-z0-9._:-]+", '"pacs.example.org"')
        for title in (self.called, self.calling):
            check_shape("Dimse", "called", title, r"[!-\[\]-~]{1,16}", '"ORTHANC"')
        if self.port not in PORTS or (self.receive and self.receive not in PORTS):
            raise DeclarationError(f"Dimse: {self.port} or {self.receive} is no port")
        check_query("Dimse", self.query)
        check_tuple("Dimse", self.modalities)
        for modality in self.modalities:
            check_shape("Dimse", "modalities", modality, r"[A-Z0-9]{2,16}", '("CT",)')

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed, once the archive knows this machine."""
        return "open"

    @property
    def address(self) -> str:
        """Where the archive is, as a record has it."""
        return f"dimse://{self.called}@{self.host}:{self.port}"

    def wanted(self) -> Sequence[str]:
        """Return the archive, once for each modality."""
        return tuple(f"{self.address}/{m}" for m in self.modalities) or (self.address,)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Bring and pack each series that is not here; raises as `Http.fetch`."""
        from medreg.sources import pacs
        from medreg.sources.arrival import bring_deidentified
        from medreg.sources.series import bring_series, paced

        job = replace(job, spread=None, jobs=1 if self.receive else job.jobs)
        # the archive knows this machine, and one port of it
        found = pacs.chosen_series(self)
        collect = paced(job, partial(pacs.instances, self))
        if self.deidentify:
            yield from bring_deidentified(job, found, collect, self.address, threads=1)
        else:
            yield from bring_series(job, found, collect, threads=1)
