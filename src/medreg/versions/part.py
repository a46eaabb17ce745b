"""A part of a release: some of its cases, or its images alone, and what is meant to be absent.

``part.json`` in a folder says which files of the manifest are meant to be there. Without it, all
of them are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medreg.curate import expression
from medreg.errors import BytesDiffer, NotFound
from medreg.files.atomic import write_bytes
from medreg.files.hashing import sha256_bytes
from medreg.registry import json_bytes
from medreg.tables import CaseRow, ManifestRow, SelectionRow, from_csv

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from medreg.curate.expression import Columns

FILE = "part.json"
TEST = "test"
COLUMNS: Columns = {
    "dataset": ("text", lambda _, row: row.dataset),
    "case": ("text", lambda _, row: row.case),
    "split": ("text", lambda _, row: TEST if row.fold == TEST else "train"),
    "fold": ("number", lambda _, row: float("nan" if row.fold == TEST else row.fold)),
    "group": ("text", lambda _, row: row.group),
    "patient": ("text", lambda _, row: row.patient),
    "annotated": ("words", lambda _, row: frozenset(row.annotated.split())),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is wanted of a release; by default all of it.

    *where* asks the columns of ``selection.csv`` (of a dataset: of ``cases.csv``), *cases* names
    cases, *label* asks for cases in which it was judged. All of these must hold.
    """

    where: str = ""
    cases: tuple[str, ...] = ()
    label: str = ""
    masks: bool = True

    @property
    def is_all(self) -> bool:
        """Tell whether it is the whole release."""
        return self == Part()

    def text(self) -> str:
        """Return what was asked, as ``part.json`` has it."""
        words = (
            self.where,
            f"cases {' '.join(self.cases)}" if self.cases else "",
            f"label {self.label}" if self.label else "",
            "" if self.masks else "no masks",
        )
        return "; ".join(word for word in words if word)


ALL = Part()


def chosen(
    part: Part, rows: Sequence[ManifestRow], folder: Path, labels: Collection[str]
) -> list[ManifestRow]:
    """Return those of *rows* that belong to *part*; its tables lie in *folder*.

    What belongs to no case (``dataset.json``) is always among them. Raises `DeclarationError` for
    a question that makes no sense, `NotFound` for a case that the release does not have.
    """
    if part.is_all:
        return list(rows)
    sources = {row.source for row in rows if row.source}
    for name in part.cases:
        if not any(_is_named(source, name) for source in sources):
            raise NotFound.named("case in this release", name, sorted(sources))
    judged = _judged(folder)
    if part.label and part.label not in judged:
        raise NotFound.named("label in this release", part.label, sorted(judged))
    wanted = _asked(part, folder, labels) & sources
    if part.cases:
        wanted = {s for s in wanted if any(_is_named(s, name) for name in part.cases)}
    if not wanted:
        raise NotFound(
            f"no case of the release is asked for by: {part.text()}",
            hint=f"look at {folder / 'selection.csv'}",
        )
    kept = (row for row in rows if not row.source or row.source in wanted)
    return [row for row in kept if part.masks or not is_mask(row)]


def _is_named(source: str, name: str) -> bool:
    return name in (source, source.replace("/", "__", 1), source.partition("/")[2])


def is_mask(row: ManifestRow) -> bool:
    """Tell whether a file of a manifest is a mask, by where layouts of releases put them."""
    folder, _, name = row.path.rpartition("/")
    of_set = folder.rpartition("/")[2] in ("labelsTr", "labelsTs")
    return bool(row.source) and (of_set or name.startswith("mask."))


def _asked(part: Part, folder: Path, labels: Collection[str]) -> set[str]:
    """Return the cases, as ``dataset/case``, that *where* and *label* ask for."""
    rows = _rows(folder)
    if _of_set(folder):
        wanted = expression.parse(part.where, (), COLUMNS).answer if part.where else None
    else:
        wanted = expression.parse(part.where, labels).answer if part.where else None
    return {
        f"{dataset}/{row.case}"
        for dataset, row in rows
        if (not part.label or part.label in row.annotated.split())
        and (wanted is None or bool(wanted(dataset, row)))
    }


