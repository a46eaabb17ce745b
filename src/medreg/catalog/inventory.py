"""What is on disk in a registry, as the table that labs keep by hand elsewhere (F050, F051)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import asdict, dataclass, fields
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from medreg.catalog.entries import Entry
    from medreg.model import FileRecord
    from medreg.registry import Folder, Registry

USUAL = (".nii.gz", ".tar.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """A dataset that was fetched: scans are those found here, or as published until then."""

    dataset_name: str
    organ: str
    total_scans: int | None
    labeled_scans: int | None
    format: str
    size_gb: float
    download_date: str
    notes: str


def inventory(registry: Registry, entries: Mapping[str, Entry]) -> list[Stock]:
    """Return a row for each dataset of *registry* that was fetched, by name."""
    tracked = ((name, registry.dataset(name)) for name in registry.tracked())
    return [
        _stock(name, folder, entries.get(name))
        for name, folder in tracked
        if (folder.path / "files.csv").is_file()
    ]


def to_text(rows: Iterable[Stock]) -> str:
    """Write *rows* as CSV, LF at the end of lines."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [f.name for f in fields(Stock)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return text.getvalue()


def _stock(name: str, folder: Folder, entry: Entry | None) -> Stock:
    from medreg.model import FileRecord
    from medreg.tables import CaseRow

    files = folder.rows("files.csv", FileRecord)
    checked = (folder.path / "cases.csv").is_file()
    cases = folder.rows("cases.csv", CaseRow) if checked else []
    published = (entry.scans, entry.annotated) if entry else (None, None)
    return Stock(
        dataset_name=name,
        organ=" ".join(entry.labels) if entry else "",
        total_scans=len(cases) if checked else published[0],
        labeled_scans=sum(bool(row.annotated) for row in cases) if checked else published[1],
        format=" ".join(_formats(files)),
        size_gb=round(sum(file.size for file in files) / 10**9, 3),
        download_date=min((file.date for file in files if file.date), default=""),
        notes="; ".join(_notes(entry, checked=checked)),
    )


def _notes(entry: Entry | None, *, checked: bool) -> Iterator[str]:
    if entry is None:
        yield "its plugin is missing"
        return
    if not checked:
        yield "counts as published, not measured"
    if entry.restricted:
        yield "restricted"


def _formats(files: Sequence[FileRecord]) -> list[str]:
    """Return the endings of files, most frequent first."""
    found = Counter(_ending(file.path) for file in files)
    return sorted((e for e in found if e), key=lambda ending: (-found[ending], ending))


def _ending(path: str) -> str:
    usual = next((end for end in USUAL if path.endswith(end)), "")
    return (usual or PurePosixPath(path).suffix).lstrip(".")
