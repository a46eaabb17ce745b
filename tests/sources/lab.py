"""A registry to fetch into, and DICOM to hand over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medreg.model import FetchJob
from medreg.report import Silent

if TYPE_CHECKING:
    from pathlib import Path

    from medreg.model import FileRecord, Source
    from medreg.report import Answer


@dataclass
class Lab:
    """A registry's folders, and what was fetched into them so far."""

    root: Path
    records: dict[str, FileRecord] = field(default_factory=dict)
    given: Path | None = None

    @property
    def raw(self) -> Path:
        return self.root / "registry" / "datasets" / "some" / "raw"

    @property
    def scratch(self) -> Path:
        return self.root / ".medreg" / "fetch" / "some"

    def job(self) -> FetchJob:
        return FetchJob(
            into=self.raw,
            scratch=self.scratch,
            given=self.given,
            known=dict(self.records),
            today="2026-11-20",
            progress=Silent(),
        )

    def fetch(self, source: Source) -> dict[str, Answer]:
        """Fetch as the stage does: records are kept only when all went well."""
        done = list(source.fetch(self.job()))
        self.records.update({record.path: record for record, _ in done})
        for path, record in self.records.items():
            data = (self.raw / path).read_bytes()
            assert (record.size, record.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        return {answer.item: answer for _, answer in done}

    def outcomes(self, source: Source) -> dict[str, str]:
        return {path: str(answer.outcome) for path, answer in self.fetch(source).items()}

    def files(self) -> dict[str, bytes]:
        """Everything below raw, hidden or not."""
        found = (path for path in sorted(self.raw.rglob("*")) if path.is_file())
        return {path.relative_to(self.raw).as_posix(): path.read_bytes() for path in found}


def write_dicom(file: Path, series: int, instance: int, *, preamble: bool = True) -> Path:
    """Write a small but valid DICOM file of series 1.2.3.*series*."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ImplicitVRLittleEndian

    header = Dataset()
    header.SOPClassUID = CTImageStorage
    header.SOPInstanceUID = f"1.2.3.{series}.{instance}"
    header.SeriesInstanceUID = f"1.2.3.{series}"
    header.Modality = "CT"
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    header.file_meta.MediaStorageSOPClassUID = CTImageStorage
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    file.parent.mkdir(parents=True, exist_ok=True)
    if preamble:
        header.save_as(file, enforce_file_format=True)
    else:
        del header.file_meta
        header.save_as(file, implicit_vr=True, little_endian=True)
    return file
