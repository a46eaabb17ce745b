"""Ask a DICOMweb service for series and their instances (PS3.18 sections 10.4 and 10.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from medreg.errors import BytesDiffer, NotFound, Transient
from medreg.sources.series import Series
from medreg.sources.web import there

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from medreg.sources.dicomweb import DicomWeb
    from medreg.sources.web import Web

PAGE = 100  # matches to a page
PATIENT, STUDY, MODALITY = "00100020", "0020000D", "00080060"
SERIES, INSTANCE, COUNT = "0020000E", "00080018", "00201209"
AS_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*'
UID = re.compile(r"[0-9][0-9.]{0,63}")


def chosen_series(web: Web, source: DicomWeb) -> list[Series]:
    """Return the series that *source* declares, by patient, study and series."""
    base = source.base_url.rstrip("/")
    found = []
    for study in _matches(web, f"{base}/studies", {**source.query, "includefield": PATIENT}):
        uid, patient = _uid(study, STUDY, base), _value(study, PATIENT) or "unknown"
        address = f"{base}/studies/{uid}/series"
        for series in _matches(web, address, {"includefield": COUNT}):
            modality = _value(series, MODALITY) or "OT"
            if source.modalities and modality not in source.modalities:
                continue
            one = _uid(series, SERIES, base)
            count = int(_value(series, COUNT) or 0) or _count(web, f"{address}/{one}")
            found.append(Series(patient, uid, modality, one, count, f"{address}/{one}"))
    if not found:
        raise NotFound(f"{base} has no series of this query", hint="look at query= and modalities=")
    return sorted(found, key=lambda series: series.path)


def instances(
    web: Web, series: Series, folder: Path, moved: Callable[[int], None]
) -> Mapping[str, Path]:
    """Bring each instance of *series* into *folder*; what an earlier run brought is kept there."""
    found: dict[str, Path] = {}
    listed = _instances(web, series.source)
    if len(listed) != (series.count or len(listed)):
        raise BytesDiffer(
            f"{series.source} lists {len(listed)} instances, and says it has {series.count}",
            hint="if scans are still arriving there, run the same command later",
        )
    for uid in listed:
        file = folder / f"{uid}.dcm"
        if not file.is_file():
            body = _dicom(web, f"{series.source}/instances/{uid}")
            if instance_uid(body) != uid:
                raise BytesDiffer(f"{series.source}/instances/{uid} is another instance")
            part = file.with_suffix(".part")
            part.write_bytes(body)
            part.rename(file)
        moved(file.stat().st_size)
        found[file.name] = file
    return found


def instance_uid(body: bytes) -> str:
    """Return the SOPInstanceUID of a DICOM file; empty for anything else."""
    import io

    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        header = dcmread(
            io.BytesIO(body), stop_before_pixels=True, specific_tags=["SOPInstanceUID"]
        )
    except InvalidDicomError:
        return ""
    return str(header.get("SOPInstanceUID", ""))


def _instances(web: Web, address: str) -> list[str]:
    found = {_uid(one, INSTANCE, address) for one in _matches(web, f"{address}/instances", {})}
    return sorted(found)


def _count(web: Web, address: str) -> int:
    return len(_instances(web, address))


def _matches(web: Web, url: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Yield every match, page by page, until one brings nothing new."""
    seen, offset = set[str](), 0
    while True:
        page = there(
            web.json(url, {**query, "limit": str(PAGE), "offset": str(offset)}) or [], list, url
        )
        fresh = [one for one in page if repr(one) not in seen]
        seen.update(map(repr, fresh))
        yield from fresh
        if not fresh or len(page) < PAGE:
            return
        offset += len(page)


def _value(match: Mapping[str, Any], tag: str) -> str:
    values = match.get(tag, {}).get("Value") or [""]
    return str(values[0])


def _uid(match: Mapping[str, Any], tag: str, where: str) -> str:
    uid = _value(match, tag)
    if not UID.fullmatch(uid):
        raise NotFound(f"{where} answers without a valid UID: {uid!r}")
    return uid


def _dicom(web: Web, url: str) -> bytes:
    """Return the one DICOM file of a multipart answer, as it is stored."""
    response = web.ask(url, headers={"Accept": AS_STORED})
    kind = response.headers.get("Content-Type", "")
    if kind.startswith("application/dicom"):
        return response.content
    match = re.search(r'boundary="?([^";]+)', kind)
    parts = response.content.split(b"--" + match[1].encode()) if match else []
    if len(parts) != 3:  # noqa: PLR2004 - before it, it, and after it
        raise Transient(f"{url}: {max(0, len(parts) - 2)} files came in place of one")
    return parts[1].partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
