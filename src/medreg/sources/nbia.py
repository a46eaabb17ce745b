"""Ask NBIA, the server of The Cancer Imaging Archive, for series."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from medreg.errors import ActionNeeded, NotFound, Refused, Transient
from medreg.files.archive import open_archive
from medreg.files.hashing import CHUNK
from medreg.sources.gather import offered
from medreg.sources.items import OneFile, names
from medreg.sources.partial import Partial
from medreg.sources.patience import redacted
from medreg.sources.series import Series
from medreg.sources.web import there

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from medreg.model import FetchJob
    from medreg.sources.tcia import Tcia
    from medreg.sources.web import Web

SUMS = "md5hashes.csv"
UID = re.compile(r"[0-9][0-9.]{0,63}")
TRIES = 3  # of a zip that a server builds anew each time


def listed_in(source: Tcia, job: FetchJob) -> set[str] | None:
    """Return the series of the manifests that were handed over; None where all are wanted.

    A manifest given with ``--from`` counts also where the source names none. Raises
    `ActionNeeded` for one that is wanted and missing.
    """
    found: dict[str, Path] = {}
    if job.given:
        own = job.given.suffix.lower() == ".tcia"
        for name in source.files or ((job.given.name,) if own else ("*.tcia",)):
            found |= {p: i.file for p, i in offered(name, job.given, []) if isinstance(i, OneFile)}
    recorded = {path.rpartition("_")[2].removesuffix(".zip") for path in job.known}
    if source.files and not found and not recorded:
        raise ActionNeeded(
            f"to be downloaded by hand: {', '.join(source.files)}", steps=(source.steps,)
        )
    uids = {uid for file in found.values() for uid in _uids(file)}
    return uids | recorded if found or source.files else None


def _uids(file: Path) -> list[str]:
    """Read a manifest: some ``key=value`` lines, then a SeriesInstanceUID to a line."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    uids = [line for line in lines if UID.fullmatch(line)]
    if not lines or not lines[0].startswith("downloadServerUrl=") or not uids:
        raise Refused(f"{file} is no .tcia manifest of series")
    return uids


def chosen_series(web: Web, source: Tcia, uids: set[str] | None) -> list[Series]:
    """Return the series that *source* declares, of *uids* alone where they are given."""
    base = source.base_url.rstrip("/")
    rows = web.json(f"{base}/getSeries", {"Collection": source.collection})
    found = [
        _series(row, base)
        for row in there(rows or [], list, base)
        if (not source.modalities or row.get("Modality") in source.modalities)
        and (uids is None or row["SeriesInstanceUID"] in uids)
    ]
    absent = sorted((uids or set()) - {series.uid for series in found})
    if absent and not source.modalities:
        raise NotFound(
            f"{len(absent)} series of the manifest are not in {source.collection}: {names(absent)}"
        )
    if not found:
        raise NotFound(
            f"NBIA has no series of {source.collection!r}"
            + (f" in {', '.join(source.modalities)}" if source.modalities else ""),
            hint="collections are named as on their page; many moved to IDC: Idc(collection=...)",
        )
    return sorted(found, key=lambda series: series.path)


def _series(row: Mapping[str, Any], base: str) -> Series:
    uid = row["SeriesInstanceUID"]
    return Series(
        patient=row["PatientID"],
        study=row["StudyInstanceUID"],
        modality=row.get("Modality", "OT"),
        uid=uid,
        count=int(row["ImageCount"]),
        source=f"{base}/getImageWithMD5Hash?SeriesInstanceUID={uid}",
        size=int(row.get("FileSize", 0)),
        version=str(row.get("MaxSubmissionTimestamp") or row.get("TimeStamp") or ""),
    )


def instances(
    web: Web, series: Series, folder: Path, moved: Callable[[int], None]
) -> Mapping[str, Path]:
    """Download *series* into *folder*, as ``<SOPInstanceUID>.dcm``, count and MD5s proved.

    The server builds another zip at each request, and a short one when a file fails it: that is
    asked for again. Raises `Transient` when it does not come whole.
    """
    reason = ""
    for _ in range(TRIES):
        part = Partial(folder / "series.zip")
        part.take_up(redacted(series.source), moved, unproved=False)
        part.begin("")
        web.move(series.source, part, moved)
        try:
            return _unpacked(part.file, series, folder)
        except Refused as refused:
            reason = refused.message
        except (zipfile.BadZipFile, zlib.error) as broken:
            reason = str(broken)
        finally:
            part.drop()
    raise Transient(f"{series.uid} does not come whole: {reason}", hint="try again later")


def _unpacked(file: Path, series: Series, folder: Path) -> Mapping[str, Path]:
    open_archive(file, f"{series.uid}.zip").close()
    with zipfile.ZipFile(file) as archive:
        members = [name for name in archive.namelist() if name.lower().endswith(".dcm")]
        if len(members) != series.count:
            raise Refused(f"{len(members)} of {series.count} images arrived")
        sums = _sums(archive)
        found: dict[str, Path] = {}
        for member in members:
            path = folder / f"{len(found):08}.part"
            if _written(archive, member, path) != sums.get(member.rpartition("/")[2]):
                raise Refused(f"{member} has another MD5 than the server says")
            name = f"{_instance_uid(path, member)}.dcm"
            found[name] = path.rename(folder / name)
    if len(found) != series.count:
        raise Refused(f"{series.count - len(found)} images came twice")
    return found


def _sums(archive: zipfile.ZipFile) -> dict[str, str]:
    listed = next((n for n in archive.namelist() if n.rpartition("/")[2] == SUMS), None)
    if listed is None:
        raise Refused(f"{SUMS} is missing")
    rows = csv.reader(io.StringIO(archive.read(listed).decode("utf-8", "replace")))
    return {row[0].rpartition("/")[2]: row[1].strip().lower() for row in rows if len(row) > 1}


def _written(archive: zipfile.ZipFile, member: str, path: Path) -> str:
    """Write *member* to *path*; return its MD5."""
    digest = hashlib.md5(usedforsecurity=False)
    with archive.open(member) as old, path.open("wb") as new:
        while chunk := old.read(CHUNK):
            new.write(chunk)
            digest.update(chunk)
    return digest.hexdigest()


def _instance_uid(path: Path, member: str) -> str:
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        header = dcmread(path, stop_before_pixels=True, specific_tags=["SOPInstanceUID"])
    except InvalidDicomError:
        raise Refused(f"{member} is no DICOM file") from None
    uid = str(header.get("SOPInstanceUID", ""))
    if not UID.fullmatch(uid):
        raise Refused(f"{member} has no SOPInstanceUID")
    return uid