def _judged(folder: Path) -> set[str]:
    return {label for _, row in _rows(folder) for label in row.annotated.split()}


def _of_set(folder: Path) -> bool:
    return (folder / "selection.csv").is_file()


def _rows(folder: Path) -> list[tuple[str, Any]]:
    """Return the cases of the release in *folder*: the dataset and the row of each."""
    if _of_set(folder):
        table = folder / "selection.csv"
        rows = from_csv(table.read_bytes(), SelectionRow, str(table))
        return [(row.dataset, row) for row in rows if row.decision == "kept"]
    table = folder / "cases.csv"
    try:
        cases = from_csv(table.read_bytes(), CaseRow, str(table))
    except FileNotFoundError:
        raise NotFound(
            f"{folder} has neither selection.csv nor cases.csv: its cases are not known",
            hint="pull all of it",
        ) from None
    name = _dataset_of(folder)
    return [(name, row) for row in cases]


def _dataset_of(folder: Path) -> str:
    rows = from_csv((folder / "manifest.csv").read_bytes(), ManifestRow)
    return next((row.source.partition("/")[0] for row in rows if row.source), folder.name)


# --- what is said in the folder ----------------------------------------------------------------


def present(folder: Path, rows: Sequence[ManifestRow]) -> list[ManifestRow]:
    """Return those *rows* of the manifest in *folder* that are meant to be there.

    Raises `BytesDiffer` for a ``part.json`` that belongs to another manifest.
    """
    said = _read(folder)
    if said is None:
        return list(rows)
    files = {*said["files"]}
    return [row for row in rows if row.path in files]


def withdrawn_of(folder: Path) -> list[str]:
    """Return the cases of the release in *folder* that are absent because they were withdrawn."""
    said = _read(folder)
    return list(said.get("withdrawn", ())) if said else []


def _read(folder: Path) -> Mapping[str, Any] | None:
    file = folder / FILE
    if not file.is_file():
        return None
    try:
        said: Mapping[str, Any] = json.loads(file.read_bytes())
        digest, _ = said["manifest_sha256"], said["files"]
    except (ValueError, KeyError, TypeError):
        raise BytesDiffer(
            f"{file} cannot be read", hint="remove it, and pull the part again"
        ) from None
    if digest != sha256_bytes((folder / "manifest.csv").read_bytes()):
        raise BytesDiffer(
            f"{file} belongs to another manifest than the one beside it",
            hint="pull into a new folder",
        )
    return said


def record(  # noqa: PLR0913, PLR0917 - what, where, and why not all
    folder: Path,
    release: str,
    rows: Sequence[ManifestRow],
    part: Part,
    wanted: Sequence[ManifestRow],
    withdrawn: Collection[str],
) -> list[ManifestRow]:
    """Write which files of the manifest's *rows* are meant to be in *folder*; return these.

    Parts of one release add up. Nothing is written, and nothing stays, where all of it is meant.
    """
    before = _read(folder) or {"asked": [], "files": []}
    files = {*before["files"], *(row.path for row in wanted)} & {
        row.path for row in rows if row.source not in withdrawn
    }
    if len(files) == len(rows):
        (folder / FILE).unlink(missing_ok=True)
        return list(rows)
    gone = sorted({row.source for row in rows} & {*withdrawn})
    said = {
        "asked": sorted({*before["asked"], part.text()} - {""}),
        "files": sorted(files),
        "manifest_sha256": sha256_bytes((folder / "manifest.csv").read_bytes()),
        "release": release,
        "withdrawn": gone,
    }
    data = json_bytes(said)
    if not ((folder / FILE).is_file() and (folder / FILE).read_bytes() == data):
        write_bytes(folder / FILE, data)
    return [row for row in rows if row.path in files]
