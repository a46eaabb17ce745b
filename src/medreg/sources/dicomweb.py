"""Series of an archive that speaks DICOMweb: QIDO-RS to find, WADO-RS to bring."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from medreg.sources.choose import check_base, check_shape, check_tuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medreg.model import FetchJob, FileRecord
    from medreg.report import Answer

SERIES = 4  # at once


@dataclass(frozen=True, slots=True)
class DicomWeb:
    """The series of all studies that match *query*, of all or of some *modalities*.

    *query* maps attributes to what they match, as QIDO-RS has it (PS3.18 section 8.3.4):
    ``{"PatientID": "R*", "StudyDate": "20200101-20201231"}``. *base_url* is the root of the
    service. Instances come in the transfer syntax in which they are stored. A series is one
    stored zip: ``{PatientID}/{StudyInstanceUID}/{Modality}_{SeriesInstanceUID}.zip``. Logins come
    from ``~/.netrc``, a token from ``DICOMWEB_TOKEN``. With *deidentify*, as hospitals need it,
    these and all that is in it are new names (`medreg.sources.arrival`).
    """

    base_url: str
    query: Mapping[str, str] = field(default_factory=dict)
    modalities: tuple[str, ...] = ()
    deidentify: bool = True
    lists: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_base(self.base_url)
        check_query("DicomWeb", self.query)
        check_tuple("DicomWeb", self.modalities)
        for modality in self.modalities:
            check_shape("DicomWeb", "modalities", modality, r"[A-Z0-9]{2,16}", '("CT",)')

    @property
    def access(self) -> Literal["open"]:
        """Return ``"open"``: no person is needed, besides the login."""
        return "open"

    def wanted(self) -> Sequence[str]:
        """Return the archive, once for each modality."""
        return tuple(f"{self.base_url}/{m}" for m in self.modalities) or (self.base_url,)

    def fetch(self, job: FetchJob) -> Iterator[tuple[FileRecord, Answer]]:
        """Bring and pack each series that is not here; raises as `Http.fetch`."""
        from medreg.sources import qido, tokens
        from medreg.sources.arrival import bring_deidentified
        from medreg.sources.series import bring_series, paced
        from medreg.sources.web import asking, connected

        token = tokens.bearer(tokens.from_environment("DICOMWEB_TOKEN"), self.base_url)
        steps = ("Ask who runs the archive for an account, and put it into ~/.netrc.",)
        with connected(token) as web, asking(f"{self.base_url} is closed", steps):
            found = qido.chosen_series(web, self)
            collect = paced(job, partial(qido.instances, web))
            if self.deidentify:
                yield from bring_deidentified(job, found, collect, self.base_url, threads=SERIES)
            else:
                yield from bring_series(job, found, collect, threads=SERIES)


def check_query(kind: str, query: Mapping[str, str]) -> None:
    """Raise `DeclarationError` unless *query* maps DICOM keywords to what they match."""
    for word, value in dict(query).items():
        check_shape(kind, "query", word, r"[A-Z][A-Za-z]+", '{"PatientID": "R*"}')
        check_shape(kind, word, value, r"[^\\\x00-\x1f]+", '"R*"')
