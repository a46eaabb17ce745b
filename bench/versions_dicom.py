"""The part of `bench.versions` with loose DICOM: a file per slice against a zip per series."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from bench.versions_lab import DVC, MEDREG, clone, registry, seconds, used
from medreg.versions import git

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.versions_lab import Row
    from medreg.registry import Registry

SLICES = 300  # of each of 1,000 series at scale 1
PIXELS = 96  # of a side: 18 kB a slice, so that it is files that count and not the disk
STEPS = ("add", "push", "pull")
ROOT = "1.2.826.0.1.3680043.10.999"
PLUGIN = '''\
"""Loose slices."""

from medreg import CT, Claim, Dataset, DicomSeries, Local, hookimpl


@hookimpl
def medreg_datasets():
    yield Dataset(
        name="scans",
        title="Scans",
        homepage="https://example.org",
        licenses=(Claim("CC-BY-4.0", source="https://example.org", rank="publisher"),),
        cite=(),
        modality=CT,
        source=Local({source!r}),
        layout=DicomSeries(image="{{case}}/*.dcm"),
    )
'''


def dicom_part(place: Path, scale: float, _runs: int) -> dict[str, Row]:
    """Add, push and pull the slices of some series; once, since thousands of files take long."""
    series = max(int(1000 * scale), 2)
    loose = place / "loose"
    slices(loose, series)
    rows = {
        "dvc, a file per slice": _plain(place, loose),
        "medreg, a zip per series": _ours(place, loose),
    }
    first, ours = rows.values()
    for row in (first, ours):
        for kind in ("", " CPU s"):
            all_ = row[f"all{kind}"] = sum(float(row[f"{one}{kind}"]) for one in STEPS)
            row[f"dvc add / all{kind}"] = float(first[f"add{kind}"]) / all_
            row[f"dvc all / all{kind}"] = float(first[f"all{kind}"]) / all_
    return {f"{key}, {series * SLICES:,} slices": row for key, row in rows.items()}


def slices(folder: Path, series: int) -> None:
    """Write one file per slice, each of other bytes: one template, with other UIDs in it."""
    template = _template()
    for number in range(series):
        where = folder / f"patient{number:04}"
        where.mkdir(parents=True)
        for place in range(SLICES):
            data = template.replace(b".77777.", b".%05d." % (10_000 + number))
            (where / f"{place:04}.dcm").write_bytes(data.replace(b".88888", b".%05d" % place))


def _template() -> bytes:
    import numpy as np
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.filewriter import dcmwrite
    from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

    one = Dataset()
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID = CTImageStorage
    one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID = UID(f"{ROOT}.77777.88888")
    one.StudyInstanceUID, one.SeriesInstanceUID = f"{ROOT}.77777.1", f"{ROOT}.77777.2"
    one.PatientID, one.Modality = "patient", "CT"
    one.Rows = one.Columns = PIXELS
    one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
    one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 1
    one.PixelData = np.random.default_rng(1).integers(-1000, 1000, PIXELS**2, np.int16).tobytes()
    stream = io.BytesIO()
    dcmwrite(stream, one, enforce_file_format=True)
    return stream.getvalue()


def _timed(row: Row, step: str, work: Callable[[], float]) -> None:
    before = used()
    row[step] = work()
    row[f"{step} CPU s"] = used() - before


def _plain(place: Path, loose: Path) -> Row:
    lab = registry(place / "plain")
    shutil.copytree(loose, lab.root / "loose")
    row: Row = {}
    _timed(row, "add", lambda: seconds([*DVC, "add", "-q", "loose"], lab.root))
    _committed(lab)
    _timed(row, "push", lambda: seconds([*DVC, "push", "-q", "-r", "local", "loose.dvc"], lab.root))
    there = clone(lab, place / "plain-clone")
    _timed(row, "pull", lambda: seconds([*DVC, "pull", "-q", "-r", "local", "loose.dvc"], there))
    for folder in (lab.root, there, Path(f"{lab.root}-store")):
        shutil.rmtree(folder)
    return row


def _ours(place: Path, loose: Path) -> Row:
    lab = registry(place / "packed")
    (lab.plugins / "scans.py").write_text(PLUGIN.format(source=str(loose)))
    seconds([*MEDREG, "track", "scans"], lab.root)
    row: Row = {}
    _timed(row, "add", lambda: seconds([*MEDREG, "fetch", "scans"], lab.root))
    _committed(lab)
    push = [*MEDREG, "push", "scans", "--tier", "local"]
    _timed(row, "push", lambda: seconds(push, lab.root))
    there = clone(lab, place / "packed-clone")
    target = "registry/datasets/scans/dvc.yaml:fetch"  # raw files: as any user of DVC brings them
    _timed(row, "pull", lambda: seconds([*DVC, "pull", "-q", "-r", "local", target], there))
    return row


def _committed(lab: Registry) -> None:
    git.run(lab.root, "add", "--all")
    git.run(lab.root, "commit", "--quiet", "-m", "generated")
